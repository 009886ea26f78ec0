import type { KubernetesReleases } from "../../../src/plugin/control-plane/port.js";
import type { PropertyMap } from "../../../src/plugin/properties.js";

/** A toolchain of three minors, so that one can be skipped. */
export const releases: KubernetesReleases = {
  versions: { "1.34": "1.34.1", "1.35": "1.35.3", "1.36": "1.36.3" },
  defaultMinor: "1.35",
};

export const urn = "urn:pulumi:dev::shop::isokube:local:ControlPlane::main";

export const general: PropertyMap = { name: "general", count: 2, cpu: "4", memory: "16Gi" };

/** The least a program must give. */
export const minimal: PropertyMap = { kubernetesVersion: "1.35", pools: [general] };

/** Every process, as the engine of a healthy cluster tells it. */
export const running = {
  etcd: "running",
  "kube-apiserver": "running",
  "kube-controller-manager": "running",
  "kube-scheduler": "running",
  kwok: "running",
  "metrics-server": "running",
} as const;
