import { describe, expect, test } from "vitest";
import { parseAllDocuments } from "yaml";
import { renderInit, renderJoin } from "../../../src/onprem/kubeadm/documents.js";
import { kubeProxyMode } from "../../../src/onprem/kubeadm/kube-proxy.js";
import { mergeFields } from "../../../src/onprem/kubeadm/merge.js";
import { kubeletMaySet } from "../../../src/onprem/kubeadm/node-registration.js";
import { caHash, clusterSpec, hostFacts, hostSettings, nodeSpec } from "../fixtures.js";
import { initDocuments, joinDocuments } from "./cases.js";

test.each(Object.entries(initDocuments))("init of %s", (_name, documents) => {
  expect(renderInit(documents)).toMatchSnapshot();
});

test.each(Object.entries(joinDocuments))("join of %s", (_name, documents) => {
  expect(renderJoin(documents)).toMatchSnapshot();
});

const parse = (text: string) => parseAllDocuments(text).map((document) => document.toJS() as Record<string, unknown>);

describe("the documents of init", () => {
  test("hold no secret", () => {
    expect(parse(renderInit(initDocuments.virtualAddress))[0]).not.toHaveProperty("bootstrapTokens.0.token");
  });

  test("name no audit log and no encryption where neither is asked for", () => {
    const spec = clusterSpec({ auditLogs: false, secretsEncryption: false });
    const text = renderInit({ ...initDocuments.virtualAddress, spec });
    expect(text).not.toMatch(/audit|encryption|extraVolumes/);
  });

  test("let the escape hatches have the last word", () => {
    const spec = clusterSpec({
      hostSettings: {
        ...hostSettings,
        kubelet: { maxPods: 250, serverTLSBootstrap: false },
        kubeProxy: { mode: "iptables", conntrack: { min: 0 } },
      },
    });
    const [, , kubelet, kubeProxy] = parse(renderInit({ ...initDocuments.virtualAddress, spec }));
    expect(kubelet).toMatchObject({ maxPods: 250, serverTLSBootstrap: false, rotateCertificates: true });
    expect(kubeProxy).toMatchObject({ mode: "iptables", conntrack: { min: 0 }, clusterCIDR: "10.244.0.0/16" });
  });
});

test("a control plane's PKI is never fetched with a certificate key", () => {
  expect(renderJoin(joinDocuments.controlPlane)).not.toContain("certificateKey");
});

test("an authority's pin is written once, with or without its prefix", () => {
  const bare = renderJoin({ ...joinDocuments.worker, caHash: caHash.slice("sha256:".length) });
  expect(bare).toBe(renderJoin({ ...joinDocuments.worker, caHash }));
});

test.each([
  ["isokube.dev/pool", true],
  ["example.com/rack", true],
  ["team", true],
  ["topology.kubernetes.io/zone", true],
  ["node.kubernetes.io/instance-type", true],
  ["gpu.node.kubernetes.io/model", true],
  ["node-role.kubernetes.io/worker", false],
  ["node-restriction.kubernetes.io/secure", false],
  ["kubernetes.io/team", false],
  ["mykubernetes.io/team", true],
])("kubelet may give its node the label %s: %s", (label, allowed) => {
  expect(kubeletMaySet(label)).toBe(allowed);
});

test("labels that kubelet may not set are left to the API", () => {
  const node = nodeSpec("worker1", { labels: { "node-role.kubernetes.io/worker": "", "example.com/rack": "r1" } });
  const text = renderJoin({ ...joinDocuments.worker, node });
  expect(text).toContain("value: example.com/rack=r1,isokube.dev/pool=general");
  expect(text).not.toContain("node-role");
});

describe("kube-proxy's mode", () => {
  const host = (kernel: string, nf: "present" | "loadable" | "missing" = "loadable") => {
    const facts = hostFacts(nodeSpec("cp1"), { kernel });
    return { ...facts, features: { ...facts.features, nf_tables: nf } };
  };

  test.each([
    { hosts: [host("6.1.0-18-amd64"), host("5.14.0-427.el9.x86_64")], mode: "nftables" },
    { hosts: [host("6.1.0-18-amd64"), host("5.10.0-28-amd64")], mode: "iptables" },
    { hosts: [host("4.18.0-553.el8_10.x86_64")], mode: "iptables" },
    { hosts: [host("6.1.0", "missing")], mode: "iptables" },
    { hosts: [host("unknown")], mode: "iptables" },
  ])("of all nodes is $mode", ({ hosts, mode }) => {
    expect(kubeProxyMode(hosts)).toBe(mode);
  });
});

test("blocks are merged, lists and values replaced, and neither side is changed", () => {
  const base = { a: { b: 1, c: [1, 2] }, d: 1 };
  const over = { a: { c: [3] }, d: { e: 1 } };
  expect(mergeFields(base, over)).toEqual({ a: { b: 1, c: [3] }, d: { e: 1 } });
  expect(base).toEqual({ a: { b: 1, c: [1, 2] }, d: 1 });
});
