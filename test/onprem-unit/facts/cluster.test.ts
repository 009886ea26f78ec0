import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { observeCluster, parseCluster } from "../../../src/onprem/facts/cluster.js";
import { makeCertificate } from "../../support/certificate.js";
import { framed, remoteThat } from "./fixtures.js";

const authority = makeCertificate(10);

const node = {
  metadata: {
    name: "cp1",
    labels: { "node-role.kubernetes.io/control-plane": "", "isokube.dev/pool": "system" },
  },
  spec: {
    unschedulable: true,
    taints: [
      { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
      { key: "team", value: "a", effect: "NoExecute" },
    ],
  },
  status: {
    conditions: [
      { type: "MemoryPressure", status: "False" },
      { type: "Ready", status: "True" },
    ],
    addresses: [
      { type: "Hostname", address: "cp1" },
      { type: "InternalIP", address: "10.0.0.5" },
    ],
    nodeInfo: { kubeletVersion: "v1.35.3" },
  },
};
const bare = { metadata: { name: "new" }, status: { conditions: [{ type: "Ready", status: "Unknown" }] } };

const report: Readonly<Record<string, string>> = {
  begun: "",
  version: JSON.stringify({ major: "1", gitVersion: "v1.35.3" }),
  nodes: JSON.stringify({ kind: "List", items: [node, bare] }),
  config: JSON.stringify({
    data: { ClusterConfiguration: "apiServer: {}\nkubernetesVersion: v1.35.2\nnetworking: {}\n" },
  }),
  proxy: JSON.stringify({
    spec: { template: { metadata: { annotations: { "isokube.dev/kube-proxy-settings": "abc" } } } },
  }),
  ca: authority.pem,
  ended: "",
};

it("is what the API server says", () => {
  expect(parseCluster(framed(report))).toEqual({
    problems: [],
    sight: {
      version: "1.35.3",
      configuredVersion: "1.35.2",
      kubeProxySettings: "abc",
      caHash: authority.pin,
      nodes: [
        {
          name: "cp1",
          ready: true,
          unschedulable: true,
          kubeletVersion: "1.35.3",
          address: "10.0.0.5",
          controlPlane: true,
          labels: node.metadata.labels,
          taints: node.spec.taints,
        },
        {
          name: "new",
          ready: false,
          unschedulable: false,
          kubeletVersion: "",
          address: "",
          controlPlane: false,
          labels: {},
          taints: [],
        },
      ],
    },
  });
});

describe("a look at a cluster", () => {
  const members = JSON.stringify({ members: [{ ID: "255", name: "cp1", peerURLs: ["https://10.0.0.5:2380"] }] });

  it("is what the API server and etcd say", async () => {
    const { remote } = remoteThat([framed(report), members]);
    expect(await observeCluster(remote)).toMatchObject({
      version: "1.35.3",
      etcd: [{ id: "ff", name: "cp1", peerUrl: "https://10.0.0.5:2380", learner: false, healthy: false }],
    });
  });

  it("fails with what cannot be read", async () => {
    const { remote } = remoteThat([framed({ ...report, version: "" }), members]);
    await expect(observeCluster(remote)).rejects.toMatchObject({
      kind: "exit",
      message: expect.stringContaining("version"),
    });
  });
});

describe("an answer that is none", () => {
  it.each([
    ["a version that is none", { version: "{}" }, "version"],
    ["no list of nodes", { nodes: '{"items":1}' }, "nodes"],
    ["a node without a name", { nodes: '{"items":[{}]}' }, "nodes[0]"],
    ["no configuration", { config: "not found" }, "config"],
    ["no authority", { ca: "" }, "ca"],
  ])("is a problem: %s", (_what, changes, path) => {
    const { problems } = parseCluster(framed({ ...report, ...changes }));
    expect(problems.map((problem) => problem.path)).toContain(path);
  });

  it("never throws", () => {
    const value = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.json(),
      fc.json().map((json) => `{"items":[${json}]}`),
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom("version", "nodes", "config", "ca"), value), (changes) => {
        parseCluster(framed({ ...report, ...changes }));
      }),
    );
  });
});
