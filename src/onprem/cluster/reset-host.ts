import type { Remote } from "../remote.js";

/**
 * Takes everything of a cluster off a host: containers, mounts, interfaces,
 * rules, files. Each line can be repeated, and does nothing where there is
 * nothing. The order is that of dependence: what restarts things goes first.
 */
const script = String.raw`
set -u
# "whole": nothing stays; "again": what was prepared for a node stays, for the next attempt to make one.
how=$1
# 1. What would start things again.
systemctl disable --now kubelet.service >/dev/null 2>&1
[ "$how" = whole ] && systemctl disable --now keepalived.service haproxy.service >/dev/null 2>&1
systemctl stop 'isokube-kubeadm-*.service' >/dev/null 2>&1
systemctl reset-failed 'isokube-kubeadm-*.service' kubelet.service >/dev/null 2>&1

# 2. Containers, with their shims: containerd stays up to take them down in order.
if command -v ctr >/dev/null 2>&1 && systemctl is-active --quiet containerd; then
  for task in $(timeout 20 ctr -n k8s.io tasks ls -q 2>/dev/null); do
    timeout 10 ctr -n k8s.io tasks kill -s SIGKILL "$task" >/dev/null 2>&1
  done
  for task in $(timeout 20 ctr -n k8s.io tasks ls -q 2>/dev/null); do
    timeout 10 ctr -n k8s.io tasks delete -f "$task" >/dev/null 2>&1
  done
  for container in $(timeout 20 ctr -n k8s.io containers ls -q 2>/dev/null); do
    timeout 10 ctr -n k8s.io containers delete "$container" >/dev/null 2>&1
  done
  if [ "$how" = whole ]; then
    images=$(timeout 20 ctr -n k8s.io images ls -q 2>/dev/null)
    [ -n "$images" ] && timeout 60 ctr -n k8s.io images rm --sync $images >/dev/null 2>&1
  fi
fi

# 3. Mounts of volumes and sandboxes, the deepest first.
for attempt in 1 2 3; do
  mounts=$(awk '$5 ~ "^/var/lib/kubelet/|^/run/netns/cni-|^/run/containerd/io.containerd.grpc.v1.cri/|^/run/containerd/io.containerd.runtime.v2.task/k8s.io/" { print $5 }' /proc/self/mountinfo | sort -r)
  [ -z "$mounts" ] && break
  printf '%s\n' "$mounts" | while IFS= read -r mount; do umount -l "$mount" 2>/dev/null; done
done
for namespace in /run/netns/cni-*; do
  [ -e "$namespace" ] && rm -f "$namespace"
done

# 4. Interfaces of the network plugin and of Services; asked of the kernel, because /sys may be another namespace's.
for bridge in kube-bridge cni0; do
  ip -o link show master "$bridge" 2>/dev/null | awk -F': ' '{ sub(/@.*/, "", $2); print $2 }' |
    while IFS= read -r link; do ip link delete "$link" 2>/dev/null; done
done
ip -o link show | awk -F': ' '{ sub(/@.*/, "", $2); print $2 }' | while IFS= read -r link; do
  case $link in
    kube-bridge | kube-dummy-if | kube-ipvs0 | cni0 | nodelocaldns | tun-*) ip link delete "$link" 2>/dev/null ;;
  esac
done

# 5. Rules: whole tables of kube-proxy's nftables mode; elsewhere only the chains that Kubernetes named.
if command -v nft >/dev/null 2>&1; then
  for family in ip ip6; do nft delete table "$family" kube-proxy 2>/dev/null; done
fi
for save in iptables-save ip6tables-save; do
  command -v "$save" >/dev/null 2>&1 || continue
  rules=$("$save" 2>/dev/null)
  case $rules in
    *KUBE-* | *CNI-* | *kube-bridge*)
      printf '%s\n' "$rules" | grep -Ev 'KUBE-|CNI-|kube-router|kube-bridge|allow outbound node port traffic on node interface' | "$(printf %s "$save" | sed s/-save/-restore/)" 2>/dev/null ;;
  esac
done
if command -v ipset >/dev/null 2>&1; then
  for set in $(ipset list -n 2>/dev/null | grep -E '^(inet6:)?(kube-router-|KUBE-)'); do ipset destroy "$set" 2>/dev/null; done
fi
# Tables of iptables that hold no rule any more: nothing is left of them in a host that had none.
if command -v nft >/dev/null 2>&1; then
  for table in 'ip filter' 'ip nat' 'ip mangle' 'ip raw' 'ip6 filter' 'ip6 nat' 'ip6 mangle' 'ip6 raw'; do
    listing=$(nft list table $table 2>/dev/null) || continue
    printf '%s\n' "$listing" |
      grep -Evq '^(#.*|table .*\{|[[:space:]]*chain [A-Z]+ \{|[[:space:]]*type .* policy accept;|[[:space:]]*\}|)$' ||
      nft delete table $table 2>/dev/null
  done
fi
ip rule list | awk -F: '/lookup (kube-router|custom_dsr|77|78)/ { print $1 }' | while read -r priority; do ip rule del priority "$priority" 2>/dev/null; done
ip route flush proto 17 2>/dev/null

# 6. Files.
rm -rf /etc/kubernetes/pki /etc/kubernetes/manifests /etc/kubernetes/tmp /etc/kubernetes/*.conf /var/lib/etcd \
  /var/lib/kubelet /var/lib/cni /var/lib/kube-router /etc/kube-router /var/log/pods /var/log/containers \
  /run/isokube-kubeadm.*
if [ "$how" = whole ]; then
  rm -rf /etc/cni/net.d /etc/kubernetes /opt/cni/bin /var/log/kubernetes /run/isokube/kubectl
  # Made by the kubelet and by mounts of pods, and not ours where something is in them.
  rmdir -p /usr/libexec/kubernetes/kubelet-plugins/volume/exec 2>/dev/null
  rmdir /lib/modules 2>/dev/null
else
  # Not the folder itself: containerd watches it, and would never see another one of its name.
  [ ! -d /etc/cni/net.d ] || find /etc/cni/net.d -mindepth 1 -delete
  # Enabled, as the phase left it: it waits for its configuration.
  systemctl enable kubelet.service >/dev/null 2>&1
fi
exit 0
`;

/** `whole`: the host leaves for good. `again`: it is about to join once more, so what was prepared for that stays. */
export type ResetKind = "whole" | "again";

/** Leaves no process, mount, interface, rule or file of the cluster; packages, and what `restoreHost` puts back, aside. */
export async function resetHost(remote: Remote, signal: AbortSignal, kind: ResetKind): Promise<void> {
  await remote.runUnit({ unit: "isokube-reset", text: script, args: [kind], timeoutSeconds: 240, signal });
}
