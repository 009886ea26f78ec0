import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleArtifacts } from "../src/onprem/artifacts/from-bundle.js";
import { openBundle } from "../src/onprem/artifacts/read-bundle.js";
import { kubeProxyHostPatch } from "../src/onprem/cluster/kube-proxy.js";
import { debian } from "../src/onprem/distro/debian.js";
import { renderInit, renderJoin } from "../src/onprem/kubeadm/documents.js";
import { renderContainerdConfiguration } from "../src/onprem/phases/containerd-configuration.js";
import { renderAuditPolicy } from "../src/onprem/phases/control-plane-files.js";
import { neededFeatures, neededSysctls } from "../src/onprem/phases/kernel.js";
import { renderKubeletService } from "../src/onprem/phases/kubelet-service.js";
import { resolveControlPlaneInputs, resolveWorkerInputs, thisSurroundings } from "../src/plugin/onprem/spec.js";
import type { PropertyMap } from "../src/plugin/properties.js";
import type { StackResource } from "../test/support/engine.js";
import type { TestHosts } from "../test/support/hosts/index.js";

/** What the shell script needs beside the bundle: the very same configuration, and the add-ons as isokube sent them. */
export function writeParts(
  folder: string,
  hosts: TestHosts,
  { bundle, kubectl, resources }: { bundle: string; kubectl: string; resources: readonly StackResource[] },
): void {
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content, { mode: 0o600 });
  const artifacts = bundleArtifacts(bundle, openBundle(bundle));
  const version = artifacts.kubernetesVersion;
  const around = thisSurroundings();
  const inputsOf = (type: string) =>
    resources.filter((resource) => resource.type === type).map(({ inputs }) => inputs as PropertyMap);
  const [made] = inputsOf("isokube:onprem:ControlPlane");
  if (made === undefined) throw new Error("isokube made no control plane");
  const { cluster, hosts: controlPlanes } = resolveControlPlaneInputs(made, version, around);
  const [first] = controlPlanes;
  if (first === undefined) throw new Error("isokube made no control plane");
  write("init.yaml", renderInit({ spec: cluster, node: first, kubeProxyMode: "nftables" }));
  for (const inputs of inputsOf("isokube:onprem:Worker")) {
    const { host } = resolveWorkerInputs(inputs, version, around);
    const through = `${first.host.address}:6443`;
    write(`join-${host.name}.yaml`, renderJoin({ node: host, through, token: "TOKEN", caHash: "HASH" }));
  }
  write("containerd.toml", renderContainerdConfiguration({ cluster, artifacts }, { major: 1, minor: 6 }).content);
  const [unit, dropIn] = renderKubeletService({ distro: debian });
  write("kubelet.service", unit?.content ?? "");
  write("10-kubeadm.conf", dropIn?.content ?? "");
  write("audit-policy.yaml", renderAuditPolicy().content);
  write("modules.conf", neededFeatures.map(({ name }) => `${name}\n`).join(""));
  write("sysctl.conf", neededSysctls.map(({ name, atLeast }) => `${name} = ${atLeast}\n`).join(""));
  write("encryption.yaml", encryption);
  write("kube-proxy.json", JSON.stringify(kubeProxyHostPatch));
  write("settings.sh", `key=${hosts.privateKeyFile}\nbundle=${bundle}\nkubectl=${kubectl}\n`);
  const objects = resources.filter(({ type }) => /^kubernetes:(?!yaml)/.test(type)).map(({ inputs }) => plain(inputs));
  // Objects of a kind come after the kind; the gateway's pods bring those of the Gateway API.
  const of = (group: string) => (object: { apiVersion?: unknown }) => String(object.apiVersion).startsWith(`${group}/`);
  const [isAddress, isGateway] = [of("metallb.io"), of("gateway.networking.k8s.io")];
  write("objects.json", listOf(objects.filter((object) => !isAddress(object) && !isGateway(object))));
  write("resources.json", listOf(objects.filter(isAddress)));
  write("gateways.json", listOf(objects.filter(isGateway)));
}

const listOf = (items: readonly unknown[]) => JSON.stringify({ apiVersion: "v1", kind: "List", items });

/** Without what the engine writes beside an object's fields. */
function plain(value: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(value, (key, each) => (key === "__defaults" ? undefined : each)));
}

/** A key of the bench's own; what it protects lives for minutes. */
const encryption = `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox: { keys: [{ name: bench, secret: ${Buffer.alloc(32, "bench").toString("base64")} }] }
      - identity: {}
`;
