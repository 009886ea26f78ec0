import { describe, expect, test } from "vitest";
import { nameCluster } from "../../../src/components/cluster/access.js";
import { renderKubeconfig } from "../../../src/providers/aws/kubeconfig.js";

const kubeconfig = renderKubeconfig({
  clusterName: "shop",
  region: "eu-west-1",
  endpoint: "https://shop.example.com",
  certificateAuthorityData: "Y2E=",
  profile: undefined,
});

describe("the kubeconfig of Kubernetes providers", () => {
  test("names its cluster by the cluster's identity, and is else as it was", () => {
    const named = JSON.parse(nameCluster(kubeconfig, "arn:shop@today"));
    const before = JSON.parse(kubeconfig);
    expect(named).toEqual({
      ...before,
      clusters: [{ ...before.clusters[0], name: "arn:shop@today" }],
      contexts: [{ ...before.contexts[0], context: { ...before.contexts[0].context, cluster: "arn:shop@today" } }],
    });
  });

  test("is refused when nothing in it says which cluster is meant", () => {
    expect(() => nameCluster(JSON.stringify({ ...JSON.parse(kubeconfig), contexts: [] }), "shop")).toThrow(
      "no current context",
    );
  });
});
