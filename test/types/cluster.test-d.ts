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
const onprem = {
  hosts: { "node-1": { address: "10.89.0.11", role: "controlPlane" } },
  ssh: { user: "ubuntu" },
} as const;

describe("what compiles", () => {
  test("each target with what it needs", () => {
    new Cluster("shop", { target: "local", pools });
    new Cluster("shop", { target: "local", pools, local: { hpaSyncPeriodSeconds: 5 }, kubernetesVersion: "1.35" });
    new Cluster("shop", { target: "existing", existing: { context: "prod" } });
    new Cluster("shop", { target: "aws", pools, controlPlane: { highlyAvailable: true } });
    new Cluster("shop", { target: "gcp", compute: "serverless", releaseChannel: "stable" });
    new Cluster("shop", { target: "onprem", onprem, kubernetesVersion: "1.35" });
  });

  test("the block of the chosen cloud", () => {
    const aws = { zones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"], instanceTypes: { general: ["m7g.xlarge"] } };
    new Cluster("shop", { target: "aws", pools, aws });
    new Cluster("shop", { target: "aws", compute: "serverless", aws: { isolation: "pod" } });
    new Cluster("shop", {
      target: "azure",
      pools,
      azure: { location: later, vmSizes: { general: "Standard_D4ps_v6" } },
    });
    new Cluster("shop", { target: "azure", compute: "serverless", azure: { serverless: "nodeAutoProvisioning" } });
    new Cluster("shop", { target: "gcp", pools, gcp: { project: later, region: "europe-west1" } });
  });

  test("what every cloud is asked in the same words", () => {
    const gpu = { type: "nvidia-l4", count: 1 } as const;
    const general = { cpu: 4, memory: "16Gi", gpu, zones: [1, 2], disk: { size: "100Gi", class: "fast" } } as const;
    new Cluster("shop", {
      target: "gcp",
      pools: { general },
      controlPlane: { endpoint: "both", allowedCidrs: ["203.0.113.0/24"], encryptionKey: later },
      network: { zones: 2, existing: { id: later, subnets: [later], podRange: "pods", serviceRange: "services" } },
      access: { admins: [later] },
      deletionProtection: true,
      replaceCluster: "shop",
      requirePortableTo: ["aws", "azure"],
    });
  });

  test("hosts of one's own, each with what differs on it", () => {
    new Cluster("shop", {
      target: "onprem",
      pools,
      onprem: {
        hosts: {
          "node-1": { address: later, role: "controlPlane", hostKey: later, ssh: { port: 2222 } },
          "node-2": {
            address: later,
            role: "worker",
            pool: "general",
            sudo: { mode: "none" },
            labels: { rack: later },
          },
        },
        ssh: { user: "ubuntu", privateKeyFile: "~/.ssh/id", bastion: { address: "bastion.example.com" } },
        sudo: { mode: "password", passwordVariable: "ISOKUBE_SUDO" },
        endpoint: { vip: later, routerId: 7 },
        artifacts: { bundle: "./bundle", publicKeyFile: "./bundle.pub" },
        loadBalancer: { addresses: ["10.89.0.200-10.89.0.220"] },
        hostSettings: { cgroupDriver: "cgroupfs", kubelet: { maxPods: 50 } },
        onDestroy: "leave",
      },
    });
    new Cluster("shop", { target: "onprem", onprem: { ...onprem, endpoint: { external: later } } });
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

  test("the block of another cloud", () => {
    // @ts-expect-error AWS's words for Azure
    new Cluster("shop", { target: "azure", pools, aws: { zones: ["eu-west-1a"] } });
    // @ts-expect-error Azure's words for Google Cloud
    new Cluster("shop", { target: "gcp", pools, azure: { location: "westeurope" } });
    // @ts-expect-error Google's words for AWS
    new Cluster("shop", { target: "aws", pools, gcp: { region: "europe-west1" } });
    // @ts-expect-error a cloud's words for this machine
    new Cluster("shop", { target: "local", pools, gcp: {} });
    // @ts-expect-error a cloud's words for a cluster that is there already
    new Cluster("shop", { target: "existing", existing: { context: "prod" }, aws: {} });
  });

  test("words that a cloud has not", () => {
    // @ts-expect-error pods share nodes or nothing
    new Cluster("shop", { target: "aws", compute: "serverless", aws: { isolation: "zone" } });
    // @ts-expect-error AKS has two ways
    new Cluster("shop", { target: "azure", compute: "serverless", azure: { serverless: "autopilot" } });
    // @ts-expect-error several types a pool are AWS's
    new Cluster("shop", { target: "gcp", pools, gcp: { machineTypes: { general: ["n4-standard-4"] } } });
    // @ts-expect-error no cloud has it
    new Cluster("shop", { target: "aws", pools: { ml: { cpu: 4, memory: "16Gi", gpu: { type: "nvidia-k80" } } } });
    // @ts-expect-error zones are counted: their names are each cloud's own
    new Cluster("shop", { target: "aws", pools: { a: { cpu: 4, memory: "16Gi", zones: ["eu-west-1a"] } } });
    // @ts-expect-error EKS has no channels
    new Cluster("shop", { target: "aws", pools, releaseChannel: "stable" });
  });

  test("what the target cannot give", () => {
    // @ts-expect-error one member on one machine
    new Cluster("shop", { target: "local", pools, controlPlane: { highlyAvailable: true } });
    // @ts-expect-error no machine comes and goes on local
    new Cluster("shop", { target: "local", compute: "serverless" });
    // @ts-expect-error no host comes and goes by itself
    new Cluster("shop", { target: "onprem", onprem, compute: "serverless" });
    // @ts-expect-error nothing upgrades hosts by itself
    new Cluster("shop", { target: "onprem", onprem, releaseChannel: "stable" });
    // @ts-expect-error the API server is reached at one address
    new Cluster("shop", {
      target: "onprem",
      onprem: { ...onprem, endpoint: { vip: "10.0.0.9", external: "lb:6443" } },
    });
    // @ts-expect-error with a bundle nothing else is reached
    new Cluster("shop", {
      target: "onprem",
      onprem: { ...onprem, artifacts: { bundle: "b", images: "r.example.com" } },
    });
    // @ts-expect-error an existing cluster brings its nodes
    new Cluster("shop", { target: "existing", existing: { context: "prod" }, pools });
  });

  test("less or more than is needed", () => {
    // @ts-expect-error no pools
    new Cluster("shop", { target: "local" });
    // @ts-expect-error which hosts
    new Cluster("shop", { target: "onprem", pools });
    // @ts-expect-error the hosts of another target
    new Cluster("shop", { target: "local", pools, onprem });
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
    type FromAnotherStack = { kubeconfig: pulumi.Output<string>; identity: pulumi.Output<string>; target: "aws" };
    expectTypeOf<FromAnotherStack>().toExtend<ClusterRef>();
    expectTypeOf<{ kubeconfig: string; identity: number; target: "aws" }>().not.toExtend<ClusterRef>();
  });

  test("has typed outputs", () => {
    expectTypeOf<Cluster["kubeconfig"]>().toEqualTypeOf<pulumi.Output<string>>();
    expectTypeOf<Cluster["identity"]>().toEqualTypeOf<pulumi.Output<string>>();
    expectTypeOf<Cluster["report"]>().toEqualTypeOf<pulumi.Output<readonly ReportRow[]>>();
    expectTypeOf<Cluster["capabilities"]>().toEqualTypeOf<CapabilityTable>();
  });

  test("has arguments that are flat for other languages, and hold every typed one", () => {
    expectTypeOf<TypedClusterArgs>().toExtend<ClusterArgs>();
  });
});
