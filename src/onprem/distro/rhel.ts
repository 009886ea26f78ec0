import type { Distro } from "./distro.js";

const installSeconds = 900;

/**
 * These distributions start nothing at installation. Names are asked for by what
 * packages provide: `containerd` is `containerd.io` where Docker's repository is
 * set up, which RHEL and its rebuilds need, since they have none of their own.
 */
const installText = `
set -eu
dnf -q -y --setopt=install_weak_deps=False --setopt=retries=1 install -- "$@"
`;

const ids = ["rhel", "rocky", "almalinux", "centos", "fedora"];

export const rhel = {
  name: "RHEL, Rocky, Alma, CentOS Stream and Fedora",
  matches: ({ id, idLike }) => ids.some((name) => id === name || idLike.includes(name)),
  packages: {
    node: [
      "ca-certificates",
      "conntrack-tools",
      "containerd",
      "curl",
      "ethtool",
      "ipset",
      "iproute",
      "iproute-tc",
      "iptables-nft",
      "kmod",
      "nftables",
      "procps-ng",
      "socat",
      "util-linux",
    ],
    virtualAddress: ["haproxy", "keepalived"],
  },
  installPackages: (names) => ({ text: installText, args: names, timeoutSeconds: installSeconds }),
  containerdService: "containerd",
  caBundle: "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
} satisfies Distro;
