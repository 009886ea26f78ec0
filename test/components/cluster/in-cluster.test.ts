import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { provisionInside } from "../../../src/components/cluster/in-cluster.js";
import { ValidationError } from "../../../src/core/validation.js";
import type { ProvisionedCluster, WorkloadRules } from "../../../src/providers/contract.js";
import { eksRules } from "../../../src/providers/workload-rules.js";
import { MockEngine } from "../workload/mocks.js";

let engine: MockEngine;
beforeEach(async () => {
  vi.stubEnv("ISOKUBE_CHARTS", "");
  engine = await MockEngine.start();
});

class Parent extends pulumi.ComponentResource {
  constructor() {
    super("test:index:Cluster", "shop", {});
  }
}

const storageClasses = {
  standard: { provisioner: "disk.example.com", parameters: { type: "balanced" } },
  fast: { provisioner: "disk.example.com", parameters: { type: "ssd" } },
};
const chart = (name: string, key: string, namespace: string) => ({ name, chart: key, namespace, values: {} });
const balancers = chart("load-balancers", "aws-load-balancer-controller", "kube-system");
const gateway = chart("gateway", "envoy-gateway", "envoy-gateway-system");

async function inside(change: Partial<ProvisionedCluster>, rules?: WorkloadRules) {
  const cluster: ProvisionedCluster = {
    kubeconfig: pulumi.secret("kubeconfig"),
    endpoint: pulumi.output("https://shop.example.com"),
    version: pulumi.output("1.35.3"),
    identity: pulumi.output("shop"),
    capabilities: pulumi.output({} as never),
    report: pulumi.output([]),
    simulatedNodes: pulumi.output(false),
    ...change,
  };
  const made = provisionInside("shop", cluster, rules, new Parent());
  const registered = (await engine.settled()).filter(({ type }) => type !== "test:index:Cluster");
  const short = registered.map(({ type, name }) => `${type.replace(/^kubernetes:/, "")} ${name}`);
  return { made, registered, short };
}

const inputsOf = (registered: readonly { name: string; inputs: Record<string, unknown> }[], name: string) =>
  registered.find((resource) => resource.name === name)?.inputs;

describe("what a cluster gets inside", () => {
  test("is nothing where the target has all of it", async () => {
    const foundation = new Parent();
    const { made, short } = await inside({ foundations: [foundation] });
    expect(short).toEqual([]);
    expect(made).toEqual([foundation]);
  });

  test("is classes, settings, charts and the gateway class, in the order in which they need each other", async () => {
    const configMaps = [{ name: "settings", namespace: "kube-system", data: { on: "true" } }];
    const { short } = await inside({ storageClasses, configMaps, charts: [balancers, gateway] });
    expect(short[0]).toBe("pulumi:providers:kubernetes shop-system");
    expect(short.slice(1, 4).sort()).toEqual([
      "core/v1:ConfigMap shop-settings",
      "storage.k8s.io/v1:StorageClass shop-fast",
      "storage.k8s.io/v1:StorageClass shop-standard",
    ]);
    expect(short.slice(4)).toEqual([
      "helm.sh/v3:Release shop-load-balancers",
      "core/v1:ConfigMap shop-isokube-release-load-balancers",
      "core/v1:Namespace shop-envoy-gateway-system",
      "helm.sh/v3:Release shop-gateway",
      "core/v1:ConfigMap shop-isokube-release-gateway",
      "gateway.networking.k8s.io/v1:GatewayClass shop-gateway-class",
    ]);
  });

  test("is objects of any kind, each named for good, after what they refer to", async () => {
    const object = (kind: string, name: string, apiVersion = "v1", namespace?: string) => ({
      apiVersion,
      kind,
      metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
    });
    const manifests = [
      {
        name: "first",
        after: [],
        objects: [
          object("APIService", "v1.example.com", "apiregistration.k8s.io/v1"),
          object("DaemonSet", "agent", "apps/v1", "agents"),
          object("ClusterRole", "isokube:agent", "rbac.authorization.k8s.io/v1"),
          object("Namespace", "agents"),
        ],
      },
      { name: "second", after: ["first"], objects: [object("ConfigMap", "settings", "v1", "kube-system")] },
    ];
    const { short } = await inside({ manifests });
    expect(short).toEqual([
      "pulumi:providers:kubernetes shop-system",
      "core/v1:Namespace shop-first-namespace-agents",
      "rbac.authorization.k8s.io/v1:ClusterRole shop-first-clusterrole-isokube-agent",
      "apps/v1:DaemonSet shop-first-daemonset-agents-agent",
      "apiregistration.k8s.io/v1:APIService shop-first-apiservice-v1.example.com",
      "core/v1:ConfigMap shop-second-configmap-settings",
    ]);
    const missing = [{ name: "second", after: ["first"], objects: [] }];
    await expect(inside({ manifests: missing })).rejects.toThrow("second needs first");
  });

  test("has one default storage class, whose disks are made where the pod is", async () => {
    const { registered } = await inside({ storageClasses });
    const isDefault = (name: string) => ({
      metadata: { annotations: { "storageclass.kubernetes.io/is-default-class": name } },
    });
    expect(inputsOf(registered, "shop-standard")).toMatchObject({
      ...isDefault("true"),
      provisioner: "disk.example.com",
      parameters: { type: "balanced" },
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
    });
    expect(inputsOf(registered, "shop-fast")).toMatchObject(isDefault("false"));
  });

  test("has the names of its storage classes to itself, before it makes them", async () => {
    const { registered, short } = await inside({ storageClasses, takenStorageClasses: ["standard"] });
    const place = (what: string) => short.indexOf(what);
    expect(place("batch/v1:Job shop-vacate-storage-classes")).toBeGreaterThan(0);
    expect(place("batch/v1:Job shop-vacate-storage-classes")).toBeLessThan(
      place("storage.k8s.io/v1:StorageClass shop-standard"),
    );
    // It may delete that one class, and nothing else.
    expect(
      inputsOf(
        registered.filter(({ type }) => type.endsWith(":ClusterRole")),
        "shop-vacate-storage-classes",
      ),
    ).toMatchObject({
      rules: [
        { verbs: ["list"] },
        { resources: ["storageclasses"], resourceNames: ["standard"], verbs: ["delete", "get"] },
      ],
    });
  });

  test("installs pinned versions, and leaves nothing of an install that failed", async () => {
    const { registered } = await inside({ charts: [gateway] });
    expect(inputsOf(registered, "shop-gateway")).toMatchObject({
      chart: "oci://docker.io/envoyproxy/gateway-helm",
      version: "v1.9.1",
      name: "gateway",
      namespace: "envoy-gateway-system",
      atomic: true,
    });
  });

  test("lets the gateways' proxies onto nodes that are all tainted", async () => {
    const tolerations = [
      { key: "kubernetes.io/arch", operator: "Equal", value: "arm64", effect: "NoSchedule" },
    ] as const;
    const { registered } = await inside({ charts: [gateway] }, { by: "GKE", tolerations });
    expect(inputsOf(registered, "shop-gateway-proxies")?.["spec"]).toEqual({
      provider: { type: "Kubernetes", kubernetes: { envoyDeployment: { pod: { tolerations: [...tolerations] } } } },
    });
  });

  test("tells gateways which load balancer they get, where the cloud must be told", async () => {
    const gatewayAnnotations = { "example.com/scheme": "internal" };
    const { registered } = await inside({ charts: [gateway], gatewayAnnotations }, eksRules);
    expect(inputsOf(registered, "shop-gateway-proxies")?.["spec"]).toEqual({
      provider: {
        type: "Kubernetes",
        kubernetes: {
          envoyService: {
            type: "LoadBalancer",
            loadBalancerClass: "service.k8s.aws/nlb",
            annotations: gatewayAnnotations,
          },
        },
      },
    });
    expect(inputsOf(registered, "shop-gateway-class")?.["spec"]).toMatchObject({
      parametersRef: { kind: "EnvoyProxy", name: "isokube", namespace: "envoy-gateway-system" },
    });
  });

  test("says which chart a mirror lacks", async () => {
    vi.stubEnv("ISOKUBE_CHARTS", "/nowhere");
    await expect(inside({ charts: [balancers, gateway] })).rejects.toThrow(ValidationError);
  });
});
