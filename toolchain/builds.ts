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
 * The builds for one Kubernetes release. Builds that share most of their
 * packages run one after another; others share next to nothing and run side by
 * side. Longest first.
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
    metricsServer,
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
    kwok,
    {
      // On request only. It uses API packages that Kubernetes 1.35 has no more.
      name: "kwokctl",
      version: kwokVersion,
      module: "kwokctl",
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

/**
 * Its own OpenAPI definitions are of Kubernetes 1.33, and name every kind as the
 * libraries of 1.35 no longer do: with them it ends at start. Kubernetes 1.35 has
 * all of its kinds among its own, under the names that its libraries look for.
 */
const metricsServer: GoBuild = {
  name: "metrics-server",
  version: metricsServerVersion,
  module: "client-go",
  sharesPackagesOf: "kubernetes",
  package: "sigs.k8s.io/metrics-server/cmd/metrics-server",
  linkerValues: { "k8s.io/client-go/pkg/version.gitVersion": `v${metricsServerVersion}` },
  executables: { "metrics-server": metricsServerVersion },
  patches: [
    {
      module: "sigs.k8s.io/metrics-server",
      without: [],
      files: {
        "pkg/api/generated/openapi/zz_generated.openapi.go": `package openapi

import (
	"k8s.io/kube-openapi/pkg/common"
	kubernetes "k8s.io/kubernetes/pkg/generated/openapi"
)

func GetOpenAPIDefinitions(ref common.ReferenceCallback) map[string]common.OpenAPIDefinition {
	return kubernetes.GetOpenAPIDefinitions(ref)
}
`,
      },
    },
  ],
};

/** With the name of an annotation in place of the constant for it, which Kubernetes 1.35 has no more. */
const kwok: GoBuild = {
  name: "kwok",
  version: kwokVersion,
  module: "client-go",
  sharesPackagesOf: "kubernetes",
  package: "sigs.k8s.io/kwok/cmd/kwok",
  linkerValues: { "sigs.k8s.io/kwok/pkg/consts.Version": `v${kwokVersion}` },
  executables: { kwok: kwokVersion },
  patches: [
    {
      module: "sigs.k8s.io/kwok",
      without: [],
      files: {},
      changes: {
        "pkg/utils/informer/informer.go": {
          "metav1.InitialEventsListBlueprintAnnotationKey": '"kubernetes.io/initial-events-list-blueprint"',
        },
      },
    },
  ],
};
