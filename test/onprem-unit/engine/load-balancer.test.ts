import { expect, test } from "vitest";
import { type ControlPlaneInput, planControlPlane } from "../../../src/onprem/engine/control-plane-plan.js";
import type { HostFacts, NodeMarker } from "../../../src/onprem/facts.js";
import type { NodeSpec, OnpremClusterSpec } from "../../../src/onprem/spec.js";
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

const three = ["cp1", "cp2", "cp3"].map((name) => nodeSpec(name));
const cp4 = nodeSpec("cp4");

function member(node: NodeSpec, facts: Partial<HostFacts> = {}, owned: Partial<NodeMarker> = {}): HostFacts {
  return hostFacts(node, { ...balanced(node), marker: marker(node, owned), hasEtcdData: true, caHash, ...facts });
}

interface Case {
  readonly members: readonly HostFacts[];
  readonly hosts?: readonly NodeSpec[];
  readonly fresh?: readonly NodeSpec[];
  readonly cluster?: Partial<OnpremClusterSpec>;
}

/** What is done to the API servers, to who they are, and to what spreads clients over them: in stages. */
function stages({ members, hosts = three, fresh = [], cluster = {} }: Case): string[][] {
  const input: ControlPlaneInput = {
    cluster: clusterSpec(cluster),
    hosts,
    before: three,
    workers: [],
    abandoned: [],
    exists: true,
    artifacts: { ...artifacts, kubernetesVersion: cluster.kubernetesVersion ?? artifacts.kubernetesVersion },
    sights: {
      hosts: Object.fromEntries(
        [...members, ...fresh.map((node) => hostFacts(node))].map((facts) => [facts.hostname, reachable(facts)]),
      ),
      cluster: clusterSight(three.map((node) => etcdMember(node))),
      healthy: three.map(({ name }) => name),
      virtualAddressAnswers: undefined,
    },
  };
  const { problems, stages } = planControlPlane(input);
  expect(problems).toEqual([]);
  const shown = ["static-pods", "join", "upgrade-first", "upgrade", "load-balancer", "remove"];
  return stages.flatMap(({ steps }) => {
    const found = steps.filter(({ phase }) => shown.includes(phase)).map(({ node, phase }) => `${node} ${phase}`);
    return found.length === 0 ? [] : [found];
  });
}

test("where it knows all that there shall be, nothing is done", () => {
  expect(stages({ members: three.map((node) => member(node)) })).toEqual([]);
});

test("one that is down is started, on its host alone", () => {
  const down = { services: { haproxy: { active: "failed", enabled: "enabled" } } };
  const members = three.map((node) => member(node, node.name === "cp2" ? down : {}));
  expect(stages({ members })).toEqual([["cp2 load-balancer"]]);
});

test("they learn of a new control plane when it has joined, and forget one before it leaves", () => {
  const [, cp2, cp3] = three as [NodeSpec, NodeSpec, NodeSpec];
  const found = stages({ members: three.map((node) => member(node)), hosts: [cp2, cp3, cp4], fresh: [cp4] });
  expect(found).toEqual([
    ["cp4 join"],
    ["cp2 load-balancer", "cp3 load-balancer", "cp4 load-balancer"],
    ["cp1 remove"],
  ]);
});

const older = () => {
  const { sharesPort, ...left } = marker(nodeSpec("cp1"));
  expect(sharesPort).toBe(true);
  return three.map((node) =>
    member(node, { files: {}, services: {}, marker: { ...left, node: node.name } as NodeMarker }),
  );
};

test("API servers that an older release made are first told to share their port", () => {
  expect(stages({ members: older() })).toEqual([
    three.map(({ name }) => `${name} static-pods`),
    three.map(({ name }) => `${name} load-balancer`),
  ]);
});

test("with an upgrade they are told as part of it, and it comes after", () => {
  expect(stages({ members: older(), cluster: { kubernetesVersion: "1.36.3" } })).toEqual([
    ["cp1 upgrade-first", "cp2 upgrade", "cp3 upgrade"],
    three.map(({ name }) => `${name} load-balancer`),
  ]);
});

test("behind a load balancer of somebody else's there is none", () => {
  const endpoint = { kind: "external", host: "lb.example.com", port: 6443 } as const;
  expect(stages({ members: older(), cluster: { endpoint } })).toEqual([]);
});
