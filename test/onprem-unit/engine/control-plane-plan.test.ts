import { expect, test } from "vitest";
import { planControlPlane } from "../../../src/onprem/engine/control-plane-plan.js";
import type { HostSight } from "../../../src/onprem/facts.js";
import { artifacts, clusterSight, clusterSpec, etcdMember, memberSight, nodeSpec } from "../fixtures.js";

const [cp1, cp2, cp3] = ["cp1", "cp2", "cp3"].map((name) => nodeSpec(name)) as [
  ReturnType<typeof nodeSpec>,
  ReturnType<typeof nodeSpec>,
  ReturnType<typeof nodeSpec>,
];
const three = [cp1, cp2, cp3];

function problems(dead: HostSight) {
  const { problems } = planControlPlane({
    cluster: clusterSpec(),
    hosts: three,
    before: three,
    workers: [],
    abandoned: [],
    exists: true,
    artifacts,
    sights: {
      hosts: { cp1: dead, cp2: memberSight(cp2), cp3: memberSight(cp3) },
      cluster: clusterSight([etcdMember(cp1, { healthy: false }), etcdMember(cp2), etcdMember(cp3)]),
      healthy: ["cp2", "cp3"],
      virtualAddressAnswers: undefined,
    },
  });
  return problems.map(({ code, path, why, fix }) => ({ code, path, why, fix }));
}

test("a control plane that does not answer is told once, with both ways out", () => {
  expect(problems({ reachable: false, kind: "unreachable", why: "ops@10.1.0.1:22 cannot be reached" })).toEqual([
    {
      code: "onprem/unreachable",
      path: "onprem.hosts.cp1",
      why: "ops@10.1.0.1:22 cannot be reached",
      fix: "bring the host back, or take it out of the hosts: its member is then removed through a healthy control plane",
    },
  ]);
});

test("a host that was prepared as a worker and is listed no more is given back, after all else", () => {
  const abandoned = nodeSpec("worker1");
  const cluster = clusterSpec();
  const { stages } = planControlPlane({
    cluster,
    hosts: [cp1],
    before: [cp1, cp2],
    workers: [],
    abandoned: [abandoned],
    exists: true,
    artifacts,
    sights: {
      hosts: { cp1: memberSight(cp1), cp2: memberSight(cp2) },
      cluster: clusterSight([etcdMember(cp1), etcdMember(cp2)]),
      healthy: ["cp1", "cp2"],
      virtualAddressAnswers: undefined,
    },
  });
  expect(stages.at(-1)).toEqual({
    concurrency: 10,
    steps: [
      {
        node: "worker1",
        phase: "give-back",
        title: "give the host back",
        why: "it was prepared as a worker and is listed no more",
      },
    ],
  });
});

test("one that refuses the login is told once, as that", () => {
  const [only, ...more] = problems({ reachable: false, kind: "login", why: "it accepts no key of ours" });
  expect(more).toEqual([]);
  expect(only).toMatchObject({ code: "onprem/login", why: "it accepts no key of ours" });
});
