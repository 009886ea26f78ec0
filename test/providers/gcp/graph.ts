import type * as pulumi from "@pulumi/pulumi";
import type { ClusterArgs } from "../../../src/components/cluster/args.js";
import { resolveCluster } from "../../../src/components/cluster/resolve.js";
import type { ClusterSpec } from "../../../src/providers/contract.js";
import { gcpProvider } from "../../../src/providers/gcp/index.js";
import { type Graph, type Mock, runUnderMocks } from "../mock-graph.js";

/** What Google Cloud would add to a resource. */
export function outputsOf({ type, name, inputs }: Mock): Record<string, unknown> {
  const named = { name: inputs["name"] ?? `${name}-0a1b2c3` };
  const selfLink = `https://www.googleapis.com/test/${type.split(":").at(-1)}/${named.name}`;
  switch (type) {
    case "gcp:container/cluster:Cluster":
      return {
        ...named,
        selfLink,
        endpoint: "192.0.2.10",
        masterVersion: `${inputs["minMasterVersion"] ?? "1.36"}.3-gke.1290000`,
        masterAuth: { clusterCaCertificate: "Y2VydGlmaWNhdGU=" },
        controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: "gke-0a1b2c3.europe-west1.gke.goog" } },
      };
    case "gcp:serviceaccount/account:Account": {
      const email = `${inputs["accountId"]}@${inputs["project"]}.iam.gserviceaccount.com`;
      return {
        email,
        member: `serviceAccount:${email}`,
        name: `projects/${inputs["project"]}/serviceAccounts/${email}`,
      };
    }
    default:
      return { ...named, selfLink };
  }
}

/** What was asked while a program ran. */
export const invoked: string[] = [];

/** What Google Cloud answers. */
export function invoke({ token, inputs }: pulumi.runtime.MockCallArgs): Record<string, unknown> {
  invoked.push(token);
  switch (token) {
    case "gcp:compute/getZones:getZones":
      // In no order, as nothing is promised.
      return { ...inputs, names: ["europe-west1-d", "europe-west1-b", "europe-west1-c"] };
    case "gcp:organizations/getProject:getProject":
      return { ...inputs, number: "123456789012" };
    case "gcp:organizations/getClientConfig:getClientConfig":
      return { project: "project-of-provider", region: "europe-west1", accessToken: "ya29.secret" };
    default:
      throw new Error(`nobody expected the invoke ${token}`);
  }
}

/** The spec of arguments that nothing is wrong with. */
export const specOf = (args: Omit<ClusterArgs, "target">): ClusterSpec => resolveCluster({ ...args, target: "gcp" });

/** Runs a program under these mocks; gives back what it made, and what it registered. */
export const underMocks = <T>(program: (parent: pulumi.ComponentResource) => T) =>
  runUnderMocks({ outputsOf, invoke }, program);

/** What the adapter registers for these arguments. */
export async function provision(args: Omit<ClusterArgs, "target">, name = "shop"): Promise<Graph> {
  const spec = specOf(args);
  const { made, resources } = await underMocks((parent) => gcpProvider.provision({ name, spec, parent }));
  return { resources, cluster: made };
}
