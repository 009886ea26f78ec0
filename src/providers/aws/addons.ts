import * as pulumi from "@pulumi/pulumi";
import type { ChartSpec, ClusterSpec, StorageClassSpec } from "../contract.js";
import { computeOf } from "./compute-mode.js";
import type { EksCluster } from "./control-plane.js";
import { createRole } from "./identity.js";
import type { Making } from "./making.js";
import type { Network } from "./network.js";
import { isAutoscaled } from "./node-pools.js";
import { autoscalerPolicy, loadBalancerPolicy, podIdentityTrust, tokenTrust } from "./policies.js";
import type { Aws } from "./sdk.js";

/** What nodes need before they become ready. Auto Mode and Fargate bring theirs. */
export function createNodeAddons(making: Making, cluster: EksCluster): pulumi.Resource[] {
  if (computeOf(making.spec) !== "nodeGroups") return [];
  return [
    createAddon(making, cluster, "vpc-cni", { configuration: { enableNetworkPolicy: "true" } }),
    createAddon(making, cluster, "kube-proxy"),
    createAddon(making, cluster, "eks-pod-identity-agent"),
  ];
}

/** What runs on nodes, so it waits for them; without any it would stay degraded. */
export function createClusterAddons(
  making: Making,
  cluster: EksCluster,
  nodes: readonly pulumi.Resource[],
): pulumi.Resource[] {
  const metrics = createAddon(making, cluster, "metrics-server", { dependsOn: nodes });
  switch (computeOf(making.spec)) {
    case "autoMode":
      return [metrics];
    case "fargate":
      return [
        createAddon(making, cluster, "coredns", { configuration: { computeType: "Fargate" }, dependsOn: nodes }),
        metrics,
      ];
    case "nodeGroups":
      return [
        createAddon(making, cluster, "coredns", { dependsOn: nodes }),
        createDiskDriver(making, cluster, nodes),
        metrics,
      ];
  }
}

interface AddonArgs {
  readonly configuration?: Readonly<Record<string, unknown>>;
  readonly identity?: { readonly serviceAccount: string; readonly roleArn: pulumi.Input<string> };
  readonly dependsOn?: readonly pulumi.Resource[];
}

/** An add-on in the version that AWS has as the default for the cluster's minor: it follows when the minor does. */
function createAddon(making: Making, cluster: EksCluster, addonName: string, args: AddonArgs = {}): pulumi.Resource {
  const { aws, name, spec, tags } = making;
  const { configuration, identity, dependsOn = [] } = args;
  const addonVersion =
    spec.kubernetesVersion === undefined
      ? undefined
      : aws.eks.getAddonVersionOutput(
          { addonName, kubernetesVersion: spec.kubernetesVersion },
          { parent: making.parent },
        ).version;
  return new aws.eks.Addon(
    `${name}-${addonName}`,
    {
      clusterName: cluster.name,
      addonName,
      ...(addonVersion === undefined ? {} : { addonVersion }),
      ...(configuration === undefined ? {} : { configurationValues: pulumi.jsonStringify(configuration) }),
      ...(identity === undefined ? {} : { podIdentityAssociations: [identity] }),
      resolveConflictsOnCreate: "OVERWRITE",
      resolveConflictsOnUpdate: "OVERWRITE",
      tags: tags.common,
    },
    { parent: cluster, dependsOn: [...dependsOn] },
  );
}

function createDiskDriver(making: Making, cluster: EksCluster, nodes: readonly pulumi.Resource[]): pulumi.Resource {
  const { role, policies } = createRole(making, "ebs-csi", {
    trust: podIdentityTrust,
    managed: ["service-role/AmazonEBSCSIDriverPolicy"],
    inline: {},
  });
  return createAddon(making, cluster, "aws-ebs-csi-driver", {
    // Disks outlive what asked for them: whose they were is written on them.
    configuration: { controller: { extraVolumeTags: making.tags.common } },
    identity: { serviceAccount: "ebs-csi-controller-sa", roleArn: role.arn },
    dependsOn: [...nodes, ...policies],
  });
}

/** Charts that Kubernetes on EC2 needs beside the add-ons, and what they may do in the account. */
export interface Controllers {
  readonly charts: readonly ChartSpec[];
  readonly foundations: readonly pulumi.Resource[];
  /** URL of the issuer that IAM trusts, once it does; undefined where the identity agent does without. */
  readonly issuer?: pulumi.Output<string>;
}

/** Auto Mode has both built in; Fargate has no nodes to scale. */
export function createControllers(making: Making, cluster: EksCluster, network: Network): Controllers {
  const compute = computeOf(making.spec);
  if (compute === "autoMode") return { charts: [], foundations: [] };
  // Pods on Fargate have no identity agent beside them: they show the token of their service account.
  const issuer = compute === "fargate" ? createIssuer(making, cluster) : undefined;
  const balancer = createLoadBalancerController(making, cluster, network, issuer);
  const scales = compute === "nodeGroups" && making.spec.pools.some(isAutoscaled);
  const both = scales ? [balancer, createAutoscaler(making, cluster)] : [balancer];
  return {
    charts: both.map(({ chart }) => chart),
    foundations: [
      ...(issuer === undefined ? [] : [issuer.provider]),
      ...both.flatMap(({ foundations }) => foundations),
    ],
    ...(issuer === undefined ? {} : { issuer: issuer.url }),
  };
}

interface Controller {
  readonly chart: ChartSpec;
  readonly foundations: readonly pulumi.Resource[];
}

const system = "kube-system";

function createLoadBalancerController(
  making: Making,
  cluster: EksCluster,
  network: Network,
  issuer: Issuer | undefined,
): Controller {
  const serviceAccount = "aws-load-balancer-controller";
  const identity = controllerIdentity(making, cluster, {
    purpose: "load-balancers",
    serviceAccount,
    policy: making.partition.apply(loadBalancerPolicy),
    issuer,
  });
  return {
    chart: {
      name: "load-balancers",
      chart: "aws-load-balancer-controller",
      namespace: system,
      values: {
        clusterName: cluster.name,
        // Pods cannot ask the node where they are.
        region: regionOf(cluster),
        vpcId: network.vpcId,
        serviceAccount: { create: true, name: serviceAccount, annotations: identity.annotations },
        defaultTargetType: "ip",
        defaultTags: making.tags.common,
      },
    },
    foundations: identity.foundations,
  };
}

function createAutoscaler(making: Making, cluster: EksCluster): Controller {
  const serviceAccount = "cluster-autoscaler";
  const identity = controllerIdentity(making, cluster, {
    purpose: "autoscaler",
    serviceAccount,
    policy: pulumi.output(making.ownName).apply(autoscalerPolicy),
    issuer: undefined,
  });
  return {
    chart: {
      name: "autoscaler",
      chart: "cluster-autoscaler",
      namespace: system,
      values: {
        cloudProvider: "aws",
        awsRegion: regionOf(cluster),
        autoDiscovery: { clusterName: cluster.name },
        rbac: { serviceAccount: { create: true, name: serviceAccount } },
        extraArgs: { "balance-similar-node-groups": true, expander: "least-waste" },
      },
    },
    foundations: identity.foundations,
  };
}

interface ControllerIdentity {
  readonly purpose: string;
  readonly serviceAccount: string;
  readonly policy: pulumi.Input<string>;
  readonly issuer: Issuer | undefined;
}

/** What a controller may do in the account: through the identity agent, or by its service account's token. */
function controllerIdentity(making: Making, cluster: EksCluster, asked: ControllerIdentity) {
  const { aws, name, tags } = making;
  const { purpose, serviceAccount, policy, issuer } = asked;
  const { role, policies } = createRole(making, purpose, {
    trust:
      issuer === undefined
        ? podIdentityTrust
        : pulumi
            .all([issuer.provider.arn, issuer.url])
            .apply(([arn, url]) => tokenTrust(arn, url, system, serviceAccount)),
    managed: [],
    inline: { [purpose]: policy },
  });
  if (issuer !== undefined) {
    return { annotations: { "eks.amazonaws.com/role-arn": role.arn }, foundations: policies };
  }
  const association = new aws.eks.PodIdentityAssociation(
    `${name}-${purpose}`,
    { clusterName: cluster.name, namespace: system, serviceAccount, roleArn: role.arn, tags: tags.common },
    { parent: role },
  );
  return { annotations: {}, foundations: [association, ...policies] };
}

interface Issuer {
  readonly provider: InstanceType<Aws["iam"]["OpenIdConnectProvider"]>;
  /** Known once IAM trusts it, so that whoever looks it up by this finds it. */
  readonly url: pulumi.Output<string>;
}

/** Lets IAM trust the tokens of the cluster's service accounts. */
function createIssuer({ aws, name, tags }: Making, cluster: EksCluster): Issuer {
  const url = cluster.identities.apply((identities) => {
    const issuer = identities[0]?.oidcs?.[0]?.issuer;
    if (issuer === undefined) throw new Error("EKS named no OIDC issuer of the cluster");
    return issuer;
  });
  const provider = new aws.iam.OpenIdConnectProvider(
    name,
    { url, clientIdLists: ["sts.amazonaws.com"], tags: tags.common },
    { parent: cluster },
  );
  return { provider, url: pulumi.all([url, provider.arn]).apply(([text]) => text) };
}

/** For example `eu-central-1`: the fourth part of an ARN. */
export const regionOf = (cluster: EksCluster): pulumi.Output<string> =>
  cluster.arn.apply((arn) => arn.split(":")[3] ?? "");

/** Disks: `standard` is what every gp3 volume has; `fast` grows its operations with its size. */
export function storageClassesOf(
  spec: ClusterSpec,
): Readonly<Record<"standard" | "fast", StorageClassSpec>> | undefined {
  const compute = computeOf(spec);
  // A pod on Fargate has no node to attach a disk to.
  if (compute === "fargate") return undefined;
  const provisioner = compute === "autoMode" ? "ebs.csi.eks.amazonaws.com" : "ebs.csi.aws.com";
  return {
    standard: { provisioner, parameters: { type: "gp3", encrypted: "true" } },
    fast: {
      provisioner,
      parameters: {
        type: "gp3",
        encrypted: "true",
        iopsPerGB: "100",
        allowAutoIOPSPerGBIncrease: "true",
        throughput: "500",
      },
    },
  };
}

/** The gateway's load balancer is public, unless a network was brought along without public subnets. */
export function gatewayScheme({ network: { existing } }: ClusterSpec): "internal" | "internet-facing" {
  return existing !== undefined && existing.publicSubnets.length === 0 ? "internal" : "internet-facing";
}

/** Subnets that were brought along are named, because nothing else is known of their tags. */
export function gatewayAnnotationsOf(spec: ClusterSpec): Readonly<Record<string, pulumi.Input<string>>> {
  const { existing } = spec.network;
  const prefix = "service.beta.kubernetes.io/aws-load-balancer";
  const scheme = gatewayScheme(spec);
  const subnets = (scheme === "internal" ? existing?.subnets : existing?.publicSubnets) ?? [];
  return {
    [`${prefix}-scheme`]: scheme,
    [`${prefix}-nlb-target-type`]: "ip",
    ...(subnets.length === 0 ? {} : { [`${prefix}-subnets`]: pulumi.all([...subnets]).apply((ids) => ids.join(",")) }),
  };
}
