import * as pulumi from "@pulumi/pulumi";
import type { ClusterProvider, IdentityRequest } from "../../../src/providers/contract.js";
import { ControlPlane } from "../../../src/providers/local/control-plane.js";
import { gcpPools } from "../../../src/providers/matrix-gcp.js";

/**
 * An adapter that stands in for a cloud's: its cluster is a local control
 * plane, but like a cloud it brings no storage classes and no gateway, cannot
 * change its node range, and gives pods identities (ConfigMaps of its own kind).
 */
export const fakeCloudProvider = {
  target: "gcp",

  check: () => [],

  immutable: (_name, { network, controlPlane }) => ({
    "network.cidr": network.cidr,
    "controlPlane.encryptionKey": controlPlane.encryptionKey,
  }),

  provision({ name, spec, parent, guard }) {
    const controlPlane = new ControlPlane(
      name,
      {
        kubernetesVersion: spec.kubernetesVersion ?? "1.35",
        pools: spec.pools.map(({ name: pool, min, cpu, memory }) => ({ name: pool, count: min, cpu, memory })),
      },
      { parent, ...(guard === undefined ? {} : { dependsOn: guard.resource }) },
    );
    const add = new Foundation(`${name}-nodes`, { parent, dependsOn: controlPlane });
    return {
      kubeconfig: pulumi.secret(controlPlane.kubeconfig),
      endpoint: controlPlane.endpoint,
      version: controlPlane.version,
      identity: controlPlane.clusterName,
      capabilities: pulumi.output(gcpPools),
      report: pulumi.output([]),
      simulatedNodes: pulumi.output(true),
      mendsUnreachable: true,
      workloadIdentity: { clusterName: controlPlane.clusterName, project: "shop" },
      foundations: [controlPlane, add],
      storageClasses: {
        standard: { provisioner: "fake.example.com", parameters: { type: "balanced" } },
        fast: { provisioner: "fake.example.com", parameters: { type: "ssd" } },
      },
      takenStorageClasses: ["standard"],
      charts: [
        {
          name: "load-balancers",
          chart: "aws-load-balancer-controller",
          namespace: "kube-system",
          values: { clusterName: controlPlane.clusterName },
        },
        { name: "gateway", chart: "envoy-gateway", namespace: "envoy-gateway-system", values: {} },
      ],
    };
  },

  grantIdentity({ name, parent, cluster, namespace, serviceAccount, grants }: IdentityRequest) {
    const identity = new FakeIdentity(`${name}-identity`, { parent });
    return {
      serviceAccountAnnotations: {
        "fake.example.com/identity": pulumi.interpolate`${cluster.project}/${namespace}/${serviceAccount}`,
        "fake.example.com/roles": pulumi.all(grants.map(({ role }) => role)).apply((roles) => roles.join(",")),
      },
      podLabels: { "fake.example.com/use": "true" },
      resources: [identity],
    };
  },
} satisfies ClusterProvider;

/** Something that must outlive what is deployed; no provider is needed for it. */
class Foundation extends pulumi.ComponentResource {
  constructor(name: string, opts: pulumi.ComponentResourceOptions) {
    super("fake:cloud:Nodes", name, {}, opts);
    this.registerOutputs();
  }
}

class FakeIdentity extends pulumi.ComponentResource {
  constructor(name: string, opts: pulumi.ComponentResourceOptions) {
    super("fake:cloud:Identity", name, {}, opts);
    this.registerOutputs();
  }
}
