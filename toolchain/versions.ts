import { ToolchainError } from "./errors.js";

export const pulumiVersion = "3.259.0";

/** The last release whose module carries the language host; later ones moved it to a module that is not published. */
export const languageHostModuleVersion = "3.68.0";

/** Must be the version of the `@pulumi/kubernetes` package, which asks the engine for exactly this plugin. */
export const kubernetesProviderVersion = "4.24.1";

export const kwokVersion = "0.7.0";
export const metricsServerVersion = "0.8.0";

/** The Kubernetes releases that the toolchain offers: minor → full version. */
export const kubernetesVersions: Readonly<Record<string, string>> = { "1.35": "1.35.3", "1.36": "1.36.3" };

/** The minor that is used when none is asked for; the others are got only on request. */
export const defaultKubernetesMinor = "1.35";

/** One Kubernetes release and the etcd that its own go.mod names. */
export interface KubernetesRelease {
  readonly minor: string;
  readonly version: string;
  readonly etcdVersion: string;
}

const etcdVersions: Readonly<Record<string, string>> = { "1.35": "3.6.5", "1.36": "3.6.8" };

/**
 * Resolves a minor (`1.35`) or full version (`1.35.3`, `v1.35.3`) to a release of the toolchain.
 *
 * @throws ToolchainError when the toolchain has no such release.
 */
export function resolveKubernetesRelease(asked: string = defaultKubernetesMinor): KubernetesRelease {
  for (const [minor, version] of Object.entries(kubernetesVersions)) {
    const etcdVersion = etcdVersions[minor];
    if (etcdVersion !== undefined && [minor, version, `v${version}`].includes(asked)) {
      return { minor, version, etcdVersion };
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
