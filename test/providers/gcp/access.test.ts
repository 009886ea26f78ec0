import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { gcpProvider } from "../../../src/providers/gcp/index.js";
import { known, one, shortId } from "../mock-graph.js";
import { provision, underMocks } from "./graph.js";
import { small } from "./modes.js";

const withEndpoint = (controlPlane: Parameters<typeof provision>[0]["controlPlane"] & object) =>
  provision({ ...small, controlPlane });

describe("how the API server is reached", () => {
  test("privately, unless ranges are listed", async () => {
    const { inputs } = one(await provision(small), "Cluster shop");
    expect(inputs).toMatchObject({
      privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true },
      controlPlaneEndpointsConfig: { dnsEndpointConfig: { allowExternalTraffic: false } },
      masterAuthorizedNetworksConfig: { cidrBlocks: [], privateEndpointEnforcementEnabled: false },
    });
  });

  test.each([
    { endpoint: undefined, inside: false },
    { endpoint: "both", inside: false },
    { endpoint: "public", inside: true },
  ] as const)("from listed ranges by address, with endpoint $endpoint", async ({ endpoint, inside }) => {
    const graph = await withEndpoint({
      allowedCidrs: ["203.0.113.0/24"],
      ...(endpoint === undefined ? {} : { endpoint }),
    });
    expect(one(graph, "Cluster shop").inputs).toMatchObject({
      privateClusterConfig: { enablePrivateEndpoint: false },
      controlPlaneEndpointsConfig: {
        dnsEndpointConfig: { allowExternalTraffic: false },
        ipEndpointsConfig: { enabled: true },
      },
      masterAuthorizedNetworksConfig: {
        cidrBlocks: [{ cidrBlock: "203.0.113.0/24" }],
        gcpPublicCidrsAccessEnabled: false,
        privateEndpointEnforcementEnabled: inside,
      },
    });
    expect(await known(graph.cluster.endpoint)).toBe("https://192.0.2.10");
  });

  test("by name where the user opens it to everybody: the name's certificate needs no authority of the cluster's", async () => {
    const graph = await withEndpoint({ endpoint: "public", allowedCidrs: ["0.0.0.0/0"] });
    expect(one(graph, "Cluster shop").inputs["controlPlaneEndpointsConfig"]).toEqual({
      dnsEndpointConfig: { allowExternalTraffic: true },
      ipEndpointsConfig: { enabled: false },
    });
    const { clusters } = JSON.parse(await known(graph.cluster.kubeconfig));
    expect(clusters[0].cluster).toEqual({ server: "https://gke-0a1b2c3.europe-west1.gke.goog" });
  });
});

describe("the kubeconfig", () => {
  test("is secret, and holds a command instead of credentials", async () => {
    const { cluster } = await provision(small);
    expect(await pulumi.isSecret(cluster.kubeconfig)).toBe(true);
    const config = JSON.parse(await known(cluster.kubeconfig));
    expect(config.clusters[0].cluster).toEqual({
      server: "https://192.0.2.10",
      "certificate-authority-data": "Y2VydGlmaWNhdGU=",
    });
    expect(Object.keys(config.users[0].user)).toEqual(["exec"]);
    expect(config.users[0].user.exec).toMatchObject({ command: "gke-gcloud-auth-plugin", provideClusterInfo: true });
  });
});

describe("a workload's identity", () => {
  test("is a service account that its Kubernetes service account may act as, with the roles granted", async () => {
    const { made, resources } = await underMocks((parent) =>
      gcpProvider.grantIdentity({
        name: "web",
        parent,
        cluster: { project: "my-project", workloadPool: "my-project.svc.id.goog" },
        namespace: "shop",
        serviceAccount: "web",
        grants: [{ role: "roles/storage.objectViewer" }, { role: "roles/pubsub.publisher", scope: "projects/other" }],
        tags: {},
      }),
    );
    const users = resources.filter(({ type }) => type === "gcp:serviceaccount/iAMMember:IAMMember");
    expect(users.map(({ inputs }) => inputs)).toEqual([
      expect.objectContaining({
        role: "roles/iam.workloadIdentityUser",
        member: "serviceAccount:my-project.svc.id.goog[shop/web]",
      }),
    ]);
    const granted = resources.filter(({ type }) => type === "gcp:projects/iAMMember:IAMMember");
    expect(granted.map(({ inputs }) => [inputs["project"], inputs["role"]]).sort()).toEqual([
      ["my-project", "roles/storage.objectViewer"],
      ["other", "roles/pubsub.publisher"],
    ]);
    const email = await known(made.serviceAccountAnnotations["iam.gke.io/gcp-service-account"] as never);
    expect(email).toMatch(/^web-pods-[0-9a-f]{6}@my-project\.iam\.gserviceaccount\.com$/);
    expect(made.resources).toHaveLength(3);
    expect(resources.map(shortId)).toContain("Account web-identity");
  });
});
