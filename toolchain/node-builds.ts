import { cniPluginNames, cniPluginsVersion } from "../src/core/cni-plugins.js";
import { gatewayKindNames } from "../src/core/gateway-kinds.js";
import { packageVersion } from "../src/core/package.js";
import type { GoBuild } from "./go-build.js";
import type { BuildName, PartName } from "./names.js";
import {
  gatewayApiVersion,
  type KubernetesRelease,
  kubeRouterVersion,
  localPathProvisionerVersion,
  metalLbVersion,
  traefikVersion,
} from "./versions.js";

/**
 * The builds of what hosts of a cluster run. Kubernetes' own have a go.mod
 * beside the control plane's, with the same versions of what both use: that one
 * stays as it is, and packages that were compiled for it serve again.
 *
 * @param linkerValues what Kubernetes' programs tell of themselves
 */
export function nodeBuildsFor(release: KubernetesRelease, linkerValues: GoBuild["linkerValues"]): readonly GoBuild[] {
  const { version } = release;
  const isDefault = release.minor === "1.35";
  const kubernetes = {
    version,
    module: "kubernetes",
    modfile: isDefault ? "node.mod" : `${release.minor}-node.mod`,
    linkerValues,
  };
  return [
    {
      ...kubernetes,
      name: "kubernetes-node",
      package: "./cmd/kubernetes-node",
      executables: { kubelet: version, kubeadm: version, kubectl: version },
    },
    {
      // Not one with the kubelet: every host keeps its image, and there it would weigh twice.
      ...kubernetes,
      name: "kube-proxy",
      package: "k8s.io/kubernetes/cmd/kube-proxy",
      executables: { "kube-proxy": version },
    },
    {
      ...kubernetes,
      name: "agnhost",
      package: "k8s.io/kubernetes/test/images/agnhost",
      linkerValues: { "main.Version": release.agnhostVersion },
      executables: { agnhost: release.agnhostVersion },
    },
    {
      name: "etcd-server",
      version: release.kubeadmEtcdVersion,
      module: "etcd",
      ...(isDefault ? {} : { modfile: `${release.minor}.mod` }),
      package: "go.etcd.io/etcd/server/v3",
      linkerValues: {},
      executables: { "etcd-server": release.kubeadmEtcdVersion },
    },
    {
      name: "coredns",
      version: release.coreDnsVersion,
      module: "addons",
      ...(isDefault ? {} : { modfile: `${release.minor}.mod` }),
      package: "github.com/coredns/coredns",
      linkerValues: {},
      executables: { coredns: release.coreDnsVersion },
    },
    kubeRouter,
    {
      name: "metallb-controller",
      version: metalLbVersion,
      module: "client-go",
      package: "go.universe.tf/metallb/controller",
      linkerValues: {},
      executables: { "metallb-controller": metalLbVersion },
    },
    {
      name: "metallb-speaker",
      version: metalLbVersion,
      module: "client-go",
      package: "go.universe.tf/metallb/speaker",
      linkerValues: {},
      executables: { "metallb-speaker": metalLbVersion },
    },
    {
      // Alone: it imports logrus by a name that differs from everybody else's only in one capital letter.
      name: "local-path-provisioner",
      version: localPathProvisionerVersion,
      module: "local-path-provisioner",
      package: "github.com/rancher/local-path-provisioner",
      linkerValues: { "main.VERSION": `v${localPathProvisionerVersion}` },
      executables: { "local-path-provisioner": localPathProvisionerVersion },
    },
    traefik,
    ...cniPluginNames.map((name) => cniPlugin(name)),
    helper("pause", release.pauseVersion),
    helper("host-exec", packageVersion()),
    helper("local-path-helper", packageVersion()),
    helper("kubelet-csr-approver", packageVersion()),
    {
      ...helper("gateway-kinds", gatewayApiVersion),
      embed: {
        module: "sigs.k8s.io/gateway-api",
        from: "config/crd/standard",
        into: "cmd/gateway-kinds/kinds",
        files: gatewayKindNames.map((name) => `gateway.networking.k8s.io_${name}.yaml`),
      },
    },
  ];
}

/**
 * Without the client of EC2, which takes as long to compile as all the rest of
 * it: with that it tells EC2 to let an instance send for other addresses than
 * its own, where a node says that it is one. No host of one's own does.
 */
const kubeRouter: GoBuild = {
  name: "kube-router",
  version: kubeRouterVersion,
  module: "addons",
  package: "github.com/cloudnativelabs/kube-router/v2/cmd/kube-router",
  linkerValues: { "github.com/cloudnativelabs/kube-router/v2/pkg/version.Version": `v${kubeRouterVersion}` },
  executables: { "kube-router": kubeRouterVersion },
  patches: [
    {
      module: "github.com/cloudnativelabs/kube-router/v2",
      without: [],
      files: {
        "pkg/controllers/routing/aws.go": `package routing

func (nrc *NetworkRoutingController) disableSourceDestinationCheck() {}
`,
      },
    },
  ],
};

/**
 * Without the clients of some 150 DNS services, with which it could prove to a
 * certificate authority that a name is its own: they are most of what there is
 * to compile, and no gateway of a cluster is told to use them.
 */
const traefik: GoBuild = {
  name: "traefik",
  version: traefikVersion,
  module: "addons",
  package: "github.com/traefik/traefik/v3/cmd/traefik",
  linkerValues: { "github.com/traefik/traefik/v3/pkg/version.Version": traefikVersion },
  executables: { traefik: traefikVersion },
  patches: [
    {
      module: "github.com/go-acme/lego/v4",
      without: ["providers"],
      files: {
        "providers/dns/none.go": `package dns

import (
	"fmt"

	"github.com/go-acme/lego/v4/challenge"
)

// NewDNSChallengeProviderByName knows no provider.
func NewDNSChallengeProviderByName(name string) (challenge.Provider, error) {
	return nil, fmt.Errorf("%s: this program is built without the DNS challenge", name)
}
`,
      },
    },
  ],
};

const cniPluginFolders = { bridge: "main", loopback: "main", "host-local": "ipam", portmap: "meta" } as const;

function cniPlugin(name: (typeof cniPluginNames)[number]): GoBuild {
  const module = "github.com/containernetworking/plugins";
  return {
    name,
    version: cniPluginsVersion,
    module: "cni-plugins",
    package: `${module}/plugins/${cniPluginFolders[name]}/${name}`,
    linkerValues: { [`${module}/pkg/utils/buildversion.BuildVersion`]: `v${cniPluginsVersion}` },
    executables: { [name]: cniPluginsVersion },
  };
}

/** Programs of our own, short and without any dependency. */
function helper(name: BuildName & PartName, version: string): GoBuild {
  return {
    name,
    version,
    module: "helpers",
    package: `./cmd/${name}`,
    linkerValues: {},
    executables: { [name]: version },
  };
}
