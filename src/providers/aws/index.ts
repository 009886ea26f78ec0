import * as pulumi from "@pulumi/pulumi";
import type { ClusterProvider, ProvisionRequest } from "../contract.js";
import { fargateRules } from "../workload-rules.js";
import {
  createClusterAddons,
  createControllers,
  createNodeAddons,
  gatewayAnnotationsOf,
  storageClassesOf,
} from "./addons.js";
import { capabilitiesOf } from "./capabilities.js";
import { checkAws } from "./check.js";
import { computeOf } from "./compute-mode.js";
import { createControlPlane, type EksCluster } from "./control-plane.js";
import { createFargate } from "./fargate.js";
import { grantIdentity } from "./identity.js";
import { immutableValues } from "./immutable.js";
import { kubeconfigOf } from "./kubeconfig.js";
import type { Making } from "./making.js";
import { eksClusterName, nameOfGeneration, tagging } from "./names.js";
import { createNetwork } from "./network.js";
import { createNodePools } from "./node-pools.js";
import { awsReport, describeAws } from "./report.js";
import { loadAws } from "./sdk.js";

/** Amazon EKS: managed node groups, Auto Mode or Fargate. */
export const awsProvider = {
  target: "aws",
  check: checkAws,
  capabilities: capabilitiesOf,
  describe: describeAws,
  immutable: immutableValues,
  grantIdentity,

  provision({ name, spec, parent, guard }) {
    const making = begin({ name, spec, parent, ...(guard === undefined ? {} : { guard }) });
    const compute = computeOf(spec);
    const network = createNetwork(making);
    const { cluster, access } = createControlPlane(making, network, guard);
    const addons = createNodeAddons(making, cluster);
    const nodes =
      compute === "nodeGroups"
        ? createNodePools(making, { cluster, network, addons })
        : compute === "fargate"
          ? createFargate(making, cluster, network)
          : [];
    const laterAddons = createClusterAddons(making, cluster, nodes);
    const controllers = createControllers(making, cluster, network);
    const storageClasses = storageClassesOf(spec);
    const { permissionsBoundary } = spec.aws;
    return {
      kubeconfig: kubeconfigOf(cluster),
      endpoint: cluster.endpoint,
      version: cluster.version,
      identity: identityOf(cluster),
      capabilities: pulumi.output(capabilitiesOf(spec)),
      report: awsReport(name, spec),
      simulatedNodes: pulumi.output(false),
      workloadIdentity: {
        clusterName: cluster.name,
        ...(controllers.issuer === undefined ? {} : { issuer: controllers.issuer }),
        ...(permissionsBoundary === undefined ? {} : { permissionsBoundary }),
      },
      foundations: [
        cluster,
        ...network.egress,
        ...access,
        ...addons,
        ...nodes,
        ...laterAddons,
        ...controllers.foundations,
      ],
      ...(storageClasses === undefined ? {} : { storageClasses }),
      charts: [...controllers.charts, gatewayChart],
      configMaps: compute === "autoMode" ? [enforcesNetworkPolicy] : [],
      gatewayAnnotations: gatewayAnnotationsOf(spec),
      ...(compute === "fargate" ? { workloadRules: fargateRules } : {}),
    };
  },
} satisfies ClusterProvider;

/** The same on every target. */
const gatewayChart = { name: "gateway", chart: "envoy-gateway", namespace: "envoy-gateway-system", values: {} };

/** Auto Mode's nodes can enforce NetworkPolicy, and do once this says so. */
const enforcesNetworkPolicy = {
  name: "amazon-vpc-cni",
  namespace: "kube-system",
  data: { "enable-network-policy-controller": "true" },
};

function begin({ name, spec, parent, guard }: ProvisionRequest): Making {
  const aws = loadAws();
  const clusterName = eksClusterName(name);
  return {
    aws,
    name,
    clusterName,
    ownName: guard?.generation.apply((generation) => nameOfGeneration(clusterName, generation)) ?? clusterName,
    spec,
    parent,
    tags: tagging(clusterName, spec.tags),
    partition: aws.getPartitionOutput({}, { parent }).partition,
  };
}

/** A cluster that was made anew has the same ARN. */
const identityOf = (cluster: EksCluster): pulumi.Output<string> =>
  pulumi.interpolate`${cluster.arn}@${cluster.createdAt}`;
