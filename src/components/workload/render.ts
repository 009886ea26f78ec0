import type { types } from "@pulumi/kubernetes";
import { compact } from "../../core/compact.js";
import type { GrantedIdentity, WorkloadRules } from "../../providers/contract.js";
import { followRules } from "./follow-rules.js";
import type { Leaf } from "./leaf.js";
import type { Contents, LeafTools } from "./leaf-tools.js";
import { envSecretEnding, envSecretKey, scalingAnnotation } from "./names.js";
import { intOrPercent, metadataOf, selectorOf } from "./render/metadata.js";
import { renderPodTemplate } from "./render/pod.js";
import {
  type Autoscaler,
  type DisruptionBudget,
  initialReplicas,
  renderAutoscaler,
  renderDisruptionBudget,
} from "./render/scaling.js";
import { allContainers, type WorkloadSpec } from "./spec.js";

type ConfigMap = types.input.core.v1.ConfigMap;
type Secret = types.input.core.v1.Secret;
type Service = types.input.core.v1.Service;
type ServiceAccount = types.input.core.v1.ServiceAccount;
type Deployment = types.input.apps.v1.Deployment;
type ReplicaSet = types.input.apps.v1.ReplicaSet;

/** The Kubernetes objects of a workload. Objects of which there can be several are keyed by their own name's ending. */
export interface RenderedWorkload {
  readonly serviceAccount?: ServiceAccount;
  readonly configMaps: Readonly<Record<string, ConfigMap>>;
  readonly secrets: Readonly<Record<string, Secret>>;
  readonly disruptionBudget: DisruptionBudget;
  readonly deployment?: Deployment;
  readonly replicaSet?: ReplicaSet;
  readonly service?: Service;
  readonly autoscaler?: Autoscaler;
}

/** What of its cluster decides how a workload is rendered. */
export interface Surroundings {
  /** What the cluster asks of workloads. @default nothing */
  readonly rules?: WorkloadRules;
  /** What the service account and the pods carry to be somebody in the cloud. @default nothing */
  readonly identity?: Pick<GrantedIdentity, "serviceAccountAnnotations" | "podLabels">;
}

/** Turns a checked spec into Kubernetes objects. Pure but for what `tools` do with leaves. */
export function renderWorkload(
  asked: WorkloadSpec,
  tools: LeafTools,
  { rules, identity }: Surroundings = {},
): RenderedWorkload {
  const spec = rules === undefined ? asked : followRules(asked, rules, tools);
  const configs = ownData(spec, "config");
  const secrets = { ...ownData(spec, "secret"), ...envSecret(spec) };
  const controlled = {
    selector: { matchLabels: selectorOf(spec) },
    replicas: initialReplicas(spec.scaling),
    template: renderPodTemplate(
      spec,
      { configs: byName(spec, configs), secrets: byName(spec, secrets) },
      identity?.podLabels ?? {},
      tools,
    ),
  };
  return compact<RenderedWorkload>({
    serviceAccount: renderServiceAccount(spec, identity?.serviceAccountAnnotations ?? {}),
    configMaps: mapValues(configs, (data, ending) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: metadataOf(spec, `${spec.name}-${ending}`),
      data: { ...data },
    })),
    secrets: mapValues(secrets, (data, ending) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: metadataOf(spec, `${spec.name}-${ending}`),
      type: "Opaque",
      data: mapValues(data, (content) => tools.secretData(content)),
    })),
    disruptionBudget: renderDisruptionBudget(spec),
    deployment: spec.controller === "Deployment" ? renderDeployment(spec, controlled) : undefined,
    replicaSet:
      spec.controller === "ReplicaSet"
        ? { apiVersion: "apps/v1", kind: "ReplicaSet", metadata: controllerMetadata(spec), spec: controlled }
        : undefined,
    service: renderService(spec),
    autoscaler: renderAutoscaler(spec),
  });
}

/** The same as a list, in the order in which the objects need each other. */
export function objectsOf(rendered: RenderedWorkload): object[] {
  const { serviceAccount, configMaps, secrets, disruptionBudget, deployment, replicaSet, service, autoscaler } =
    rendered;
  return [
    serviceAccount,
    ...Object.values(configMaps),
    ...Object.values(secrets),
    disruptionBudget,
    deployment ?? replicaSet,
    service,
    autoscaler,
  ].filter((object) => object !== undefined);
}

type Data = Readonly<Record<string, Leaf<string>>>;

function ownData(spec: WorkloadSpec, from: "config" | "secret"): Record<string, Data> {
  return Object.fromEntries(
    spec.volumes.flatMap((volume) => (volume.from === from ? [[volume.name, volume.data]] : [])),
  );
}

/** The sensitive environment of all containers, in one Secret: it holds nothing that another pod could want. */
function envSecret(spec: WorkloadSpec): Record<string, Data> {
  const data = allContainers(spec).flatMap((container) =>
    container.env.flatMap((env) =>
      env.from === "sensitive" ? [[envSecretKey(container.name, env.name), env.value]] : [],
    ),
  );
  return data.length === 0 ? {} : { [envSecretEnding]: Object.fromEntries(data) };
}

function byName(spec: WorkloadSpec, data: Readonly<Record<string, Data>>): Contents {
  return Object.fromEntries(Object.entries(data).map(([ending, files]) => [`${spec.name}-${ending}`, files]));
}

function mapValues<T, U>(block: Readonly<Record<string, T>>, map: (value: T, key: string) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(block).map(([key, value]) => [key, map(value, key)]));
}

function renderServiceAccount(spec: WorkloadSpec, identity: Data): ServiceAccount | undefined {
  const { serviceAccount } = spec;
  if (!serviceAccount.own) return undefined;
  return {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: metadataOf(spec, spec.name, { ...serviceAccount.annotations, ...identity }),
    automountServiceAccountToken: serviceAccount.mountToken,
  };
}

/**
 * The mode stands on the object, so that a change of mode is a change of the
 * object even where the number of pods is the same; and taking the number back
 * from an autoscaler means overriding another writer of the field.
 */
function controllerMetadata(spec: WorkloadSpec): ReturnType<typeof metadataOf> {
  return metadataOf(spec, spec.name, { [scalingAnnotation]: spec.scaling.mode, "pulumi.com/patchForce": "true" });
}

function renderDeployment(
  spec: WorkloadSpec,
  controlled: Pick<types.input.apps.v1.DeploymentSpec, "selector" | "template"> & { replicas: number },
): Deployment {
  const { strategy, maxUnavailable, maxSurge, minReadySeconds, progressDeadlineSeconds, revisionHistoryLimit } =
    spec.rollout;
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: controllerMetadata(spec),
    spec: compact<types.input.apps.v1.DeploymentSpec>({
      ...controlled,
      strategy:
        strategy === "Recreate"
          ? { type: "Recreate" }
          : {
              type: "RollingUpdate",
              rollingUpdate: { maxUnavailable: intOrPercent(maxUnavailable), maxSurge: intOrPercent(maxSurge) },
            },
      minReadySeconds,
      progressDeadlineSeconds,
      revisionHistoryLimit,
    }),
  };
}

function renderService(spec: WorkloadSpec): Service | undefined {
  const { service } = spec;
  if (service === undefined) return undefined;
  // Pulumi would wait for endpoints, and then some seconds more. The pods' controller is awaited
  // already, and there need be no endpoints at all; only a load balancer's address is worth waiting for.
  const isAwaited = service.type === "LoadBalancer" || service.headless;
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: metadataOf(spec, spec.name, {
      ...(isAwaited ? {} : { "pulumi.com/skipAwait": "true" }),
      ...service.annotations,
    }),
    spec: compact<types.input.core.v1.ServiceSpec>({
      type: service.type,
      loadBalancerClass: service.loadBalancerClass,
      selector: selectorOf(spec),
      clusterIP: service.headless ? "None" : undefined,
      ports: service.ports.map(({ name, port, protocol }) => ({ name, port, targetPort: name, protocol })),
      loadBalancerSourceRanges: service.allowedCidrs.length > 0 ? [...service.allowedCidrs] : undefined,
    }),
  };
}
