import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { checkCluster } from "../../../src/components/cluster/check.js";
import { addressCases, endpointCases } from "./bad-onprem-cases/addresses.js";
import { goodArgs, goodBlock, goodKeys } from "./bad-onprem-cases/case.js";
import { hostCases, poolCases } from "./bad-onprem-cases/hosts.js";
import { loginCases } from "./bad-onprem-cases/login.js";
import { otherCases } from "./bad-onprem-cases/other.js";
import { type BadCase, expectRefused, noteRegistrations, refused } from "./refusal.js";

/** One way to be wrong each. */
const badOnpremCases = [...hostCases, ...poolCases, ...loginCases, ...endpointCases, ...addressCases, ...otherCases];

noteRegistrations();

const problemsOf = (onprem: object, args: object = {}) =>
  checkCluster("shop", { ...goodArgs, ...args, onprem: { ...goodBlock, ...onprem } }).problems;

describe("a Cluster on hosts of one's own", () => {
  test.each<BadCase>(badOnpremCases)("is refused for $what, before anything is registered", expectRefused);

  test.each(badOnpremCases)("is told of $what alone, not of its consequences", ({ args, path, also = [] }) => {
    const places = new Set(checkCluster("shop", args).problems.map((problem) => problem.path));
    expect([...places].sort()).toEqual([path, ...also].sort());
  });

  test("is told everything at once", () => {
    const { problems } = refused({
      target: "onprem",
      kubernetesVersion: "1.30",
      pools: { general: { cpu: 2, memory: "4Gi", min: 4 } },
      onprem: {
        hosts: {
          "cp-1": { address: "10.89.0.11", role: "controlPlane" },
          "cp-2": { address: "10.89.0.11", role: "controlPlane", hostKey: "nonsense" },
          "w-1": { address: "10.244.1.9", role: "worker", pool: "other" },
        },
        ssh: { user: "ubuntu" },
        sudo: { mode: "password" },
        endpoint: { external: "lb" },
        artifacts: { bundle: "/nowhere" },
        loadBalancer: { addresses: ["10.89.0.8/29"] },
      },
    });
    expect(problems.map(({ path }) => path).sort()).toEqual([
      "kubernetesVersion",
      "network.podCidr",
      "onprem.artifacts.bundle",
      "onprem.endpoint.external",
      "onprem.hosts",
      "onprem.hosts.cp-2.address",
      "onprem.hosts.cp-2.hostKey",
      "onprem.hosts.w-1.pool",
      "onprem.loadBalancer.addresses[0]",
      "onprem.sudo.passwordVariable",
      "pools.general.min",
    ]);
  });

  test("shows neither a key nor a password that was written in the wrong place", () => {
    const { message } = refused({
      ...goodArgs,
      onprem: {
        ...goodBlock,
        ssh: { user: "ubuntu", privateKeyFile: "-----BEGIN OPENSSH PRIVATE KEY-----\nc2VjcmV0" },
        sudo: { mode: "password", passwordVariable: "hunter-2" },
      },
    });
    expect(message).not.toMatch(/c2VjcmV0|hunter/);
  });

  test("is accepted with one host of each kind, and with one host alone", () => {
    expect(problemsOf({})).toEqual([]);
    expect(problemsOf({ hosts: { "cp-1": goodBlock.hosts["cp-1"] } })).toEqual([]);
  });

  test.each(goodKeys)("knows %s for a host's key", (hostKey) => {
    const [name, host] = ["w-1", { ...goodBlock.hosts["w-1"], hostKey }];
    expect(problemsOf({ hosts: { ...goodBlock.hosts, [name]: host } })).toEqual([]);
  });

  test("takes a key file that is there, from home too", () => {
    expect(problemsOf({ ssh: { user: "ubuntu", privateKeyFile: fileURLToPath(import.meta.url) } })).toEqual([]);
    expect(problemsOf({ ssh: { user: "ubuntu", privateKeyFile: "~/is/not/there" } })).toMatchObject([
      { code: "onprem/no-such-file", value: "~/is/not/there" },
    ]);
  });

  test("leaves to the plugin what is known only later", () => {
    const later = pulumi.output("nonsense");
    const hosts = {
      "cp-1": { address: later, role: "controlPlane", hostKey: later },
      "w-1": { address: later, role: "worker", labels: { rack: later } },
    };
    expect(problemsOf({ hosts, ssh: { user: later }, endpoint: { vip: later } })).toEqual([]);
  });

  test("need not know its hosts to be portable there", () => {
    const pools = { general: { cpu: 4, memory: "16Gi", min: 2, max: 2 } };
    expect(checkCluster("shop", { target: "local", pools, requirePortableTo: ["onprem"] }).problems).toEqual([]);
  });
});
