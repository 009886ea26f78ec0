import type { GoBuild } from "./go-build.js";
import { nodeBuildsFor } from "./node-builds.js";
import {
  type KubernetesRelease,
  kubernetesProviderVersion,
  kwokVersion,
  languageHostModuleVersion,
  metricsServerVersion,
  pulumiVersion,
} from "./versions.js";

/**
 * The builds for one Kubernetes release. Builds of one module share most of
 * their packages, so they run one after another; different modules share next
 * to nothing, so they run side by side. Longest first.
 */
export function buildsFor(release: KubernetesRelease): readonly GoBuild[] {
  const [major = "", minor = ""] = release.minor.split(".");
  const kubernetesValues = {
    "k8s.io/component-base/version.gitVersion": `v${release.version}`,
    "k8s.io/component-base/version.gitMajor": major,
    "k8s.io/component-base/version.gitMinor": minor,
    "k8s.io/component-base/version.gitTreeState": "clean",
  };
  return [
    {
      name: "kubernetes",
      version: release.version,
      module: "kubernetes",
      ...(release.minor === "1.35" ? {} : { modfile: `${release.minor}.mod` }),
      package: "./cmd/kubernetes",
      linkerValues: kubernetesValues,
      executables: {
        etcd: release.etcdVersion,
        "kube-apiserver": release.version,
        "kube-controller-manager": release.version,
        "kube-scheduler": release.version,
        kubectl: release.version,
      },
    },
    {
      name: "metrics-server",
      version: metricsServerVersion,
      // Its generated OpenAPI names do not fit the libraries of Kubernetes 1.35: with them it ends at start.
      module: "client-go-0.33",
      package: "sigs.k8s.io/metrics-server/cmd/metrics-server",
      linkerValues: { "k8s.io/client-go/pkg/version.gitVersion": `v${metricsServerVersion}` },
      executables: { "metrics-server": metricsServerVersion },
    },
    {
      name: "pulumi-resource-kubernetes",
      version: kubernetesProviderVersion,
      module: "kubernetes",
      package: "./cmd/pulumi-resource-kubernetes",
      linkerValues: {
        "github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version": `v${kubernetesProviderVersion}`,
      },
      executables: { "pulumi-resource-kubernetes": kubernetesProviderVersion },
      embed: {
        module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
        from: "cmd/pulumi-resource-kubernetes",
        into: "cmd/pulumi-resource-kubernetes",
        files: ["schema.json", "terraform-mapping.json"],
      },
    },
    {
      name: "pulumi",
      version: pulumiVersion,
      module: "pulumi",
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      linkerValues: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${pulumiVersion}` },
      executables: { pulumi: pulumiVersion },
    },
    {
      name: "kwok",
      version: kwokVersion,
      module: "client-go-0.33",
      package: "sigs.k8s.io/kwok/cmd/kwok",
      linkerValues: { "sigs.k8s.io/kwok/pkg/consts.Version": `v${kwokVersion}` },
      executables: { kwok: kwokVersion },
    },
    {
      name: "kwokctl",
      version: kwokVersion,
      module: "client-go-0.33",
      package: "sigs.k8s.io/kwok/cmd/kwokctl",
      linkerValues: { "sigs.k8s.io/kwok/pkg/consts.Version": `v${kwokVersion}` },
      executables: { kwokctl: kwokVersion },
    },
    {
      name: "pulumi-language-nodejs",
      version: languageHostModuleVersion,
      module: "pulumi-language-nodejs",
      package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
      linkerValues: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${languageHostModuleVersion}` },
      executables: { "pulumi-language-nodejs": languageHostModuleVersion },
    },
    ...nodeBuildsFor(release, kubernetesValues),
  ];
}
