import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Release } from "@pulumi/kubernetes/helm/v3/release.js";
import { StorageClass } from "@pulumi/kubernetes/storage/v1/storageClass.js";
import type * as pulumi from "@pulumi/pulumi";
import { assertNoProblems } from "../../core/validation.js";
import type {
  ChartSpec,
  ConfigMapSpec,
  LoadBalancerRules,
  ProvisionedCluster,
  StorageClassSpec,
  WorkloadRules,
} from "../../providers/contract.js";
import { type ChartSource, chartSource, pinnedChart } from "./charts.js";
import { createGatewayClass, type GatewayNeeds, gatewayChart } from "./gateway.js";
import { createManifests } from "./manifests.js";
import { createProvider } from "./provider.js";
import { knownAs, type SettledRelease, settleReleases } from "./settle-release.js";
import { vacateClasses } from "./vacate-classes.js";

/** A new node may have to start before a chart's pods can run. */
const installSeconds = 600;

const ownLabels = { "app.kubernetes.io/managed-by": "isokube" } as const;

/**
 * Makes what the cluster needs inside to keep the contract: storage classes,
 * objects, charts, the gateway class. Workloads wait for all of it, and are gone before
 * any of it goes.
 */
export function provisionInside(
  name: string,
  cluster: ProvisionedCluster,
  rules: WorkloadRules | undefined,
  parent: pulumi.ComponentResource,
): readonly pulumi.Resource[] {
  const { foundations = [], storageClasses, charts = [], configMaps = [], manifests = [] } = cluster;
  const needed = [charts, configMaps, manifests].some((list) => list.length > 0);
  if (storageClasses === undefined && !needed) return foundations;
  const sources = locate(name, charts);
  const provider = createProvider(`${name}-system`, cluster, parent, foundations);
  const options: pulumi.CustomResourceOptions = {
    parent,
    provider,
    ...(cluster.deletedWith === undefined ? {} : { deletedWith: cluster.deletedWith }),
  };
  const vacated = vacateClasses(name, cluster.takenStorageClasses ?? [], rules, options);
  const afterVacation = { ...options, dependsOn: vacated };
  const classes =
    storageClasses === undefined
      ? []
      : [
          createStorageClass(name, "standard", storageClasses.standard, afterVacation),
          createStorageClass(name, "fast", storageClasses.fast, afterVacation),
        ];
  const settings = [
    ...configMaps.map((map) => createConfigMap(name, map, options)),
    ...createManifests(name, manifests, options),
  ];
  const gateway = { loadBalancer: gatewayLoadBalancer(cluster, rules), tolerations: rules?.tolerations };
  const settled = settleReleases(cluster.kubeconfig, provider, sources.map(releaseOf));
  const installed = installCharts(name, sources, { gateway, settled }, settings, options);
  return [provider, ...vacated, ...classes, ...settings, ...installed];
}

/** What charts are installed with, beyond what they say themselves. */
interface InstallNeeds {
  readonly gateway: GatewayNeeds;
  /** What must be done before Helm is asked for anything; undefined where there is nothing to do. */
  readonly settled: pulumi.Output<unknown> | undefined;
}

interface LocatedChart {
  readonly spec: ChartSpec;
  readonly source: ChartSource;
}

function locate(name: string, charts: readonly ChartSpec[]): LocatedChart[] {
  const located = charts.map((spec) => ({ spec, source: chartSource(spec.chart) }));
  assertNoProblems(
    `Cluster ${JSON.stringify(name)}`,
    located.flatMap(({ source }) => ("code" in source ? [source] : [])),
  );
  return located.flatMap(({ spec, source }) => ("code" in source ? [] : [{ spec, source }]));
}

/**
 * A default class that the cloud brings stays as it is: of several default
 * classes Kubernetes takes the newest, and what the cloud's own manager keeps
 * would be changed back.
 */
function createStorageClass(
  name: string,
  className: "standard" | "fast",
  { provisioner, parameters, expandable = true }: StorageClassSpec,
  options: pulumi.CustomResourceOptions,
): StorageClass {
  return new StorageClass(
    `${name}-${className}`,
    {
      metadata: {
        name: className,
        labels: ownLabels,
        annotations: { "storageclass.kubernetes.io/is-default-class": String(className === "standard") },
      },
      provisioner,
      parameters: { ...parameters },
      // A disk is made in the zone in which its pod was placed.
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: expandable,
      reclaimPolicy: "Delete",
    },
    options,
  );
}

/** One after the other, as listed: each may need those before it, when it is installed and when it is removed. */
function installCharts(
  name: string,
  charts: readonly LocatedChart[],
  { gateway, settled }: InstallNeeds,
  before: readonly pulumi.Resource[],
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const namespaces = new Set(["kube-system"]);
  const made: pulumi.Resource[] = [];
  const afterAll = () => ({ ...options, dependsOn: [...before, ...made] });
  for (const { spec, source } of charts) {
    if (!namespaces.has(spec.namespace)) {
      namespaces.add(spec.namespace);
      // What a controller makes for others lies in its namespace, whose deletion waits until that is gone too.
      made.push(createNamespace(name, spec.namespace, afterAll()));
    }
    made.push(createRelease(name, spec, source, settled, afterAll()));
    const known = { name: knownAs(spec.name), namespace: spec.namespace, data: { release: spec.name } };
    made.push(createConfigMap(name, known, afterAll()));
    if (spec.chart === gatewayChart) {
      made.push(...createGatewayClass(name, spec.namespace, gateway, afterAll()));
    }
  }
  return made;
}

function createRelease(
  name: string,
  spec: ChartSpec,
  source: ChartSource,
  settled: pulumi.Output<unknown> | undefined,
  options: pulumi.CustomResourceOptions,
): Release {
  return new Release(
    `${name}-${spec.name}`,
    {
      ...source,
      name: spec.name,
      namespace: spec.namespace,
      values: { ...spec.values },
      // An input that is there later is what a resource can be made to wait by without being made later.
      timeout: settled === undefined ? installSeconds : settled.apply(() => installSeconds),
      // A release that failed half-way would keep the next `up` from installing it: it is rolled back,
      // and where that failed too, its name is taken over.
      atomic: true,
      replace: true,
    },
    options,
  );
}

function releaseOf({ spec }: LocatedChart): SettledRelease {
  const { chart } = pinnedChart(spec.chart);
  return { name: spec.name, namespace: spec.namespace, chart, timeoutSeconds: installSeconds };
}

function createNamespace(name: string, namespace: string, options: pulumi.CustomResourceOptions): Namespace {
  return new Namespace(`${name}-${namespace}`, { metadata: { name: namespace, labels: ownLabels } }, options);
}

function createConfigMap(name: string, map: ConfigMapSpec, options: pulumi.CustomResourceOptions): ConfigMap {
  const { namespace, data } = map;
  return new ConfigMap(
    `${name}-${map.name}`,
    { metadata: { name: map.name, namespace, labels: ownLabels }, data: { ...data } },
    options,
  );
}

/** What the gateway's Services say: what every load balancer must, and what the cloud's adapter adds. */
function gatewayLoadBalancer(
  { gatewayAnnotations }: ProvisionedCluster,
  rules: WorkloadRules | undefined,
): LoadBalancerRules | undefined {
  if (gatewayAnnotations === undefined) return rules?.loadBalancer;
  return { ...rules?.loadBalancer, annotations: gatewayAnnotations };
}
