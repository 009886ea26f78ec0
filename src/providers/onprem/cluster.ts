import { defaultMinor } from "../../core/versions.js";
import type { ClusterSpec, OnpremOptions } from "../contract.js";
import { localPath } from "./connection.js";
import { endpointOf } from "./endpoint.js";
import type { ArtifactsWire, ClusterWire, HostSettingsWire } from "./wire.js";

/** What every resource is told of the cluster, every default filled in. */
export function clusterOf(name: string, spec: ClusterSpec, onprem: OnpremOptions): ClusterWire {
  return {
    clusterName: name,
    // `checkCluster` has refused a channel, so a version is always there.
    kubernetesVersion: spec.kubernetesVersion ?? defaultMinor,
    controlPlaneEndpoint: endpointOf(spec, onprem),
    podCidr: spec.network.podCidr,
    serviceCidr: spec.network.serviceCidr,
    artifacts: artifactsOf(onprem),
    hostSettings: hostSettingsOf(onprem),
    maxUnavailable: onprem.maxUnavailable ?? 1,
    drainTimeoutSeconds: onprem.drainTimeoutSeconds ?? 300,
    onDestroy: onprem.onDestroy ?? "reset",
  };
}

function artifactsOf({ artifacts = {} }: OnpremOptions): ArtifactsWire {
  const { bundle, publicKeyFile, binaries, images, digests } = artifacts;
  if (bundle !== undefined) {
    return {
      kind: "bundle",
      directory: localPath(bundle),
      ...(publicKeyFile === undefined ? {} : { publicKeyFile: localPath(publicKeyFile) }),
    };
  }
  return {
    kind: "online",
    ...(binaries === undefined ? {} : { binaries: binaries.replace(/\/+$/, "") }),
    ...(images === undefined ? {} : { images }),
    ...(digests === undefined ? {} : { digests }),
  };
}

function hostSettingsOf({ hostSettings = {} }: OnpremOptions): HostSettingsWire {
  return {
    cgroupDriver: hostSettings.cgroupDriver ?? "systemd",
    failCgroupV1: hostSettings.failCgroupV1 ?? true,
    failSwapOn: hostSettings.failSwapOn ?? true,
    restrictOomScoreAdj: hostSettings.restrictOomScoreAdj ?? false,
    kubelet: hostSettings.kubelet ?? {},
    kubeProxy: hostSettings.kubeProxy ?? {},
  };
}
