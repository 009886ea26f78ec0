import { CustomResource } from "@pulumi/kubernetes/apiextensions/customResource.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Release } from "@pulumi/kubernetes/helm/v3/release.js";
import { StorageClass } from "@pulumi/kubernetes/storage/v1/storageClass.js";
import type * as pulumi from "@pulumi/pulumi";
import { assertNoProblems } from "../../core/validation.js";
import type { ChartSpec, ProvisionedCluster, StorageClassSpec } from "../../providers/contract.js";
import { type ChartSource, chartSource } from "./charts.js";
import { createProvider } from "./provider.js";

/** The gateway class of every target, and who looks after its gateways. */
const gatewayClass = { name: "isokube", chart: "envoy-gateway" } as const;
const gatewayController = "gateway.envoyproxy.io/gatewayclass-controller";

/** A new node may have to start before a chart's pods can run. */
const installSeconds = 600;

const ownLabels = { "app.kubernetes.io/managed-by": "isokube" } as const;

/**
 * Makes what the cluster needs inside to keep the contract: storage classes,
 * charts, the gateway class. Workloads wait for all of it, and are gone before
 * any of it goes.
 */
export function provisionInside(
  name: string,
  cluster: ProvisionedCluster,
  parent: pulumi.ComponentResource,
): readonly pulumi.Resource[] {
  const { foundations = [], storageClasses, charts = [] } = cluster;
  if (storageClasses === undefined && charts.length === 0) return foundations;
  const sources = locate(name, charts);
  const provider = createProvider(`${name}-system`, cluster, parent, foundations);
  const options: pulumi.CustomResourceOptions = {
    parent,
    provider,
    ...(cluster.deletedWith === undefined ? {} : { deletedWith: cluster.deletedWith }),
  };
  const classes =
    storageClasses === undefined
      ? []
      : [
          createStorageClass(name, "standard", storageClasses.standard, options),
          createStorageClass(name, "fast", storageClasses.fast, options),
        ];
  return [provider, ...classes, ...installCharts(name, sources, options)];
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
  { provisioner, parameters }: StorageClassSpec,
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
      allowVolumeExpansion: true,
      reclaimPolicy: "Delete",
    },
    options,
  );
}

/** One after the other, as listed: each may need those before it, when it is installed and when it is removed. */
function installCharts(
  name: string,
  charts: readonly LocatedChart[],
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const namespaces = new Set(["kube-system"]);
  const made: pulumi.Resource[] = [];
  for (const { spec, source } of charts) {
    if (!namespaces.has(spec.namespace)) {
      namespaces.add(spec.namespace);
      // What a controller makes for others lies in its namespace, whose deletion waits until that is gone too.
      made.push(createNamespace(name, spec.namespace, { ...options, dependsOn: [...made] }));
    }
    const release = new Release(
      `${name}-${spec.name}`,
      {
        ...source,
        name: spec.name,
        namespace: spec.namespace,
        values: { ...spec.values },
        timeout: installSeconds,
        // A release that failed half-way would keep the next `up` from installing it.
        atomic: true,
      },
      { ...options, dependsOn: [...made] },
    );
    made.push(release);
    if (spec.chart === gatewayClass.chart) made.push(createGatewayClass(name, { ...options, dependsOn: release }));
  }
  return made;
}

function createNamespace(name: string, namespace: string, options: pulumi.CustomResourceOptions): Namespace {
  return new Namespace(`${name}-${namespace}`, { metadata: { name: namespace, labels: ownLabels } }, options);
}

function createGatewayClass(name: string, options: pulumi.CustomResourceOptions): CustomResource {
  return new CustomResource(
    `${name}-gateway-class`,
    {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "GatewayClass",
      metadata: { name: gatewayClass.name, labels: ownLabels },
      spec: { controllerName: gatewayController },
    },
    options,
  );
}
