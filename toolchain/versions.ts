import { ToolchainError } from "./errors.js";

export const pulumiVersion = "3.259.0";

/** The last release whose module carries the language host; later ones moved it to a module that is not published. */
export const languageHostModuleVersion = "3.68.0";

/** Must be the version of the `@pulumi/kubernetes` package, which asks the engine for exactly this plugin. */
export const kubernetesProviderVersion = "4.24.1";

export const kwokVersion = "0.7.0";
export const metricsServerVersion = "0.8.0";

export const kubeRouterVersion = "2.6.3";
/** The newest release whose own requirements can all be had as modules. */
export const metalLbVersion = "0.15.2";
export const localPathProvisionerVersion = "0.0.30";
export const traefikVersion = "3.6.12";
/** Of the kinds that this Traefik was written for. */
export const gatewayApiVersion = "1.4.1";

/** The Kubernetes releases that the toolchain offers: minor → full version. */
export const kubernetesVersions: Readonly<Record<string, string>> = { "1.35": "1.35.3", "1.36": "1.36.3" };

/** The minor that is used when none is asked for; the others are got only on request. */
export const defaultKubernetesMinor = "1.35";

/** One Kubernetes release and what its own sources name beside it. */
export interface KubernetesRelease {
  readonly minor: string;
  readonly version: string;
  /** Of go.mod. */
  readonly etcdVersion: string;
  /** Of kubeadm's constants; it may be newer than go.mod's. */
  readonly kubeadmEtcdVersion: string;
  /** Of kubeadm's constants. */
  readonly coreDnsVersion: string;
  /** Of kubeadm's constants. */
  readonly pauseVersion: string;
  /** Of the test image's `VERSION`. */
  readonly agnhostVersion: string;
}

const companions: Readonly<Record<string, Omit<KubernetesRelease, "minor" | "version">>> = {
  "1.35": {
    etcdVersion: "3.6.5",
    kubeadmEtcdVersion: "3.6.6",
    coreDnsVersion: "1.13.1",
    pauseVersion: "3.10.1",
    agnhostVersion: "2.59",
  },
  "1.36": {
    etcdVersion: "3.6.8",
    kubeadmEtcdVersion: "3.6.8",
    coreDnsVersion: "1.14.2",
    pauseVersion: "3.10.2",
    agnhostVersion: "2.63.0",
  },
};

/**
 * Resolves a minor (`1.35`) or full version (`1.35.3`, `v1.35.3`) to a release of the toolchain.
 *
 * @throws ToolchainError when the toolchain has no such release.
 */
export function resolveKubernetesRelease(asked: string = defaultKubernetesMinor): KubernetesRelease {
  for (const [minor, version] of Object.entries(kubernetesVersions)) {
    const beside = companions[minor];
    if (beside !== undefined && [minor, version, `v${version}`].includes(asked)) {
      return { minor, version, ...beside };
    }
  }
  throw new ToolchainError([
    {
      code: "toolchain/kubernetes-version",
      path: "kubernetesVersion",
      value: asked,
      why: "the toolchain has no such Kubernetes release",
      fix: `use one of ${Object.entries(kubernetesVersions).flat().join(", ")}`,
    },
  ]);
}
