import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { plainLeafTools } from "../../../src/components/workload/leaf-tools.js";
import { prepareWorkload } from "../../../src/components/workload/prepare.js";
import { objectsOf, type RenderedWorkload, renderWorkload } from "../../../src/components/workload/render.js";
import type { TypedWorkloadArgs } from "../../../src/components/workload/typed-args.js";
import type { ClusterRef, ComputeMode, Target } from "../../../src/providers/contract.js";
import { fargateRules } from "../../../src/providers/workload-rules.js";
import { container, resources } from "./samples.js";

function render(args: TypedWorkloadArgs): RenderedWorkload {
  const { spec, facts } = prepareWorkload("web", args);
  return renderWorkload(spec, plainLeafTools, facts.rules === undefined ? {} : { rules: facts.rules });
}

const cluster = (target: Target, compute: ComputeMode): ClusterRef => ({ kubeconfig: "k", target, compute });

/** What depends on the cluster: requests, limits, probes, and a load balancer. */
const web = (on: ClusterRef): TypedWorkloadArgs => ({
  cluster: on,
  containers: {
    web: { ...container, ports: { http: 8080 } },
    worker: { ...container, resources: { cpu: "250m", memory: "4Gi" } },
  },
  sidecars: { proxy: { ...container, resources: { cpu: "10m", memory: "16Mi", cpuLimit: "20m" } } },
  service: { type: "LoadBalancer" },
});

describe("one workload on every cluster of a cloud", () => {
  test.each([
    ["aws-pools", cluster("aws", "pools")],
    ["aws-auto-mode", cluster("aws", "serverless")],
    ["aws-fargate", { ...cluster("aws", "serverless"), workloadRules: fargateRules }],
    ["azure-pools", cluster("azure", "pools")],
    ["azure-automatic", cluster("azure", "serverless")],
    ["gcp-pools", cluster("gcp", "pools")],
    ["gcp-autopilot", cluster("gcp", "serverless")],
  ])("%s", async (name, on) => {
    const text = objectsOf(render(web(on)))
      .map((object) => stringify(object))
      .join("---\n");
    await expect(text).toMatchFileSnapshot(`__snapshots__/cluster-${name}.yaml`);
  });
});

function requestsOn(on: ClusterRef, asked: { cpu: string; memory: string; memoryLimit?: string; cpuLimit?: string }) {
  const args = { cluster: on, containers: { web: { ...container, resources: asked } } };
  return firstContainer(render(args))["resources"];
}

function firstContainer(rendered: RenderedWorkload): Record<string, unknown> {
  const plain: { spec: { template: { spec: { containers: Record<string, unknown>[] } } } } = JSON.parse(
    JSON.stringify(rendered.deployment),
  );
  const [first] = plain.spec.template.spec.containers;
  if (first === undefined) throw new Error("no container was rendered");
  return first;
}

describe("GKE Autopilot", () => {
  const autopilot = cluster("gcp", "serverless");

  test.each([
    // Less than the least.
    [
      { cpu: "10m", memory: "16Mi" },
      { cpu: "50m", memory: "52Mi" },
    ],
    // Too little memory for the cores, and too few cores for the memory.
    [
      { cpu: "1", memory: "256Mi" },
      { cpu: "1", memory: "1024Mi" },
    ],
    [
      { cpu: "100m", memory: "6.5Gi" },
      { cpu: "1000m", memory: "6.5Gi" },
    ],
    // Right as it is.
    [
      { cpu: "500m", memory: "2Gi" },
      { cpu: "500m", memory: "2Gi" },
    ],
  ])("is asked for %j as it would admit it: %j", (asked, requests) => {
    expect(requestsOn(autopilot, asked)).toMatchObject({ requests, limits: { memory: requests.memory } });
  });

  test("gets no limit below what is asked for, and keeps a higher one", () => {
    const lean = { cpu: "1", memory: "256Mi" };
    expect(requestsOn(autopilot, { ...lean, memoryLimit: "300Mi" })).toMatchObject({ limits: { memory: "1024Mi" } });
    expect(requestsOn(autopilot, { ...lean, memoryLimit: "3Gi" })).toMatchObject({ limits: { memory: "3Gi" } });
    expect(requestsOn(autopilot, { cpu: "10m", memory: "52Mi", cpuLimit: "20m" })).toMatchObject({
      limits: { cpu: "50m" },
    });
  });
});

describe("AKS Automatic", () => {
  const automatic = cluster("azure", "serverless");

  test("gets a CPU limit that never throttles a container below what it asks for", () => {
    expect(requestsOn(automatic, resources)).toMatchObject({ limits: { cpu: "2" } });
    expect(requestsOn(automatic, { ...resources, cpu: "4" })).toMatchObject({ limits: { cpu: "4" } });
    expect(requestsOn(automatic, { ...resources, cpuLimit: "1" })).toMatchObject({ limits: { cpu: "1" } });
  });

  test("keeps a liveness probe that was written, and asks nothing of a container without a port", () => {
    const asked = { ...container, ports: { http: 8080 }, liveness: { http: "/alive" } };
    expect(firstContainer(render({ cluster: automatic, containers: { web: asked } }))).toMatchObject({
      livenessProbe: { httpGet: { path: "/alive" } },
    });
    expect(firstContainer(render({ cluster: automatic, containers: { web: container } }))).not.toHaveProperty(
      "livenessProbe",
    );
  });
});

test("a load balancer of EKS is public, and the user's own annotations come last", () => {
  const scheme = "service.beta.kubernetes.io/aws-load-balancer-scheme";
  const on = (annotations: Record<string, string>) => {
    const args = web(cluster("aws", "pools"));
    return render({ ...args, service: { type: "LoadBalancer", annotations } }).service;
  };
  expect(on({})).toMatchObject({ metadata: { annotations: { [scheme]: "internet-facing" } } });
  expect(on({ [scheme]: "internal" })).toMatchObject({ metadata: { annotations: { [scheme]: "internal" } } });
});

describe("a cluster whose nodes are all tainted", () => {
  const toleration = { key: "kubernetes.io/arch", operator: "Equal", value: "arm64", effect: "NoSchedule" } as const;
  const on: ClusterRef = { ...cluster("gcp", "pools"), workloadRules: { by: "GKE", tolerations: [toleration] } };
  const tolerationsOf = (args: Pick<TypedWorkloadArgs, "tolerations">) => {
    const text = stringify(objectsOf(render({ cluster: on, containers: { web: container }, ...args })));
    return text.match(/key: kubernetes\.io\/arch/g)?.length ?? 0;
  };

  test("has every pod tolerate it", () => {
    expect(tolerationsOf({})).toBe(1);
  });

  test("leaves a pod that tolerates it already as it is", () => {
    expect(tolerationsOf({ tolerations: [{ key: "kubernetes.io/arch", operator: "Exists" }] })).toBe(1);
    expect(tolerationsOf({ tolerations: [{ operator: "Exists" }] })).toBe(0);
  });
});
