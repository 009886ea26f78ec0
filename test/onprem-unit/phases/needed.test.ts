import { describe, expect, test } from "vitest";
import { lookAt } from "../../../src/onprem/engine/look-at.js";
import type { HostFacts } from "../../../src/onprem/facts.js";
import { hostPaths } from "../../../src/onprem/host/host-paths.js";
import { type ManagedFile, sha256Hex } from "../../../src/onprem/host/managed-file.js";
import { wantedBinaries } from "../../../src/onprem/phases/binaries.js";
import { renderContainerdConfiguration } from "../../../src/onprem/phases/containerd-configuration.js";
import { controlPlaneFiles } from "../../../src/onprem/phases/control-plane-files.js";
import { encryptionKey } from "../../../src/onprem/phases/encryption-key.js";
import { hostPhases } from "../../../src/onprem/phases/host-phases.js";
import { renderModulesFile, renderSysctlFile } from "../../../src/onprem/phases/kernel.js";
import { renderKubeletService } from "../../../src/onprem/phases/kubelet-service.js";
import { renderVirtualAddress } from "../../../src/onprem/phases/virtual-address.js";
import { artifacts, balanced, distro, hostFacts, hostView, marker, nodeSpec } from "../fixtures.js";

/** What each phase says of a host, those that need nothing left out. */
const reasons = (view: Parameters<(typeof hostPhases)[number]["needed"]>[0]) =>
  Object.fromEntries(
    hostPhases.flatMap((phase) => {
      const why = phase.needed(view);
      return why === undefined ? [] : [[phase.name, why]];
    }),
  );

const digests = (files: readonly (ManagedFile | undefined)[]): HostFacts["files"] =>
  Object.fromEntries(
    files
      .filter((file) => file !== undefined)
      .map((file) => [file.path, { sha256: sha256Hex(file.content), mode: file.mode }]),
  );

/** A control plane on which all phases have run. */
function prepared(name: string): HostFacts {
  const node = nodeSpec(name);
  const view = hostView(node);
  const restore = {
    "sysctl net.ipv4.ip_forward": "0",
    "sysctl fs.inotify.max_user_instances": "128",
    "module br_netfilter": "absent",
  };
  const { kubernetes, cni } = wantedBinaries(view);
  const up = { active: "active", enabled: "enabled" };
  return hostFacts(node, {
    marker: marker(node, { restore }),
    sysctls: { "net.ipv4.ip_forward": "1", "fs.inotify.max_user_instances": "1024" },
    features: { overlay: "present", br_netfilter: "present", nf_tables: "present" },
    packages: {
      containerd: "1.6.20~ds1-1+b1",
      conntrack: "1:1.4.7-1+b2",
      haproxy: "2.6.12-1",
      keepalived: "1:2.2.7-1+b2",
    },
    services: {
      ...balanced(node).services,
      containerd: up,
      kubelet: { active: "inactive", enabled: "enabled" },
      keepalived: up,
    },
    images: artifacts.imageArchives.flatMap(({ images }) => images),
    files: {
      ...balanced(node).files,
      ...digests([
        renderModulesFile(restore),
        renderSysctlFile(restore),
        renderContainerdConfiguration(view, { major: 1, minor: 6 }),
        ...renderKubeletService(view),
        ...controlPlaneFiles(view),
        ...renderVirtualAddress(view),
      ]),
      ...Object.fromEntries(
        [...kubernetes, ...cni].map(({ artifact, path }) => [path, { sha256: artifact.sha256, mode: 0o755 }]),
      ),
    },
  });
}

test("a bare host needs every phase but the one it is fine with", () => {
  expect(reasons(hostView(nodeSpec("cp1")))).toMatchInlineSnapshot(`
    {
      "binaries": "kubelet is missing; kubeadm is missing; kubectl is missing; bridge is missing; host-local is missing",
      "claim": "no cluster has claimed it yet",
      "containerd": "containerd is not installed yet",
      "control-plane-files": "/etc/kubernetes/isokube/audit-policy.yaml is missing",
      "images": "registry.k8s.io/pause:3.10.1, registry.k8s.io/etcd:3.6.5-0 not there",
      "kernel": "br_netfilter is not loaded; net.ipv4.ip_forward is 0, not 1; fs.inotify.max_user_instances is 128, not 1024",
      "kubelet-service": "/etc/systemd/system/kubelet.service is missing; /etc/systemd/system/kubelet.service.d/10-kubeadm.conf is missing; kubelet would not start at boot (unknown)",
      "packages": "containerd, conntrack, haproxy, keepalived not installed",
      "virtual-address": "/usr/libexec/keepalived/isokube-api-healthy is missing; /etc/keepalived/keepalived.conf is missing; keepalived is not known to systemd",
    }
  `);
});

test("a bare worker needs no file of a control plane, and only its own images and packages", () => {
  const found = reasons(hostView(nodeSpec("worker1")));
  expect(found).toMatchObject({
    packages: "containerd, conntrack not installed",
    images: "registry.k8s.io/pause:3.10.1 not there",
  });
  expect(Object.keys(found)).not.toEqual(expect.arrayContaining(["control-plane-files", "virtual-address"]));
});

test("a host on which all phases have run needs none", () => {
  expect(reasons(hostView(nodeSpec("cp1"), { facts: prepared("cp1") }))).toEqual({});
});

const changes: { what: string; change: (facts: HostFacts) => Partial<HostFacts>; needs: Record<string, string> }[] = [
  {
    what: "another cluster's marker",
    change: () => ({ marker: marker(nodeSpec("web7"), { cluster: "bank" }) }),
    needs: { claim: "it says that it is web7 of bank" },
  },
  {
    what: "a sysctl that somebody lowered",
    change: ({ sysctls }) => ({ sysctls: { ...sysctls, "net.ipv4.ip_forward": "0" } }),
    needs: { kernel: "net.ipv4.ip_forward is 0, not 1" },
  },
  {
    what: "a reboot without the module",
    change: ({ features }) => ({ features: { ...features, br_netfilter: "loadable" } }),
    needs: { kernel: "br_netfilter is not loaded" },
  },
  {
    what: "a file that somebody removed",
    change: ({ files }) => ({ files: omit(files, hostPaths.sysctls) }),
    needs: { kernel: `${hostPaths.sysctls} is missing` },
  },
  {
    what: "a newer containerd, whose configuration has another format",
    change: ({ packages }) => ({ packages: { ...packages, containerd: "2.1.4-1" } }),
    needs: { containerd: `${hostPaths.containerdConfiguration} has other content` },
  },
  {
    what: "a service that is down",
    change: ({ services }) => ({ services: { ...services, containerd: { active: "failed", enabled: "enabled" } } }),
    needs: { containerd: "containerd is failed" },
  },
  {
    what: "a service that would not come back",
    change: ({ services }) => ({ services: { ...services, kubelet: { active: "active", enabled: "disabled" } } }),
    needs: { "kubelet-service": "kubelet would not start at boot (disabled)" },
  },
  {
    what: "a wider mode",
    change: ({ files }) => ({
      files: { ...files, [hostPaths.auditPolicy]: { sha256: files[hostPaths.auditPolicy]?.sha256 ?? "", mode: 0o644 } },
    }),
    needs: { "control-plane-files": `${hostPaths.auditPolicy} has mode 0644, not 0600` },
  },
  {
    what: "an executable that is another one",
    change: ({ files }) => ({ files: { ...files, "/opt/cni/bin/bridge": { sha256: "0".repeat(64), mode: 0o755 } } }),
    needs: { binaries: "bridge is another one" },
  },
  {
    what: "an image that was cleared away",
    change: () => ({ images: ["registry.k8s.io/pause:3.10.1"] }),
    needs: { images: "registry.k8s.io/etcd:3.6.5-0 not there" },
  },
];

test.each(changes)("$what is mended by its phase alone", ({ change, needs }) => {
  const facts = prepared("cp1");
  expect(reasons(hostView(nodeSpec("cp1"), { facts: { ...facts, ...change(facts) } }))).toEqual(needs);
});

describe("what is left alone", () => {
  const node = nodeSpec("cp1");

  test("a member's kubelet, when another release is asked for: that is the upgrade's", () => {
    const facts = prepared("cp1");
    const files = { ...facts.files, "/usr/local/bin/kubelet": { sha256: "0".repeat(64), mode: 0o755 } };
    const next = { ...artifacts, kubernetesVersion: "1.35.4" };
    expect(reasons(hostView(node, { facts: { ...facts, files }, artifacts: next }))).toEqual({});
    const joining = { ...facts, files, marker: marker(node, { ...facts.marker, state: "joining" }) };
    expect(reasons(hostView(node, { facts: joining, artifacts: next }))).toEqual({
      binaries: "kubelet is another one",
    });
  });
});

test.each([
  { what: "there is none", over: {}, why: "there is no key yet" },
  {
    what: "others could read it",
    over: { files: { [hostPaths.encryption]: { sha256: "0".repeat(64), mode: 0o644 } } },
    why: "the key's file has mode 0644, not 0600",
  },
  {
    what: "nothing, when it is there",
    over: { files: { [hostPaths.encryption]: { sha256: "0".repeat(64), mode: 0o600 } } },
    why: undefined,
  },
])("the key of the control plane that makes the cluster: $what", ({ over, why }) => {
  const node = nodeSpec("cp1");
  expect(encryptionKey.needed(hostView(node, { facts: hostFacts(node, over) }))).toBe(why);
});

test("the facts cover every file, service, setting and package that a phase decides by", () => {
  const view = hostView(nodeSpec("cp1"), { distro });
  const looked = lookAt(view);
  const facts = prepared("cp1");
  expect(looked.files).toEqual(expect.arrayContaining(Object.keys(facts.files)));
  expect(looked.packages).toEqual(expect.arrayContaining(Object.keys(facts.packages)));
  expect([...looked.services].sort()).toEqual(Object.keys(facts.services).sort());
  expect(looked.sysctls).toEqual(expect.arrayContaining(Object.keys(facts.sysctls)));
  expect([...looked.features].sort()).toEqual(Object.keys(facts.features).sort());
});

function omit<T>(record: Readonly<Record<string, T>>, key: string): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}
