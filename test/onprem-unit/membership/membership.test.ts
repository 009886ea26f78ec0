import { describe, expect, test } from "vitest";
import { type MembershipInput, planMembership } from "../../../src/onprem/membership/membership.js";
import {
  caHash,
  clusterSight,
  clusterSpec,
  etcdMember,
  hostFacts,
  marker,
  nodeSpec,
  reachable,
  unreachable,
} from "../fixtures.js";

const [cp1, cp2, cp3, cp4, cp5] = [1, 2, 3, 4, 5].map((n) => nodeSpec(`cp${n}`)) as [
  ReturnType<typeof nodeSpec>,
  ReturnType<typeof nodeSpec>,
  ReturnType<typeof nodeSpec>,
  ReturnType<typeof nodeSpec>,
  ReturnType<typeof nodeSpec>,
];
const three = [cp1, cp2, cp3];

/** Hosts that answer and are bare, and those that are members with their data. */
const bare = (...nodes: (typeof cp1)[]) => Object.fromEntries(nodes.map((n) => [n.name, reachable(hostFacts(n))]));
const members = (...nodes: (typeof cp1)[]) =>
  Object.fromEntries(
    nodes.map((n) => [n.name, reachable(hostFacts(n, { marker: marker(n), hasEtcdData: true, caHash }))]),
  );

function plan(over: Partial<MembershipInput>) {
  const desired = over.desired ?? three;
  const result = planMembership({
    endpoint: clusterSpec().endpoint,
    clusterName: "shop",
    desired,
    cluster: undefined,
    hosts: bare(...desired),
    expected: undefined,
    restarts: [],
    ...over,
  });
  return {
    steps: result.steps.map(({ kind, node }) => `${kind} ${node}`),
    codes: result.problems.map(({ code }) => code),
    why: result.problems.map(({ why }) => why).join("; "),
    ailing: result.ailing,
  };
}

describe("a new cluster", () => {
  test("is made on one host, and the others join one at a time", () => {
    expect(plan({}).steps).toEqual(["initialise cp1", "join cp2", "join cp3"]);
  });

  test("is the same in whatever order the hosts are written", () => {
    expect(plan({ desired: [cp3, cp1, cp2] }).steps).toEqual(plan({}).steps);
  });

  test("is made where making it was begun", () => {
    const begun = reachable(hostFacts(cp2, { marker: marker(cp2, { state: "joining" }), hasEtcdData: true }));
    expect(plan({ hosts: { ...bare(...three), cp2: begun } }).steps[0]).toBe("initialise cp2");
  });

  test.each([
    { what: "the state knows it", over: { expected: { caHash } } },
    { what: "a host was a member", over: { hosts: { ...bare(...three), ...members(cp2) } } },
    {
      what: "two hosts hold its data",
      over: {
        hosts: {
          ...bare(cp3),
          ...Object.fromEntries(
            [cp1, cp2].map((n) => [
              n.name,
              reachable(hostFacts(n, { marker: marker(n, { state: "joining" }), hasEtcdData: true })),
            ]),
          ),
        },
      },
    },
  ])("is never made over one that exists: $what", ({ over }) => {
    const { codes, steps } = plan(over);
    expect({ codes, steps }).toEqual({ codes: ["onprem/cluster-lost"], steps: [] });
  });

  test("gives back a host that was prepared for it and shall not be in it any more", () => {
    const prepared = reachable(hostFacts(cp4, { marker: marker(cp4, { state: "joining" }) }));
    const { steps } = plan({ hosts: { ...bare(...three), cp4: prepared } });
    expect(steps).toEqual(["initialise cp1", "join cp2", "join cp3", "remove cp4"]);
  });

  test("is not made while a host that shall be in it cannot be looked at", () => {
    expect(plan({ hosts: { ...bare(cp1, cp2), cp3: unreachable } }).codes).toEqual(["onprem/unreachable"]);
  });
});

describe("how many control planes there may be", () => {
  test.each([[0], [2], [4], [6], [7]])("%i is refused", (count) => {
    const desired = Array.from({ length: count }, (_, i) => nodeSpec(`cp${i + 1}`));
    expect(plan({ desired }).codes).toContain("onprem/control-plane-count");
  });

  test("the address of one host serves one control plane only", () => {
    const endpoint = { kind: "single", address: cp1.host.address } as const;
    expect(plan({ endpoint }).codes).toEqual(["onprem/endpoint-of-one-host"]);
    expect(plan({ endpoint, desired: [cp1] }).codes).toEqual([]);
    expect(plan({ endpoint, desired: [cp2] }).codes).toEqual(["onprem/endpoint-of-no-host"]);
  });
});

describe("a cluster that is there", () => {
  const whole = clusterSight(three.map((n) => etcdMember(n)));

  test("needs no step when it is as it shall be", () => {
    expect(plan({ cluster: whole, hosts: members(...three) })).toMatchObject({ steps: [], codes: [] });
  });

  test("is another one than the state's: nothing is done", () => {
    const expected = { caHash: `sha256:${"0".repeat(64)}` };
    expect(plan({ cluster: whole, hosts: members(...three), expected }).codes).toEqual(["onprem/another-cluster"]);
  });

  test("grows from one to three", () => {
    const cluster = clusterSight([etcdMember(cp2)]);
    const hosts = { ...members(cp2), ...bare(cp1, cp3) };
    expect(plan({ cluster, hosts }).steps).toEqual(["join cp1", "join cp3"]);
  });

  test("shrinks to any one of its members, the first host like any other", () => {
    expect(plan({ cluster: whole, desired: [cp3], hosts: members(cp3) }).steps).toEqual(["remove cp1", "remove cp2"]);
  });

  test("gets the new member before the old one leaves", () => {
    const desired = [cp2, cp3, cp4];
    const hosts = { ...members(cp2, cp3), ...bare(cp4) };
    expect(plan({ cluster: whole, desired, hosts }).steps).toEqual(["join cp4", "remove cp1"]);
  });

  test("loses its dead member before the new one joins", () => {
    const cluster = clusterSight([etcdMember(cp1, { healthy: false }), etcdMember(cp2), etcdMember(cp3)]);
    const hosts = { ...members(cp2, cp3), ...bare(cp4), cp1: unreachable };
    const steps = plan({ cluster, desired: [cp2, cp3, cp4], hosts }).steps;
    expect(steps).toEqual(["remove-dead cp1", "join cp4"]);
  });

  test("takes back a host that was installed anew", () => {
    const cluster = clusterSight([etcdMember(cp1, { healthy: false }), etcdMember(cp2), etcdMember(cp3)]);
    const hosts = { ...members(cp2, cp3), ...bare(cp1) };
    expect(plan({ cluster, hosts }).steps).toEqual(["remove-dead cp1", "join cp1"]);
  });

  test("lets a host under its old name and a new address wait for the old one to go", () => {
    const moved = nodeSpec("cp1", { host: { ...cp1.host, address: "10.1.0.9" } });
    const desired = [moved, cp2, cp3];
    const hosts = { ...members(cp2, cp3), ...bare(moved) };
    expect(plan({ cluster: whole, desired, hosts }).steps).toEqual(["remove cp1", "join cp1"]);
  });

  test("keeps a member that may recover, and says so", () => {
    const cluster = clusterSight([etcdMember(cp1), etcdMember(cp2), etcdMember(cp3, { healthy: false })]);
    expect(plan({ cluster, hosts: members(...three) })).toMatchObject({ steps: [], codes: [], ailing: ["cp3"] });
  });

  test("restarts no member while another one does not answer", () => {
    const cluster = clusterSight([etcdMember(cp1), etcdMember(cp2), etcdMember(cp3, { healthy: false })]);
    const { codes, why } = plan({ cluster, hosts: members(...three), restarts: ["cp1", "cp2"] });
    expect(codes).toEqual(["onprem/quorum"]);
    expect(why).toBe("restarting it would stop etcd: 1 of 3 voting members would be healthy, and 2 are needed");
  });

  test("restarts its only member, for there is no other way", () => {
    const cluster = clusterSight([etcdMember(cp1)]);
    expect(plan({ cluster, desired: [cp1], hosts: members(cp1), restarts: ["cp1"] }).codes).toEqual([]);
  });

  test("does not shrink when the rest could not go on", () => {
    const ill = { healthy: false };
    const cluster = clusterSight([cp1, cp2, cp3, cp4, cp5].map((n, i) => etcdMember(n, i < 2 ? ill : {})));
    expect(plan({ cluster, hosts: members(...three) })).toMatchObject({ codes: ["onprem/quorum"], steps: [] });
  });

  test("does not leave a dead member alone with a healthy one, and says both that it is dead and what it would cost", () => {
    const cluster = clusterSight([etcdMember(cp1, { healthy: false }), etcdMember(cp2), etcdMember(cp3)]);
    const { codes, why, steps } = plan({ cluster, desired: [cp1], hosts: { ...members(cp2, cp3), cp1: unreachable } });
    expect({ codes, steps }).toEqual({ codes: ["onprem/unreachable", "onprem/quorum"], steps: [] });
    expect(why).toMatch(/removing it would stop etcd: 1 of 2 voting members would be healthy, and 2 are needed$/);
  });

  test("gives back a host whose removal was cut off after the cluster had forgotten it", () => {
    const cluster = clusterSight([cp2, cp3, cp4].map((n) => etcdMember(n)));
    const left = reachable(hostFacts(cp1, { marker: marker(cp1, { state: "leaving" }), hasEtcdData: true, caHash }));
    const hosts = { ...members(cp2, cp3, cp4), cp1: left };
    expect(plan({ cluster, desired: [cp2, cp3, cp4], hosts }).steps).toEqual(["remove cp1"]);
    // Of another cluster's it keeps its hands off.
    for (const facts of [
      { marker: marker(cp1, { cluster: "other" }) },
      { marker: marker(cp1), caHash: `sha256:${"0".repeat(64)}` },
    ]) {
      const foreign = { ...hosts, cp1: reachable(hostFacts(cp1, facts)) };
      expect(plan({ cluster, desired: [cp2, cp3, cp4], hosts: foreign }).steps).toEqual([]);
    }
  });

  test("does nothing without quorum", () => {
    const cluster = clusterSight(three.map((n, i) => etcdMember(n, { healthy: i === 0 })));
    expect(plan({ cluster, hosts: members(...three) }).why).toMatch(/^etcd has no quorum now/);
  });

  test("takes out what never became a full member, and lets it join again", () => {
    const added = etcdMember(cp3, { name: "", learner: true, healthy: false });
    const cluster = clusterSight([etcdMember(cp1), etcdMember(cp2), added], {
      nodes: clusterSight([etcdMember(cp1), etcdMember(cp2)]).nodes,
    });
    const hosts = { ...members(cp1, cp2), ...bare(cp3) };
    expect(plan({ cluster, hosts }).steps).toEqual(["remove-dead cp3", "join cp3"]);
  });

  test.each(["joining", "leaving"] as const)("makes a healthy member whole whose host says it is %s", (state) => {
    const sight = reachable(hostFacts(cp3, { marker: marker(cp3, { state }), hasEtcdData: true }));
    const hosts = { ...members(cp1, cp2), cp3: sight };
    expect(plan({ cluster: whole, hosts }).steps).toEqual(["finish cp3"]);
  });

  test("clears away the Node of a member that is gone from etcd", () => {
    const cluster = { ...whole, etcd: whole.etcd.filter(({ name }) => name !== "cp1") };
    const desired = [cp2, cp3, cp4];
    const hosts = { ...members(cp2, cp3), ...bare(cp4) };
    expect(plan({ cluster, desired, hosts }).steps).toEqual(["remove-dead cp1", "join cp4"]);
  });
});
