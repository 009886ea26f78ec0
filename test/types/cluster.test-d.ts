import * as pulumi from "@pulumi/pulumi";
import { describe, expectTypeOf, test } from "vitest";
import {
  type CapabilityTable,
  Cluster,
  type ClusterArgs,
  type ClusterRef,
  clusterArgsFromConfig,
  type ReportRow,
  type Target,
  type TypedClusterArgs,
  targetFromConfig,
} from "../../src/index.js";

const pools = { general: { cpu: 4, memory: "16Gi", min: 2, max: 10, arch: "arm64", spot: true } } as const;
const later = pulumi.output("1.35");

describe("what compiles", () => {
  test("each target with what it needs", () => {
    new Cluster("shop", { target: "local", pools });
    new Cluster("shop", { target: "local", pools, local: { hpaSyncPeriodSeconds: 5 }, kubernetesVersion: "1.35" });
    new Cluster("shop", { target: "existing", existing: { context: "prod" } });
    new Cluster("shop", { target: "aws", pools, controlPlane: { highlyAvailable: true } });
    new Cluster("shop", { target: "gcp", compute: "serverless", releaseChannel: "stable" });
    new Cluster("shop", { target: "onprem", pools, kubernetesVersion: "1.35" });
  });

  test("leaves that are known later", () => {
    new Cluster("shop", {
      target: "local",
      kubernetesVersion: later,
      pools: { general: { cpu: later, memory: later, min: pulumi.output(2), labels: { team: later } } },
      network: { podCidr: later },
      controlPlane: { auditLogs: pulumi.output(true), allowedCidrs: [later] },
      tags: { team: later },
    });
    new Cluster("shop", { target: "existing", existing: { kubeconfig: later } });
  });

  test("a stack's config, alone and with what the program decides", () => {
    new Cluster("shop", clusterArgsFromConfig());
    new Cluster("shop", { ...clusterArgsFromConfig(), tags: { team: "shop" } });
    expectTypeOf(targetFromConfig()).toEqualTypeOf<Target>();
  });

  test("resource options", () => {
    new Cluster("shop", { target: "local", pools }, { protect: true });
  });
});

describe("what does not compile", () => {
  test("a target that there is not, or none", () => {
    // @ts-expect-error there is no such target
    new Cluster("shop", { target: "amazon", pools });
    // @ts-expect-error no target
    new Cluster("shop", { pools });
  });

  test("options for another target", () => {
    // @ts-expect-error the block of another target
    new Cluster("shop", { target: "local", pools, existing: { context: "prod" } });
    // @ts-expect-error the block of another target
    new Cluster("shop", { target: "aws", pools, local: {} });
    // @ts-expect-error the block of another target
    new Cluster("shop", { target: "existing", existing: { context: "prod" }, local: {} });
  });

  test("what the target cannot give", () => {
    // @ts-expect-error one member on one machine
    new Cluster("shop", { target: "local", pools, controlPlane: { highlyAvailable: true } });
    // @ts-expect-error no machine comes and goes on local
    new Cluster("shop", { target: "local", compute: "serverless" });
    // @ts-expect-error hosts are pools
    new Cluster("shop", { target: "onprem", compute: "serverless" });
    // @ts-expect-error nothing upgrades hosts by itself
    new Cluster("shop", { target: "onprem", pools, releaseChannel: "stable" });
    // @ts-expect-error an existing cluster brings its nodes
    new Cluster("shop", { target: "existing", existing: { context: "prod" }, pools });
  });

  test("less or more than is needed", () => {
    // @ts-expect-error no pools
    new Cluster("shop", { target: "local" });
    // @ts-expect-error which one
    new Cluster("shop", { target: "existing" });
    // @ts-expect-error pools follow the pods
    new Cluster("shop", { target: "gcp", compute: "serverless", pools });
    // @ts-expect-error pinned and following
    new Cluster("shop", { target: "azure", pools, kubernetesVersion: "1.35", releaseChannel: "stable" });
    // @ts-expect-error a node has memory
    new Cluster("shop", { target: "local", pools: { general: { cpu: 4 } } });
  });

  test("words that there are not", () => {
    // @ts-expect-error no such architecture
    new Cluster("shop", { target: "local", pools: { general: { cpu: 4, memory: "16Gi", arch: "arm" } } });
    const taints = [{ key: "dedicated", effect: "Never" }];
    // @ts-expect-error no such effect
    new Cluster("shop", { target: "local", pools: { general: { cpu: 4, memory: "16Gi", taints } } });
    // @ts-expect-error no such option
    new Cluster("shop", { target: "local", pools, kubernetsVersion: "1.35" });
    // @ts-expect-error structure is plain
    new Cluster("shop", { target: "local", pools: pulumi.output(pools) });
  });
});

describe("a Cluster", () => {
  test("is what a Workload takes, and so is plain data", () => {
    expectTypeOf<Cluster>().toExtend<ClusterRef>();
    expectTypeOf<{ kubeconfig: string; target: "existing" }>().toExtend<ClusterRef>();
  });

  test("has typed outputs", () => {
    expectTypeOf<Cluster["kubeconfig"]>().toEqualTypeOf<pulumi.Output<string>>();
    expectTypeOf<Cluster["report"]>().toEqualTypeOf<pulumi.Output<readonly ReportRow[]>>();
    expectTypeOf<Cluster["capabilities"]>().toEqualTypeOf<CapabilityTable>();
  });

  test("has arguments that are flat for other languages, and hold every typed one", () => {
    expectTypeOf<TypedClusterArgs>().toExtend<ClusterArgs>();
  });
});
