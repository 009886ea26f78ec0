import { describe, expect, test } from "vitest";
import { checkOnprem } from "../../../src/plugin/onprem/check.js";
import { onpremControlPlaneDefinition, onpremWorkerDefinition } from "../../../src/plugin/onprem/definition.js";
import { type PropertyMap, unknown } from "../../../src/plugin/properties.js";
import { host, oneControlPlane, threeControlPlanes, worker } from "./inputs.js";

const releases = { versions: { "1.35": "1.35.3", "1.36": "1.36.3" }, defaultMinor: "1.35" };
const urn = "urn:pulumi:dev::shop::isokube:onprem:ControlPlane::shop";

function problemsOf(newInputs: PropertyMap, oldInputs?: PropertyMap, definition = onpremControlPlaneDefinition.inputs) {
  return checkOnprem(definition, { urn, oldInputs, newInputs }, releases).problems.map(({ code, path }) => [
    code,
    path,
  ]);
}

test("one and three control planes are taken, and a worker", () => {
  expect(problemsOf(oneControlPlane)).toEqual([]);
  expect(problemsOf(threeControlPlanes)).toEqual([]);
  expect(
    checkOnprem(onpremWorkerDefinition.inputs, { urn, oldInputs: undefined, newInputs: worker }, releases).problems,
  ).toEqual([]);
});

test("values that are known only later pass", () => {
  expect(problemsOf({ ...oneControlPlane, hosts: unknown, podCidr: unknown })).toEqual([]);
});

test("what was left out is filled in at every depth", () => {
  const { inputs } = checkOnprem(
    onpremControlPlaneDefinition.inputs,
    { urn, oldInputs: undefined, newInputs: oneControlPlane },
    releases,
  );
  expect(inputs).toMatchObject({
    podCidr: "10.244.0.0/16",
    onDestroy: "reset",
    maxUnavailable: 1,
    hosts: [{ labels: {}, taints: [], host: { ssh: { port: 22, knownHostsFile: "~/.ssh/known_hosts", agent: true } } }],
  });
});

const two = [host("cp1", "10.0.0.11"), host("cp2", "10.0.0.12")];
describe("each is named by its path", () => {
  test.each<[string, PropertyMap, string, string]>([
    ["a name that is no DNS label", { clusterName: "Shop_1" }, "name/invalid", "clusterName"],
    ["a version that is not offered", { kubernetesVersion: "1.20" }, "version/unsupported", "kubernetesVersion"],
    ["a block that is none", { podCidr: "10.244.0.0" }, "cidr/invalid", "podCidr"],
    ["an IPv6 block", { serviceCidr: "fd00::/108" }, "cidr/invalid", "serviceCidr"],
    ["two control planes", { ...threeControlPlanes, hosts: two }, "quorum/count", "hosts"],
    [
      "a single endpoint of three",
      { hosts: threeControlPlanes["hosts"] ?? null },
      "endpoint/single",
      "controlPlaneEndpoint.kind",
    ],
    [
      "a virtual address without a number",
      { controlPlaneEndpoint: { kind: "vip", address: "10.0.0.10" } },
      "input/missing",
      "controlPlaneEndpoint.routerId",
    ],
    [
      "a load balancer without a port",
      { controlPlaneEndpoint: { kind: "external", host: "lb" } },
      "input/missing",
      "controlPlaneEndpoint.port",
    ],
    [
      "an unknown kind of endpoint",
      { controlPlaneEndpoint: { kind: "dns" } },
      "input/type",
      "controlPlaneEndpoint.kind",
    ],
    ["a host without a name", { hosts: [host("", "10.0.0.11")] }, "name/invalid", "hosts[0].name"],
    [
      "an address that is a name",
      { hosts: [host("cp1", "cp1.example.com")] },
      "address/invalid",
      "hosts[0].host.address",
    ],
    [
      "one address twice",
      { ...threeControlPlanes, hosts: [...two, host("cp3", "10.0.0.12")] },
      "host/duplicate",
      "hosts[2].host.address",
    ],
    [
      "one name twice",
      { ...threeControlPlanes, hosts: [...two, host("cp2", "10.0.0.13")] },
      "host/duplicate",
      "hosts[2].name",
    ],
    [
      "a misspelt property deep inside",
      {
        hosts: [
          host("cp1", "10.0.0.11", {
            host: { address: "10.0.0.11", sssh: {}, ssh: { user: "a" }, sudo: { kind: "none" } },
          }),
        ],
      },
      "input/unknown",
      "hosts[0].host.sssh",
    ],
    [
      "a port that is none",
      {
        hosts: [
          host("cp1", "10.0.0.11", {
            host: { address: "10.0.0.11", ssh: { user: "a", port: 99_999 }, sudo: { kind: "none" } },
          }),
        ],
      },
      "input/type",
      "hosts[0].host.ssh.port",
    ],
  ])("%s", (_, change, code, path) => {
    expect(problemsOf({ ...oneControlPlane, ...change })).toContainEqual([code, path]);
  });
});

test.each([
  ["1.36", "1.35", "version/downgrade"],
  ["1.35", "1.37", "version/skipped-minor"],
])("from %s to %s is refused", (before, after, code) => {
  const old = { ...oneControlPlane, kubernetesVersion: before };
  expect(problemsOf({ ...oneControlPlane, kubernetesVersion: after }, old)).toEqual([[code, "kubernetesVersion"]]);
});
