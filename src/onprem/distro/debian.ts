import type { Distro } from "./distro.js";

/** Another run of apt (unattended upgrades, mostly) is waited for this long. */
const lockSeconds = 300;
const installSeconds = 900;

/**
 * `policy-rc.d` tells the packages' scripts to start nothing: services start when
 * their configuration is there. One that the host has already is left alone.
 * Nothing is removed for what is new, and configuration files stay as they are.
 */
const installText = `
set -eu
policy=/usr/sbin/policy-rc.d
# One that a killed run left behind is ours too.
if [ ! -e "$policy" ] || grep -q '^# isokube$' "$policy"; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' HUP INT TERM
  printf '#!/bin/sh\\n# isokube\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l APT_LISTCHANGES_FRONTEND=none
# A host whose mirror cannot be reached may still have the packages in its cache: the installation decides.
apt-get -q -o Acquire::Retries=1 update || echo "the package lists could not be refreshed"
install_all() {
  apt-get -q -y -o DPkg::Lock::Timeout=${lockSeconds} -o Acquire::Retries=1 \\
    -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \\
    --no-install-recommends --no-remove install -- "$@"
}
# An installation that was cut off half-way must be finished before the next one.
install_all "$@" || { dpkg --configure -a && install_all "$@"; }
`;

export const debian = {
  name: "Debian and Ubuntu",
  matches: ({ id, idLike }) => ["debian", "ubuntu"].some((name) => id === name || idLike.includes(name)),
  packages: {
    node: [
      "ca-certificates",
      "conntrack",
      "containerd",
      "curl",
      "ethtool",
      "iproute2",
      "ipset",
      "iptables",
      "kmod",
      "nftables",
      "procps",
      "socat",
      "util-linux",
    ],
    virtualAddress: ["haproxy", "keepalived"],
  },
  installPackages: (names) => ({ text: installText, args: names, timeoutSeconds: installSeconds }),
  containerdService: "containerd",
  caBundle: "/etc/ssl/certs/ca-certificates.crt",
} satisfies Distro;
