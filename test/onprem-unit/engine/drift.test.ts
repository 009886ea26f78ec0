import { describe, expect, test } from "vitest";
import { planControlPlane } from "../../../src/onprem/engine/control-plane-plan.js";
import { healthOf } from "../../../src/onprem/engine/health.js";
import { planWorker } from "../../../src/onprem/engine/worker-plan.js";
import type { ClusterSight, HostFacts, NodeMarker } from "../../../src/onprem/facts.js";
import { hostPaths } from "../../../src/onprem/host/host-paths.js";
import { kubeletDigest } from "../../../src/onprem/kubeadm/kubelet.js";
import type { OnpremClusterSpec } from "../../../src/onprem/spec.js";
import {
  artifacts,
  caHash,
  clusterSight,
  clusterSpec,
  etcdMember,
  hostFacts,
  hostSettings,
  marker,
  nodeSpec,
  reachable,
} from "../fixtures.js";

const controlPlanes = ["cp1", "cp2", "cp3"].map((name) => nodeSpec(name));
const worker = nodeSpec("worker1");
const names = controlPlanes.map(({ name }) => name);

/** A member as its host tells it; what prepares hosts has tests of its own. */
function member(node: typeof worker, facts: Partial<HostFacts>, owned: Partial<NodeMarker>): HostFacts {
  return hostFacts(node, {
    marker: marker(node, owned),
    caHash,
    hasEtcdData: node.role === "controlPlane",
    packages: { containerd: "1.6.20", conntrack: "1", haproxy: "2", keepalived: "2" },
    services: { kubelet: { active: "active", enabled: "enabled" } },
    ...facts,
  });
}

interface Difference {
  /** Of cp1. */
  readonly facts?: Partial<HostFacts>;
  readonly owned?: Partial<NodeMarker>;
  readonly cluster?: Partial<OnpremClusterSpec>;
  /** Of the other control planes. */
  readonly others?: Partial<HostFacts>;
  /** Undefined where no control plane answers. */
  readonly sight?: Partial<ClusterSight> | undefined;
}

function ofControlPlanes(difference: Difference) {
  const { facts = {}, owned = {}, cluster = {}, others = {}, sight } = { sight: {}, ...difference };
  const sights = {
    hosts: Object.fromEntries(
      controlPlanes.map((node) => [
        node.name,
        reachable(member(node, node.name === "cp1" ? facts : others, node.name === "cp1" ? owned : {})),
      ]),
    ),
    cluster: sight === undefined ? undefined : { ...clusterOf(controlPlanes), ...sight },
    healthy: sight === undefined ? [] : names,
    virtualAddressAnswers: undefined,
  };
  const plan = planControlPlane({
    cluster: clusterSpec(cluster),
    hosts: controlPlanes,
    workers: [],
    before: controlPlanes,
    abandoned: [],
    exists: true,
    sights,
    artifacts: { ...artifacts, kubernetesVersion: cluster.kubernetesVersion ?? artifacts.kubernetesVersion },
  });
  return { plan, health: healthOf(controlPlanes, plan, sights) };
}

const mends = [
  "static-pods",
  "kubelet-configuration",
  "kubelet",
  "certificates",
  "kubelet-certificates",
  "register",
  "settings",
  "kube-proxy",
];

/** The cluster as it is told, with the label that every node of a pool has. */
function clusterOf(nodes: readonly (typeof worker)[]): ClusterSight {
  const sight = clusterSight(nodes.map((node) => etcdMember(node)));
  return { ...sight, nodes: sight.nodes.map((node) => ({ ...node, labels: { "isokube.dev/pool": "general" } })) };
}

/** What is done to members beyond preparing their hosts, in order. */
function mended(difference: Difference): string[] {
  const { plan } = ofControlPlanes(difference);
  expect(plan.problems).toEqual([]);
  return plan.stages.flatMap(({ concurrency, steps }) =>
    steps.flatMap(({ node, phase, why }) =>
      mends.includes(phase) ? [`${concurrency}: ${node}: ${phase}: ${why}`] : [],
    ),
  );
}

const day = 86_400;
const { time: now } = hostFacts(worker);
const inPki = (name: string) => `/etc/kubernetes/pki/${name}.crt`;
const kubeletClient = "/var/lib/kubelet/pki/kubelet-client-current.pem";
const authorities = Object.fromEntries(
  ["ca", "front-proxy-ca", "etcd/ca"].map((name) => [inPki(name), now + 3000 * day]),
);
const asked = kubeletDigest(clusterSpec());
const written = { [hostPaths.kubeletConfiguration]: "1".repeat(64), [hostPaths.kubeletFlags]: "2".repeat(64) };
const found = (digests: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(digests).map(([path, sha256]) => [path, { sha256, mode: 0o644 }]));

describe("a member's drift", () => {
  test("is nothing where all is as it was left", () => {
    const certificates = { ...authorities, [inPki("apiserver")]: now + 31 * day, [kubeletClient]: now + 31 * day };
    expect(
      mended({ facts: { certificates, files: found(written) }, owned: { kubelet: { asked, files: written } } }),
    ).toEqual([]);
  });

  test("a static pod's manifest that was edited", () => {
    const path = `${hostPaths.manifests}/etcd.yaml`;
    const edited = {
      facts: { files: found({ [path]: "3".repeat(64) }) },
      owned: { manifests: { [path]: "4".repeat(64) } },
    };
    expect(mended(edited)).toEqual(["1: cp1: static-pods: changed by another hand: etcd"]);
  });

  test("the kubelet's configuration, edited or lost", () => {
    const kubelet = { asked, files: written };
    const edited = found({ ...written, [hostPaths.kubeletConfiguration]: "3".repeat(64) });
    const why = "1: cp1: kubelet-configuration: changed by another hand: ";
    expect(mended({ facts: { files: edited }, owned: { kubelet } })).toEqual([`${why}/var/lib/kubelet/config.yaml`]);
    expect(mended({ facts: { files: {} }, owned: { kubelet } })).toEqual([
      `${why}/var/lib/kubelet/config.yaml, /var/lib/kubelet/kubeadm-flags.env`,
    ]);
  });

  test("a kubelet that was stopped", () => {
    const services = { kubelet: { active: "failed", enabled: "enabled" } };
    expect(mended({ facts: { services } })).toEqual(["1: cp1: kubelet: it is failed"]);
  });

  test("certificates that end within 30 days, or have ended", () => {
    const certificates = {
      ...authorities,
      [inPki("apiserver")]: now + 29 * day,
      [inPki("etcd/peer")]: now - day,
      [inPki("front-proxy-client")]: now + 200 * day,
      "/etc/kubernetes/admin.conf": now + 5 * day,
      // Somebody else's.
      [inPki("backup")]: now + day,
    };
    expect(mended({ facts: { certificates } })).toEqual([
      "1: cp1: certificates: apiserver ends on 2026-02-13, etcd/peer ended on 2026-01-14, admin.conf ends on 2026-01-20",
    ]);
  });

  test("a kubelet's own certificate that it should have renewed", () => {
    const certificates = { ...authorities, [kubeletClient]: now + 10 * day };
    expect(mended({ facts: { certificates } })).toEqual([
      "1: cp1: kubelet-certificates: kubelet-client ends on 2026-01-25",
    ]);
  });

  test("is not a certificate that ends with its authority: no other would last longer", () => {
    const certificates = { ...authorities, [inPki("ca")]: now + 20 * day, [inPki("apiserver")]: now + 20 * day };
    expect(mended({ facts: { certificates } })).toEqual([]);
  });

  test("a node that somebody deleted", () => {
    const { nodes } = clusterOf(controlPlanes);
    expect(mended({ sight: { nodes: nodes.filter(({ name }) => name !== "cp1") } })).toEqual([
      "1: cp1: register: the cluster does not know it any more",
    ]);
  });
});

describe("a cluster whose certificates have ended", () => {
  const certificates = { ...authorities, [inPki("apiserver")]: now - day, "/etc/kubernetes/admin.conf": now - day };

  test("and that tells nothing gets them on all control planes at once, and is looked at again", () => {
    const { plan } = ofControlPlanes({ facts: { certificates }, others: { certificates }, sight: undefined });
    const why = "apiserver ended on 2026-01-14, admin.conf ended on 2026-01-14";
    const step = { phase: "certificates", title: "renew the control plane's certificates", why };
    expect(plan).toEqual({
      problems: [],
      stages: [{ concurrency: 3, steps: names.map((node) => ({ node, ...step })) }],
      thenAgain: true,
    });
  });

  test("is not what one is that tells nothing for another reason", () => {
    const { plan } = ofControlPlanes({ sight: undefined });
    expect(plan.problems.map(({ code }) => code)).toEqual(["onprem/cluster-lost"]);
  });
});

describe("settings that are asked for later", () => {
  const more = {
    hostSettings: { ...hostSettings, kubelet: { maxPods: 50 }, kubeProxy: { metricsBindAddress: "0.0.0.0" } },
  };
  const noted = { facts: { files: found(written) }, owned: { kubelet: { asked, files: written } } };

  test("reach each kubelet and, once, kube-proxy", () => {
    expect(mended({ ...noted, cluster: more })).toEqual([
      "1: cp1: kubelet-configuration: other settings are asked for",
      "1: cp1: kube-proxy: other settings are asked for",
    ]);
  });

  test("in another order are the same", () => {
    const [one, other] = [
      { maxPods: 50, evictionHard: { "memory.available": "5%" } },
      { evictionHard: { "memory.available": "5%" }, maxPods: 50 },
    ].map((kubelet) => kubeletDigest(clusterSpec({ hostSettings: { ...hostSettings, kubelet } })));
    expect(one).toBe(other);
  });

  test("come with an upgrade: the old kubeadm writes nothing for the new release", () => {
    const { plan } = ofControlPlanes({ ...noted, cluster: { ...more, kubernetesVersion: "1.36.3" } });
    const phases = plan.stages.flatMap(({ steps }) => steps.map(({ phase }) => phase));
    expect(phases).toContain("upgrade-first");
    expect(phases.filter((phase) => mends.includes(phase) && phase !== "settings")).toEqual([]);
  });
});

describe("the health that a refresh shows", () => {
  const stopped = { services: { kubelet: { active: "inactive", enabled: "enabled" } } };

  test("has what stands against the host beside what it lacks", () => {
    const { plan, health } = ofControlPlanes({ facts: { ...stopped, swap: ["/dev/sda2"] } });
    expect(plan.problems.map(({ code }) => code)).toEqual(["onprem/swap-on"]);
    expect(health["cp1"]).toMatch(
      /^"\/dev\/sda2": the host uses swap, with which kubelet does not start; .*start the kubelet: it is inactive; /,
    );
    expect(health["cp2"]).not.toContain("swap");
  });

  test("says so where no control plane answers, and takes no worker for one that has to join", () => {
    const told = ofControlPlanes({ sight: undefined }).health;
    for (const name of names) expect(told[name]).toMatch(/^"shop": .*no control plane of it answers/);
    const input = {
      cluster: clusterSpec(),
      host: worker,
      before: worker,
      controlPlanes,
      sight: reachable(member(worker, {}, {})),
      seen: undefined,
      artifacts,
    };
    const sights = {
      hosts: { worker1: input.sight },
      cluster: undefined,
      healthy: [],
      virtualAddressAnswers: undefined,
    };
    const plan = planWorker(input);
    expect(healthOf([worker], plan, sights)["worker1"]).toMatch(/^no control plane answers, so nothing is known/);
    expect(plan.stages.flatMap(({ steps }) => steps.map(({ phase }) => phase))).not.toContain("join");
  });

  test("of a worker too", () => {
    const facts = member(worker, { ...stopped, swap: ["/dev/sda2"] }, {});
    const seen = clusterOf([...controlPlanes, worker]);
    const plan = planWorker({
      cluster: clusterSpec(),
      host: worker,
      before: worker,
      controlPlanes,
      sight: reachable(facts),
      seen,
      artifacts,
    });
    const sights = {
      hosts: { worker1: reachable(facts) },
      cluster: seen,
      healthy: [],
      virtualAddressAnswers: undefined,
    };
    expect(healthOf([worker], plan, sights)["worker1"]).toMatch(/^"\/dev\/sda2": .*start the kubelet: it is inactive/);
  });
});
