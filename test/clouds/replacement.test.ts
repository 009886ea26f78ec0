import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSimulatedEngine, type SimulatedEngine } from "../support/clouds/engine.js";
import type { CloudRules } from "../support/clouds/model.js";
import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import type { Run } from "../support/engine.js";
import { eventually } from "../support/processes.js";

/** A load balancer would be left behind by a cluster that goes too early; isokube knows nothing of the ConfigMap. */
const program = `
import { ConfigMap } from "@pulumi/kubernetes/core/v1/index.js";
import { Cluster, clusterArgsFromConfig, Namespace, Workload } from "isokube";

const shop = new Cluster("shop", clusterArgsFromConfig());
const { namespaceName } = new Namespace("shop", { cluster: shop });
new Workload("web", {
  cluster: shop,
  namespace: namespaceName,
  containers: { web: { image: "web:1.0", ports: { http: 8080 }, resources: { cpu: "250m", memory: "512Mi" } } },
  scaling: { fixed: 1 },
  service: { type: "LoadBalancer" },
});
new ConfigMap("own", { metadata: { name: "own" }, data: { on: "true" } }, { provider: shop.provider });
`;

interface Deployment {
  readonly status?: { readonly readyReplicas?: number };
}
interface Service {
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly unknown[] } };
}

const clusters: readonly (readonly [CloudRules["cloud"], { readonly cluster: string; readonly network: string }])[] = [
  ["aws", { cluster: "Cluster", network: "Vpc" }],
  ["azure", { cluster: "ManagedCluster", network: "VirtualNetwork" }],
  ["gcp", { cluster: "Cluster", network: "Network" }],
];

const changed = (run: Run): readonly string[] =>
  run.steps.filter(({ op }) => op !== "same" && op !== "read").map(({ op, type, name }) => `${op} ${type} ${name}`);

describe.each(clusters)("replaceCluster on simulated %s", (name, { cluster, network }) => {
  let simulated: SimulatedEngine;
  let cloud: SimulatedCloud;
  beforeAll(async () => {
    simulated = await createSimulatedEngine({
      program,
      clouds: [name],
      config: {
        "isokube:target": name,
        "isokube:kubernetesVersion": "1.35",
        "isokube:compute": "pools",
        "isokube:pools": { general: { cpu: 4, memory: "16Gi", min: 2, max: 4 } },
      },
    });
    cloud = simulated.cloud(name);
    await simulated.engine.up({ timeoutSeconds: 250 });
  }, 400_000);
  afterAll(async () => {
    await simulated?.engine.close();
  });

  /** The control plane behind a cluster is known by the certificate authority of its own. */
  const authority = () => cloud.resource(cluster).access?.certificateAuthorityData;

  test("the old cluster stays as long as the new one cannot be made, and goes as soon as all is in the new one", async () => {
    const before = authority();
    await simulated.engine.setConfig({ "isokube:network": { cidr: "10.8.0.0/16" }, "isokube:replaceCluster": "shop" });
    const preview = await simulated.engine.preview();
    expect(preview.steps.filter(({ op, name: of }) => op === "delete-replaced" && of === "own")).toHaveLength(1);
    cloud.setFaults([{ kind: "serverError", type: cluster, operation: "create", times: 1 }]);
    const failed = await simulated.engine.up({ mayFail: true, timeoutSeconds: 250 });
    expect(failed.exitCode, failed.output).not.toBe(0);
    expect(failed.output).toContain(`simulated ${name}`);
    expect(authority()).toBe(before);
    await inside();
    await simulated.engine.up({ timeoutSeconds: 250 });
    expect(authority()).toBeDefined();
    expect(authority()).not.toBe(before);
    expect((await cloud.leftovers()).filter((each) => each.startsWith("load balancer"))).toEqual([]);
  });

  test("the new cluster has all that was in the old one, in a network of the new range", async () => {
    expect(cloud.resources(network)).toHaveLength(1);
    await inside();
    const after = await simulated.engine.preview({ args: ["--diff"] });
    expect(changed(after), after.output).toEqual([]);
  });

  /** Looks for all that the program deploys into the cluster. */
  async function inside(): Promise<void> {
    const api = await cloud.api(cloud.resource(cluster));
    try {
      const web = await api.get<Deployment>("/apis/apps/v1/namespaces/shop/deployments/web");
      expect(web.status?.readyReplicas).toBe(1);
      await api.get("/api/v1/namespaces/default/configmaps/own");
      await eventually("the load balancer has an address", async () => {
        const service = await api.get<Service>("/api/v1/namespaces/shop/services/web");
        return service.status?.loadBalancer?.ingress?.[0];
      });
    } finally {
      api.close();
    }
  }

  test("and all of it goes without a trace", async () => {
    await simulated.engine.destroy({ timeoutSeconds: 250 });
    expect(await cloud.leftovers()).toEqual([]);
  });
});
