import { expect, test } from "vitest";
import type { Artifacts } from "../../../src/onprem/artifacts/artifacts.js";
import { applyControlPlane } from "../../../src/onprem/engine/control-plane-apply.js";
import { type ControlPlaneInput, planControlPlane } from "../../../src/onprem/engine/control-plane-plan.js";
import type { NodeMarker } from "../../../src/onprem/facts.js";
import { hostPaths } from "../../../src/onprem/host/host-paths.js";
import { renderMarker } from "../../../src/onprem/host/marker.js";
import type { Connector, Remote, RemoteScript } from "../../../src/onprem/remote.js";
import {
  artifacts,
  balanced,
  caHash,
  clusterSight,
  clusterSpec,
  etcdMember,
  hostFacts,
  marker,
  nodeSpec,
  reachable,
} from "../fixtures.js";

const next: Artifacts = {
  ...artifacts,
  kubernetesVersion: "1.36.3",
  imageArchives: artifacts.imageArchives.map((archive) => ({
    ...archive,
    images: archive.images.map((image) => `${image}-next`),
  })),
};
const controlPlanes = ["cp1", "cp2", "cp3"].map((name) => nodeSpec(name));
const workers = ["worker1", "worker2"].map((name) => nodeSpec(name));

/** A healthy cluster of the release before. */
function upgradeOf(over: Partial<ControlPlaneInput> = {}): ControlPlaneInput {
  const members = controlPlanes.map((node) => etcdMember(node));
  const facts = (node: (typeof controlPlanes)[number]) =>
    hostFacts(node, {
      marker: marker(node),
      caHash,
      hasEtcdData: true,
      packages: { containerd: "1.6.20", conntrack: "1", haproxy: "2", keepalived: "2" },
      files: balanced(node).files,
      services: { ...balanced(node).services, kubelet: { active: "active", enabled: "enabled" } },
    });
  return {
    cluster: clusterSpec({ kubernetesVersion: "1.36.3" }),
    hosts: controlPlanes,
    workers,
    before: controlPlanes,
    abandoned: [],
    exists: true,
    artifacts: next,
    sights: {
      hosts: Object.fromEntries(controlPlanes.map((node) => [node.name, reachable(facts(node))])),
      cluster: clusterSight(members),
      healthy: controlPlanes.map(({ name }) => name),
      virtualAddressAnswers: undefined,
    },
    ...over,
  };
}

test("images of the next release are on every node before the first control plane is upgraded, one after the other", () => {
  const { problems, stages } = planControlPlane(upgradeOf());
  expect(problems).toEqual([]);
  const shown = stages.map(({ concurrency, steps }) => ({
    concurrency,
    steps: steps.map((s) => `${s.node} ${s.phase}`),
  }));
  expect(shown[0]).toEqual({
    concurrency: 10,
    steps: ["cp1 images", "cp2 images", "cp3 images", "worker1 images-ahead", "worker2 images-ahead"],
  });
  expect(shown.at(-1)).toEqual({ concurrency: 1, steps: ["cp1 upgrade-first", "cp2 upgrade", "cp3 upgrade"] });
  expect(shown.slice(1).flatMap(({ steps }) => steps)).not.toContain("cp1 images");
});

test("workers are left alone when nothing is upgraded, and where every host fetches its own images", () => {
  const touched = (over: Partial<ControlPlaneInput>) =>
    planControlPlane(upgradeOf(over)).stages.flatMap(({ steps }) =>
      steps.filter(({ node }) => node.startsWith("worker")),
    );
  expect(touched({ cluster: clusterSpec(), artifacts })).toEqual([]);
  expect(touched({ artifacts: { ...next, imageArchives: [] } })).toEqual([]);
});

test("a control plane cannot join in the same deployment that raises the version", () => {
  const members = controlPlanes.slice(0, 2).map((node) => etcdMember(node));
  const input = upgradeOf();
  const fresh = hostFacts(nodeSpec("cp3"), {
    packages: { containerd: "1.6.20", conntrack: "1", haproxy: "2", keepalived: "2" },
  });
  const sights = {
    ...input.sights,
    hosts: { ...input.sights.hosts, cp3: reachable(fresh) },
    cluster: clusterSight(members),
    healthy: ["cp1", "cp2"],
  };
  const codes = (over: Partial<ControlPlaneInput>) =>
    planControlPlane({ ...input, sights, ...over }).problems.map(({ code, path }) => `${code} ${path}`);
  expect(codes({})).toEqual(["onprem/join-and-upgrade onprem.hosts.cp3"]);
  // An upgrade that was cut off: the cluster is of the new release, and a host that is lost meanwhile can be replaced.
  expect(codes({ sights: { ...sights, cluster: clusterSight(members, { configuredVersion: "1.36.3" }) } })).toEqual([]);
});

test("kube-proxy is adapted after the last control plane, with which kubeadm renews it", async () => {
  const input = upgradeOf();
  const hosts = new FakeHosts();
  const only = planControlPlane(input).stages.slice(-1);
  await applyControlPlane(input, { problems: [], stages: only }, hosts.options);
  expect(hosts.log.filter((line) => / kubeadm upgrade (apply|node)$| patch daemonset kube-proxy$/.test(line))).toEqual([
    "cp1 kubeadm upgrade apply",
    "cp1 patch daemonset kube-proxy",
    "cp2 kubeadm upgrade node",
    "cp2 patch daemonset kube-proxy",
    "cp3 kubeadm upgrade node",
    "cp3 patch daemonset kube-proxy",
  ]);
});

test("a node that cannot be drained takes pods again, and no other is begun", async () => {
  const input = upgradeOf();
  const hosts = new FakeHosts();
  hosts.refused = (args) => args.includes("drain") && args.includes("cp2");
  const only = planControlPlane(input).stages.slice(-1);
  await expect(applyControlPlane(input, { problems: [], stages: only }, hosts.options)).rejects.toThrow(
    /node cp2 could not be drained within 300 s: .*budget.*Fix: /,
  );
  expect(hosts.log.filter((line) => / (cordon|drain|uncordon) | kubeadm upgrade (apply|node)$/.test(line))).toEqual([
    "cp1 kubeadm upgrade apply",
    "cp1 cordon cp1",
    "cp1 drain cp1",
    "cp1 uncordon cp1",
    "cp2 kubeadm upgrade node",
    "cp2 cordon cp2",
    "cp2 drain cp2",
    "cp2 uncordon cp2",
  ]);
});

/** Images go to nodes alone: on a host that is none yet there may be no containerd. */
test.each([
  { what: "a node of the cluster", known: marker(nodeSpec("worker1")), asked: true },
  { what: "a host that joins later", known: undefined, asked: false },
  { what: "a host whose joining was cut off", known: marker(nodeSpec("worker1"), { state: "joining" }), asked: false },
])("$what is asked for its images before an upgrade: $asked", async ({ known, asked }) => {
  const input = upgradeOf();
  const hosts = new FakeHosts(known);
  const first = planControlPlane(input).stages[0];
  const steps = first?.steps.filter(({ node }) => node === "worker1") ?? [];
  await applyControlPlane(input, { problems: [], stages: [{ concurrency: 10, steps }] }, hosts.options);
  expect(hosts.log.some((line) => line.startsWith("worker1 images"))).toBe(asked);
});

/** Hosts that do whatever they are told, and write down what it was. */
class FakeHosts {
  readonly log: string[] = [];
  /** What is not done, by its parameters. */
  refused: (args: readonly string[]) => boolean = () => false;

  constructor(private readonly ofWorkers: NodeMarker | undefined = undefined) {}

  get options() {
    const connector: Connector = {
      use: async ({ name }, work) => work(this.#remote(name)),
      close: async () => undefined,
    };
    return { connector, signal: new AbortController().signal, report: () => undefined, prepared: () => undefined };
  }

  #remote(name: string): Remote {
    const run = async ({ text, args = [] }: RemoteScript) => {
      this.log.push(`${name} ${this.#seen(text, args)}`);
      if (this.refused(args))
        return { exitCode: 1, stdout: "", stderr: "it would violate the pod's disruption budget" };
      return { exitCode: 0, stdout: this.#answer(text, args), stderr: "" };
    };
    const markerOf = name.startsWith("worker") ? this.ofWorkers : marker(nodeSpec(name));
    return {
      name,
      run,
      runUnit: run,
      readFile: async (path) =>
        path === hostPaths.marker && markerOf !== undefined ? Buffer.from(renderMarker(markerOf)) : undefined,
      writeFile: async () => undefined,
      upload: async () => undefined,
      close: async () => undefined,
    };
  }

  #answer(text: string, args: readonly string[]): string {
    if (args.some((arg) => arg.includes("kubeletVersion"))) return "v1.36.3 True";
    if (text.includes("images ls")) return next.imageArchives.flatMap(({ images }) => images).join("\n");
    if (args.some((arg) => arg.includes("{.spec.unschedulable}"))) {
      const last = this.log.findLast((line) => / (un)?cordon /.test(line));
      return last?.endsWith(` cordon ${args[3]}`) ? "true true" : " ";
    }
    return "";
  }

  #seen(text: string, args: readonly string[]): string {
    if (args[0] === "upgrade") return `kubeadm upgrade ${args[1]}`;
    const [, verb = "", node = ""] = args;
    if (verb === "drain") return `drain ${node}`;
    if (verb === "patch" && node === "node")
      return `${args.some((arg) => arg.includes('"unschedulable":true')) ? "cordon" : "uncordon"} ${args[3]}`;
    if (args.includes("patch")) return "patch daemonset kube-proxy";
    return text.includes("images ls") ? "images" : "something else";
  }
}
