import * as pulumi from "@pulumi/pulumi";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { LocalClusterArgs } from "../../../src/components/cluster/args.js";
import { Cluster } from "../../../src/components/cluster.js";
import type { ReportRow } from "../../../src/providers/contract.js";

interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Record<string, unknown>;
}

const registered: Registered[] = [];
const authority = Buffer.from("an authority").toString("base64");
const kubeconfig = JSON.stringify({ clusters: [{ cluster: { "certificate-authority-data": authority } }] });

beforeAll(async () => {
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }) => {
      registered.push({ type, name, inputs });
      const made = { kubeconfig, endpoint: "https://127.0.0.1:6443", version: "1.35.3" };
      return { id: name, state: type === "isokube:local:ControlPlane" ? { ...inputs, ...made } : inputs };
    },
    call: () => ({}),
  });
});
beforeEach(() => {
  registered.length = 0;
});

const args: LocalClusterArgs = {
  target: "local",
  pools: {
    general: { cpu: 4, memory: "16Gi", min: 2, max: 10, spot: true, labels: { team: "shop" } },
    arm: { cpu: "500m", memory: "1Gi", arch: "arm64", taints: [{ key: "dedicated", effect: "NoSchedule" }] },
  },
  controlPlane: { auditLogs: true, endpoint: "public" },
  tags: { owner: "shop" },
};

const known = <T>(output: pulumi.Output<T>): Promise<T> => new Promise((done) => output.apply((value) => done(value)));

async function reportOf(cluster: Cluster): Promise<Record<string, ReportRow>> {
  const rows = await known(cluster.report);
  return Object.fromEntries(rows.map((row) => [row.property, row]));
}

describe("a local Cluster", () => {
  test("is one control plane and one provider, with every default filled in", async () => {
    const cluster = new Cluster("shop", args);
    await known(cluster.provider.urn);
    expect(registered.map(({ type, name }) => `${type} ${name}`)).toEqual([
      "isokube:index:Cluster shop",
      "isokube:local:ControlPlane shop",
      "pulumi:providers:kubernetes shop",
    ]);
    expect(registered[1]?.inputs).toEqual({
      kubernetesVersion: "1.35",
      pools: [
        { name: "general", count: 2, cpu: "4", memory: "16Gi", arch: "amd64", labels: { team: "shop" }, taints: [] },
        {
          name: "arm",
          count: 1,
          cpu: "500m",
          memory: "1Gi",
          arch: "arm64",
          labels: {},
          taints: [{ key: "dedicated", effect: "NoSchedule" }],
        },
      ],
      podCidr: "10.244.0.0/16",
      serviceCidr: "10.96.0.0/16",
      auditLogs: true,
      secretsEncryption: false,
      hpaSyncPeriodSeconds: 15,
      hpaDownscaleStabilizationSeconds: 300,
      metricsResolutionSeconds: 15,
    });
  });

  test("gives its provider an identity that outlives the kubeconfig, and lets a refresh meet it dead", async () => {
    const cluster = new Cluster("shop", args);
    await known(cluster.provider.urn);
    expect(registered[2]?.inputs).toMatchObject({
      enableServerSideApply: "true",
      skipUpdateUnreachable: "true",
      clusterIdentifier: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    // For programs that have the cluster as plain data, from a stack reference.
    expect(await known(cluster.identity)).toBe(registered[2]?.inputs["clusterIdentifier"]);
    expect(await pulumi.isSecret(cluster.identity)).toBe(false);
    // Only an explicit environment variable of the user's may forget what cannot be reached.
    expect(registered[2]?.inputs).not.toHaveProperty("deleteUnreachable");
  });

  test("keeps its kubeconfig secret, and nothing else", async () => {
    const cluster = new Cluster("shop", args);
    expect(await pulumi.isSecret(cluster.kubeconfig)).toBe(true);
    const shown = pulumi.all([cluster.endpoint, cluster.version, cluster.report, cluster.detectedCapabilities]);
    expect(await pulumi.isSecret(shown)).toBe(false);
  });

  test("says what came of each thing that was asked", async () => {
    const report = await reportOf(new Cluster("shop", args));
    expect(report["pools.general.max"]).toMatchObject({
      requested: "10",
      resource: "isokube:local:ControlPlane shop",
      field: "pools[0].count",
      realised: "2",
      level: "unsupported",
      deviation: expect.stringContaining("a pool keeps `min` nodes"),
    });
    expect(report["pools.arm.arch"]).toMatchObject({ requested: "arm64", realised: "arm64", level: "emulated" });
    expect(report["pools.general.spot"]).toMatchObject({ level: "unsupported" });
    expect(report["controlPlane.endpoint"]).toMatchObject({ requested: "public", realised: "private" });
    expect(report["controlPlane.auditLogs"]).toMatchObject({ realised: "true", level: "native" });
    expect(report["controlPlane.auditLogs"]).not.toHaveProperty("deviation");
    expect(report["tags"]).toMatchObject({ requested: '{"owner":"shop"}', realised: "", level: "unsupported" });
    expect(report["loadBalancer"]).toMatchObject({ level: "unsupported", deviation: expect.stringContaining("kwok") });
  });

  test("says that its nodes are simulated", async () => {
    const cluster = new Cluster("shop", args);
    expect(await known(cluster.simulatedNodes)).toBe(true);
    expect((await reportOf(cluster))["pools.general.cpu"]).toMatchObject({
      level: "emulated",
      deviation: expect.stringContaining("no container runs"),
    });
  });

  test("takes everything inside along when it is deleted", () => {
    const { deletedWith } = new Cluster("shop", args);
    expect(deletedWith).toBeInstanceOf(pulumi.CustomResource);
    // Its own deletion is refused then, so nothing inside may be forgotten.
    expect(new Cluster("shop", { ...args, deletionProtection: true }).deletedWith).toBeUndefined();
  });
});
