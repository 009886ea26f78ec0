import type * as pulumi from "@pulumi/pulumi";
import { emulated } from "../capabilities.js";
import type { ClusterSpec, PoolSpec, ReportRow } from "../contract.js";
import { known } from "../leaf.js";
import { type ReportDraft, reportOf } from "../report.js";
import { type ClusterPlaces, clusterRows, type PoolPlaces } from "../report-places.js";
import { gatewayScheme } from "./addons.js";
import { capabilitiesOf } from "./capabilities.js";
import { type AwsCompute, computeOf } from "./compute-mode.js";
import { auditLogTypes, effectiveEndpoint, endpointOf } from "./control-plane.js";
import { fargateNamespaces } from "./fargate.js";
import { instanceTypesOf } from "./machine-types.js";
import { amiTypeOf, diskFields, isAutoscaled } from "./node-pools.js";

const computeText: Readonly<Record<AwsCompute, string>> = {
  nodeGroups: "managed node groups",
  autoMode: "EKS Auto Mode",
  fargate: "AWS Fargate",
};

const nodesFirst = emulated("the nodes reach the API server inside their network all the same");

/** What would be made of a spec on AWS, row by row. */
export function describeAws(name: string, spec: ClusterSpec): readonly ReportDraft[] {
  return clusterRows(spec, capabilitiesOf(spec), placesOf(name, spec));
}

/** The same rows, once their values are known. */
export function awsReport(name: string, spec: ClusterSpec): pulumi.Output<readonly ReportRow[]> {
  return reportOf(describeAws(name, spec));
}

function placesOf(name: string, spec: ClusterSpec): ClusterPlaces {
  const { controlPlane, network, admins, aws } = spec;
  const compute = computeOf(spec);
  const cluster = `aws:eks:Cluster ${name}`;
  const endpoint = effectiveEndpoint(controlPlane);
  return {
    resource: cluster,
    kubernetesVersion: "version",
    releaseChannel: { field: "", realised: undefined },
    compute: {
      field: compute === "nodeGroups" ? "" : "computeConfig.enabled",
      ...(compute === "fargate" ? { resource: `aws:eks:FargateProfile ${name}-1`, field: "selectors" } : {}),
      realised:
        compute === "fargate" ? `${computeText.fargate}: ${fargateNamespaces(spec).join(", ")}` : computeText[compute],
    },
    pool: (pool) => poolPlaces(name, spec, pool),
    highlyAvailable: {
      resource: network.existing === undefined ? `aws:ec2:NatGateway ${name}-nat-1` : cluster,
      field: network.existing === undefined ? "subnetId" : "vpcConfig.subnetIds",
      realised: controlPlane.highlyAvailable
        ? "members in several zones, and a NAT gateway in each"
        : "members in several zones, as always on EKS; one NAT gateway",
    },
    endpoint: {
      field: "vpcConfig",
      realised: endpointOf(spec),
      ...(endpoint === "public" ? { support: nodesFirst } : {}),
    },
    allowedCidrs: "vpcConfig.publicAccessCidrs",
    auditLogs: {
      field: "enabledClusterLogTypes",
      ...(known(controlPlane.auditLogs) === false
        ? { realised: [] }
        : { resource: `${cluster} into aws:cloudwatch:LogGroup ${name}`, realised: auditLogTypes }),
    },
    secretsEncryption: {
      field: "encryptionConfig.resources",
      realised:
        known(controlPlane.secretsEncryption) === false
          ? "by a key of AWS, as always on EKS"
          : "by a KMS key of the account as well",
    },
    encryptionKey: "encryptionConfig.provider.keyArn",
    cidr: { resource: `aws:ec2:Vpc ${name}`, field: "cidrBlock" },
    podCidr: { field: "", realised: undefined },
    serviceCidr: "kubernetesNetworkConfig.serviceIpv4Cidr",
    zones:
      network.existing === undefined
        ? {
            resource: `aws:ec2:Subnet ${name}-private-1`,
            field: "availabilityZone",
            realised: aws.zones ?? network.zones,
          }
        : { field: "vpcConfig.subnetIds", realised: network.existing.subnets.length },
    existingNetwork: "vpcConfig.vpcId",
    existingSubnets: "vpcConfig.subnetIds",
    admins: { resource: `aws:eks:AccessEntry ${name}-admin-… (${admins.length})`, field: "principalArn" },
    deletionProtection: "deletionProtection",
    tags: "tags",
    contract: contractPlaces(name, spec, compute),
  };
}

function poolPlaces(name: string, spec: ClusterSpec, pool: PoolSpec): PoolPlaces {
  const machines = instanceTypesOf(pool, spec.aws.instanceTypes?.[pool.name]);
  const choice = "names" in machines ? machines.choice : undefined;
  const others = "names" in machines && machines.names.length > 1 ? ` or ${machines.names.slice(1).join(", ")}` : "";
  const realised = choice === undefined ? undefined : `${choice.text}${others}: ${choice.why}`;
  const machine = { field: "instanceTypes", realised };
  const template = `aws:ec2:LaunchTemplate ${name}-${pool.name}`;
  const zones = pool.zones.length === 0 ? undefined : pool.zones;
  return {
    resource: `aws:eks:NodeGroup ${name}-${pool.name}`,
    machine: choice,
    cpu: machine,
    memory: machine,
    arch: { field: "amiType", realised: amiTypeOf(pool) },
    gpu: machine,
    min: "scalingConfig.minSize",
    max: isAutoscaled(pool) ? "scalingConfig.maxSize" : "scalingConfig.desiredSize",
    spot: { field: "capacityType", realised: "SPOT" },
    labels: "labels",
    taints: "taints",
    zones: { field: "subnetIds", realised: zones },
    diskSize: { resource: template, field: "blockDeviceMappings[0].ebs.volumeSize" },
    diskClass: { resource: template, field: "blockDeviceMappings[0].ebs", realised: diskFields(pool) },
  };
}

function contractPlaces(name: string, spec: ClusterSpec, compute: AwsCompute): NonNullable<ClusterPlaces["contract"]> {
  const addon = (addonName: string) => ({ resource: `aws:eks:Addon ${name}-${addonName}`, field: "addonName" });
  const balancer = { resource: `aws:eks:Cluster ${name}`, field: "kubernetesNetworkConfig.elasticLoadBalancing" };
  const tagged = spec.network.existing === undefined ? {} : { deviation: ownSubnets };
  const metricsApi = { ...addon("metrics-server"), realised: "metrics-server" };
  const gateway = {
    resource: `kubernetes:helm.sh/v3:Release ${name}-gateway`,
    field: "chart",
    realised: `Envoy Gateway behind a Network Load Balancer (${gatewayScheme(spec)})`,
  };
  if (compute === "autoMode")
    return { metricsApi, gateway, loadBalancer: { ...balancer, realised: "Auto Mode", ...tagged } };
  const controller = {
    resource: `kubernetes:helm.sh/v3:Release ${name}-load-balancers`,
    field: "chart",
    realised: "AWS Load Balancer Controller",
    ...tagged,
  };
  const dns = { ...addon("coredns"), realised: "CoreDNS" };
  if (compute === "fargate") return { metricsApi, gateway, dns, loadBalancer: controller };
  return {
    metricsApi,
    gateway,
    dns,
    loadBalancer: controller,
    networkPolicy: { ...addon("vpc-cni"), field: "configurationValues", realised: "enableNetworkPolicy" },
    storageClasses: { ...addon("aws-ebs-csi-driver"), realised: "EBS CSI driver" },
    workloadIdentity: { ...addon("eks-pod-identity-agent"), realised: "EKS Pod Identity" },
  };
}

/** Subnets that were brought along belong to somebody: isokube never tags them. */
const ownSubnets =
  "load balancers find brought subnets by the tags kubernetes.io/role/elb and kubernetes.io/role/internal-elb, which must be there";
