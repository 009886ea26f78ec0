import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createSimulatedEngine, type SimulatedEngine } from "../support/clouds/engine.js";
import type { CloudRules } from "../support/clouds/model.js";
import type { SimulatedCloud } from "../support/clouds/simulated-cloud.js";
import type { Run } from "../support/engine.js";
import { eventually } from "../support/processes.js";

/** The same program on every cloud; a load balancer is what a careless destroy leaves behind. */
export const program = `
import { Cluster, clusterArgsFromConfig, Namespace, Workload } from "isokube";

const shop = new Cluster("shop", clusterArgsFromConfig());
const { namespaceName } = new Namespace("shop", { cluster: shop });
new Workload("web", {
  cluster: shop,
  namespace: namespaceName,
  containers: { web: { image: "web:1.0", ports: { http: 8080 }, resources: { cpu: "250m", memory: "512Mi" } } },
  scaling: { fixed: 2 },
  service: { type: "LoadBalancer" },
});
export const kubeconfig = shop.kubeconfig;
export const version = shop.version;
`;

/** One way of having a cluster in one cloud. */
export interface CloudScenario {
  readonly cloud: CloudRules["cloud"];
  /** How tests call it, for example `aws, serverless, network created`. */
  readonly title: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** Makes the network that is brought along; gives `network.existing`. */
  readonly bring?: (cloud: SimulatedCloud) => Promise<Readonly<Record<string, unknown>>>;
  /** End of the type token of the cluster. */
  readonly cluster: string;
  /** What the autoscaler, patch upgrades and the cloud itself do meanwhile. */
  readonly drift: (cloud: SimulatedCloud) => Promise<void>;
  /** What somebody does by hand to the cluster, and must show. */
  readonly byHand: (cloud: SimulatedCloud) => Promise<void>;
  /** Types whose deletion comes last, the network's. */
  readonly lastDeleted: readonly string[];
}

interface Deployment {
  readonly status?: { readonly readyReplicas?: number };
}
interface Service {
  readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly unknown[] } };
}

/** Operations that change something. */
const changed = (run: Run): readonly string[] =>
  run.steps
    .filter(({ op }) => op !== "same" && op !== "refresh" && op !== "read")
    .map(({ op, type, name }) => `${op} ${type} ${name}`);

/** From nothing to a workload in the cluster's real API server, and back to nothing. */
export function describeCloud(scenario: CloudScenario): void {
  describe(`simulated ${scenario.title}`, () => {
    let simulated: SimulatedEngine;
    let cloud: SimulatedCloud;
    let preview: Run;

    beforeAll(async () => {
      simulated = await createSimulatedEngine({
        program,
        clouds: [scenario.cloud],
        config: { "isokube:target": scenario.cloud, "isokube:kubernetesVersion": "1.35", ...scenario.config },
      });
      cloud = simulated.cloud(scenario.cloud);
      const existing = await scenario.bring?.(cloud);
      if (existing !== undefined) await simulated.engine.setConfig({ "isokube:network": { existing } });
    }, 400_000);
    afterAll(async () => {
      await simulated?.engine.close();
    });

    test("is planned whole and touches nothing", async () => {
      preview = await simulated.engine.preview();
      expect(cloud.resources().filter(({ urn }) => !urn.includes("by-hand"))).toEqual([]);
    });

    test("comes up as it was planned, with the workload in its API server", async () => {
      const up = await simulated.engine.up({ timeoutSeconds: 250 });
      expect(up.changes).toEqual(preview.changes);
      const api = await cloud.api(cloud.resource(scenario.cluster));
      try {
        const web = await api.get<Deployment>("/apis/apps/v1/namespaces/shop/deployments/web");
        expect(web.status?.readyReplicas).toBe(2);
        await eventually("the load balancer has an address", async () => {
          const service = await api.get<Service>("/api/v1/namespaces/shop/services/web");
          return service.status?.loadBalancer?.ingress?.[0];
        });
      } finally {
        api.close();
      }
      expect(cloud.calls("credentials").filter(({ outcome }) => outcome === "done")).not.toEqual([]);
    });

    test("has nothing to change right after", async () => {
      expect(changed(await simulated.engine.preview({ args: ["--diff"] }))).toEqual([]);
    });

    test("takes what the cloud changes by itself for no change of its own", async () => {
      await scenario.drift(cloud);
      const refresh = await simulated.engine.refresh({ args: ["--diff"] });
      const drifted = refresh.steps.filter(
        ({ op, detailedDiff }) => op === "refresh" && Object.keys(detailedDiff).length > 0,
      );
      expect(drifted, refresh.output).toEqual([]);
      expect(refresh.changes["update"], refresh.output).toBeUndefined();
      const after = await simulated.engine.preview({ args: ["--diff"] });
      expect(changed(after), after.output).toEqual([]);
    });

    test("shows what somebody changed by hand, and would put it right", async () => {
      await scenario.byHand(cloud);
      const refresh = await simulated.engine.refresh();
      expect(refresh.changes["update"], refresh.output).toBe(1);
      const after = await simulated.engine.preview();
      // While the cluster is about to change, its address may count as not known yet: that touches nothing deployed.
      const others = changed(after).filter((each) => !each.startsWith("update pulumi:providers:kubernetes "));
      expect(others).toEqual([expect.stringMatching(new RegExp(`^update .*${scenario.cluster} shop$`))]);
    });

    test("goes without a trace, and nothing goes while it is in use", async () => {
      const before = cloud.calls("delete").length;
      const destroy = await simulated.engine.destroy({ timeoutSeconds: 250 });
      const deletions = cloud.calls("delete").slice(before);
      expect(deletions.filter(({ outcome }) => outcome !== "done")).toEqual([]);
      expect(await cloud.leftovers()).toEqual([]);
      const clusterGoes = deletions.find(({ token }) => token.endsWith(`:${scenario.cluster}`))?.startedAt ?? 0;
      const kubernetesObjects = destroy.steps.filter(
        ({ op, type }) => op === "delete" && type.startsWith("kubernetes:"),
      );
      expect(kubernetesObjects).not.toEqual([]);
      const network = deletions.filter(({ token }) => scenario.lastDeleted.some((end) => token.endsWith(`:${end}`)));
      for (const { startedAt, name } of network) expect(startedAt, name).toBeGreaterThan(clusterGoes);
    });
  });
}
