import type { types } from "@pulumi/kubernetes";
import { compact } from "../../../core/compact.js";
import { poolLabel } from "../../../core/labels.js";
import type { Leaf } from "../leaf.js";
import type { Contents, LeafTools } from "../leaf-tools.js";
import { configChecksumAnnotation, secretChecksumAnnotation } from "../names.js";
import type { TolerationSpec, VolumeSpec, WorkloadSpec } from "../spec.js";
import { filled, renderContainer } from "./container.js";
import { labelsOf, selectorOf } from "./metadata.js";

type PodSpec = types.input.core.v1.PodSpec;

/** The content of the workload's own objects, by object. */
export interface OwnContents {
  readonly configs: Contents;
  readonly secrets: Contents;
}

export function renderPodTemplate(
  spec: WorkloadSpec,
  contents: OwnContents,
  identityLabels: Readonly<Record<string, string>>,
  tools: LeafTools,
): types.input.core.v1.PodTemplateSpec {
  const annotations: Record<string, Leaf<string>> = { ...spec.podAnnotations };
  if (Object.keys(contents.configs).length > 0) {
    annotations[configChecksumAnnotation] = tools.configChecksum(contents.configs);
  }
  if (Object.keys(contents.secrets).length > 0) {
    annotations[secretChecksumAnnotation] = tools.secretChecksum(spec.name, contents.secrets);
  }
  return {
    metadata: {
      labels: { ...labelsOf(spec), ...identityLabels },
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    spec: renderPod(spec),
  };
}

function renderPod(spec: WorkloadSpec): PodSpec {
  const { serviceAccount } = spec;
  const nodeSelector = { ...spec.nodeSelector, ...(spec.pool === undefined ? {} : { [poolLabel]: spec.pool }) };
  return compact<PodSpec>({
    serviceAccountName: serviceAccount.own ? spec.name : serviceAccount.name,
    automountServiceAccountToken: serviceAccount.mountToken,
    // The addresses of every Service in the namespace are no business of the containers.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
    imagePullSecrets: filled(spec.imagePullSecrets.map((name) => ({ name }))),
    priorityClassName: spec.priorityClassName,
    nodeSelector: Object.keys(nodeSelector).length > 0 ? nodeSelector : undefined,
    tolerations: filled(spec.tolerations.map(renderToleration)),
    topologySpreadConstraints: filled(spec.spread.map((place) => renderSpread(spec, place))),
    securityContext: {
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
      ...spec.security,
      // Files that already belong to the group need not be touched at every start.
      ...(spec.security.fsGroup === undefined ? {} : { fsGroupChangePolicy: "OnRootMismatch" }),
    },
    initContainers: filled(spec.initContainers.map((container) => renderContainer(spec.name, container))),
    containers: spec.containers.map((container) => renderContainer(spec.name, container)),
    volumes: filled(spec.volumes.map(renderVolume)),
  });
}

function renderToleration({ path: _path, ...toleration }: TolerationSpec): types.input.core.v1.Toleration {
  return toleration;
}

function renderSpread(
  spec: WorkloadSpec,
  { over, mode, maxSkew }: WorkloadSpec["spread"][number],
): types.input.core.v1.TopologySpreadConstraint {
  return {
    topologyKey: over,
    whenUnsatisfiable: mode,
    maxSkew,
    labelSelector: { matchLabels: selectorOf(spec) },
    // Old pods leave during a rollout, so only pods of one revision are weighed against each other.
    ...(spec.controller === "Deployment" ? { matchLabelKeys: ["pod-template-hash"] } : {}),
  };
}

function renderVolume(volume: VolumeSpec): types.input.core.v1.Volume {
  const { name } = volume;
  switch (volume.from) {
    case "config":
    case "existingConfig":
      return { name, configMap: { name: volume.objectName } };
    case "secret":
    case "existingSecret":
      return { name, secret: { secretName: volume.objectName } };
    case "emptyDir":
      return {
        name,
        emptyDir: { sizeLimit: volume.sizeLimit, ...(volume.medium === "Memory" ? { medium: "Memory" } : {}) },
      };
    case "unclear":
      throw new TypeError(`${volume.path} was rendered without being checked`);
  }
}
