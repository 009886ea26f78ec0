import { sha256Function } from "../host/shell-sha256.js";

/**
 * Everything that is to be known of a host, in one round trip. Each fact is
 * written as `key NUL value NUL`: no value of a shell can hold a NUL byte and
 * those of files are taken out, so no value can be taken for another fact.
 *
 * "$1" to "$6" are lists, a line each: files, services, sysctls, packages, disks, kernel features.
 * Keys never leave the host: of a file that may hold one only certificates do.
 */
export const factsScript = `
set -u
set -f
umask 077
newline='
'
${sha256Function}fact() { printf '%s\\0%s\\0' "$1" "$2"; }
# A value that a command or file gives, whatever it is.
given() { printf '%s\\0' "$1"; shift; "$@" 2> /dev/null | head -c 1048576 | tr -d '\\000'; printf '\\0'; }
# Only builtins: one process for each of many small files would take most of the time.
small() { value=; if [ -r "$2" ]; then IFS= read -r value < "$2" 2> /dev/null || :; fi; fact "$1" "$value"; }

fact begun "$(date +%s.%N)"
given os-release cat /etc/os-release
fact uname "$(uname -m -r -n)"
small machine-id /etc/machine-id
small product-uuid /sys/class/dmi/id/product_uuid
if [ -d /run/systemd/system ]; then given systemd systemctl is-system-running; else fact systemd none; fi
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then fact cgroup 2; else fact cgroup 1; fi
fact cpus "$(nproc)"
given meminfo head -n 1 /proc/meminfo
given swaps cat /proc/swaps
given addresses ip -json address show
given routes ip -json route show default
if command -v ss > /dev/null; then given listening ss -Hltnp; else given sockets cat /proc/net/tcp /proc/net/tcp6; fi
given marker cat /etc/isokube/node.json
if [ -d /var/lib/etcd/member ]; then fact etcd-data yes; else fact etcd-data no; fi

IFS=$newline
for disk in $5; do
  at=$disk
  while [ ! -e "$at" ] && [ -n "$at" ]; do at=\${at%/*}; done
  fact "disk $disk" "$(stat -f -c '%S %a %b' -- "\${at:-/}" 2> /dev/null)"
done
for name in $3; do
  path=/proc/sys/$(IFS=.; set -- $name; IFS=/; printf '%s' "$*")
  # Not by the shell: it reads a byte at a time, and the kernel gives the first one only.
  [ -e "$path" ] && given "sysctl $name" cat "$path"
done
for name in $6; do
  # What the kernel shows, whether it is a module or built in: modprobe knows only modules.
  state=missing
  [ -d "/sys/module/$name" ] && state=present
  case $name in
    overlay) grep -qw overlay /proc/filesystems && state=present ;;
    br_netfilter) [ -d /proc/sys/net/bridge ] && state=present ;;
    nf_tables) command -v nft > /dev/null && nft list tables > /dev/null 2>&1 && state=present ;;
  esac
  if [ "$state" = missing ]; then
    if grep -qs "/$name\\.ko" "/lib/modules/$(uname -r)/modules.builtin"; then state=present
    elif command -v modprobe > /dev/null && modprobe -n -q "$name" 2> /dev/null; then state=loadable; fi
  fi
  fact "feature $name" "$state"
done
regular=
for file in $1; do [ -f "$file" ] && regular=$regular$file$newline; done
if [ -n "$regular" ]; then
  given modes stat -L -c '%a %n' -- $regular
  # A file of several names is read once: kubelet, kubeadm and kubectl may be the same 100 MB.
  names=$(stat -L -c '%d:%i %n' -- $regular)
  fact inodes "$names"
  given digests sha256 $(printf '%s\\n' "$names" | awk '!seen[$1]++ { print substr($0, index($0, " ") + 1) }')
fi
if [ -n "$2" ] && [ -d /run/systemd/system ]; then
  units=
  for service in $2; do units=$units$service.service$newline; done
  given services systemctl show -p LoadState -p ActiveState -p UnitFileState -- $units
fi
if [ -n "$4" ]; then
  if [ -e /var/lib/dpkg/status ]; then
    given packages dpkg-query -W -f '\${Package}\\t\${db:Status-Status}\\t\${Version}\\n' -- $4
  elif command -v rpm > /dev/null; then
    for name in $4; do
      # By what it provides: curl is curl-minimal on some, containerd is containerd.io.
      version=$(rpm -q --whatprovides --qf '%{VERSION}-%{RELEASE}\\n' -- "$name" 2> /dev/null) && fact "package $name" "\${version%%"$newline"*}"
    done
  fi
fi

set +f
certificates() { sed -n '/^-----BEGIN CERTIFICATE-----/,/^-----END CERTIFICATE-----/p' "$1"; }
embedded() { sed -n 's/^ *client-certificate-data: *//p' "$1"; }
for file in /etc/kubernetes/pki/*.crt /etc/kubernetes/pki/etcd/*.crt /var/lib/kubelet/pki/*.crt /var/lib/kubelet/pki/*-current.pem; do
  [ -f "$file" ] && given "certificate $file" certificates "$file"
done
for file in /etc/kubernetes/*.conf; do
  [ -f "$file" ] && given "kubeconfig $file" embedded "$file"
done
if [ -S /run/containerd/containerd.sock ] && command -v ctr > /dev/null; then
  given images timeout 5 ctr --namespace k8s.io images list --quiet
fi
fact ended "$(date +%s.%N)"
`;
