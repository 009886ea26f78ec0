/** With this the script ends when something of the cluster is still there; its output names each, and last why. */
export const stillThereCode = 3;

/**
 * Takes everything of a cluster off a host: containers, mounts, interfaces,
 * rules, files. Each line can be repeated, and does nothing where there is
 * nothing. The order is that of dependence: what restarts things goes first.
 *
 * containerd may still be at a pod that the kubelet asked for before it was
 * stopped, and gives up on it or brings it up while all else is taken off. So
 * the script looks again when it is through, and again takes off what it finds.
 */
export const resetScript = String.raw`
set -u
# "whole": nothing stays; "again": what was prepared for a node stays, for the next attempt to make one.
how=$1

# What a cluster keeps on a host, a line each; nothing where there is nothing.
shims() {
  grep -lzs containerd-shim /proc/[0-9]*/cmdline | xargs -r grep -lzs '^k8s\.io$' | while IFS= read -r file; do
    { tr '\0' ' ' < "$file"; } 2>/dev/null && echo
  done
}
mounts() {
  awk '$5 ~ "^/var/lib/kubelet/|^/run/netns/cni-|^/run/containerd/io.containerd.grpc.v1.cri/|^/run/containerd/io.containerd.runtime.v2.task/k8s.io/" { print $5 }' /proc/self/mountinfo | sort -r
}
namespaces() {
  for each in /run/netns/cni-*; do [ ! -e "$each" ] || echo "$each"; done
}
# Asked of the kernel, because /sys may be another namespace's.
links() {
  for bridge in kube-bridge cni0; do ip -o link show master "$bridge" 2>/dev/null; done |
    awk -F': ' '{ sub(/@.*/, "", $2); print $2 }'
  ip -o link show | awk -F': ' '{ sub(/@.*/, "", $2); print $2 }' |
    grep -E '^(kube-bridge|kube-dummy-if|kube-ipvs0|cni0|nodelocaldns|tun-.*)$'
}
# Of whole tables only those of kube-proxy's nftables mode.
tables() {
  ! command -v nft >/dev/null 2>&1 || nft list tables 2>/dev/null | sed -n 's/^table \(ip6* kube-proxy\)$/\1/p'
}
marks='KUBE-|CNI-|kube-router|kube-bridge|allow outbound node port traffic on node interface'
rules() {
  ! command -v "$1" >/dev/null 2>&1 || "$1" 2>/dev/null | grep -E "$marks"
}
sets() {
  ! command -v ipset >/dev/null 2>&1 || ipset list -n 2>/dev/null | grep -E '^(inet6:)?(kube-router-|KUBE-)'
}
rule_priorities() {
  ip rule list | awk -F: '/lookup (kube-router|custom_dsr|77|78)/ { print $1 }'
}
files() {
  set -- /etc/kubernetes/pki /etc/kubernetes/manifests /etc/kubernetes/tmp /etc/kubernetes/*.conf /var/lib/etcd \
    /var/lib/kubelet /var/lib/cni /var/lib/kube-router /etc/kube-router /var/log/pods /var/log/containers \
    /run/isokube-kubeadm.*
  [ "$how" != whole ] || set -- "$@" /etc/cni/net.d /etc/kubernetes /opt/cni/bin /var/log/kubernetes /run/isokube/kubectl
  for each in "$@"; do [ ! -e "$each" ] && [ ! -L "$each" ] || echo "$each"; done
}
left_over() {
  ! systemctl is-active --quiet kubelet.service || echo "the service kubelet"
  shims | sed 's/^/process /'
  mounts | sed 's/^/mount /'
  namespaces | sed 's/^/network namespace /'
  links | sort -u | sed 's/^/interface /'
  tables | sed 's/^/nft table /'
  for save in iptables-save ip6tables-save; do rules "$save" | sed "s/^/$save /"; done
  sets | sed 's/^/ipset /'
  rule_priorities | sed 's/^/routing rule /'
  # A disk of its own that is mounted there stays, empty.
  files | while IFS= read -r file; do
    mountpoint -q "$file" && [ -z "$(find "$file" -mindepth 1 -print -quit)" ] || echo "file $file"
  done
}

take_off() {
  # 1. What would start things again.
  systemctl disable --now kubelet.service >/dev/null 2>&1
  [ "$how" = whole ] && systemctl disable --now keepalived.service haproxy.service >/dev/null 2>&1
  systemctl stop 'isokube-kubeadm-*.service' >/dev/null 2>&1
  systemctl reset-failed 'isokube-kubeadm-*.service' kubelet.service >/dev/null 2>&1

  # 2. Containers, with their shims: containerd is up to take them down in order.
  [ -z "$(shims)" ] || systemctl start containerd >/dev/null 2>&1
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

  # 3. Mounts of volumes and sandboxes, the deepest first; some are there more than once.
  for attempt in 1 2 3; do
    mounted=$(mounts)
    [ -z "$mounted" ] && break
    printf '%s\n' "$mounted" | while IFS= read -r mount; do umount -l "$mount" 2>/dev/null; done
  done
  namespaces | while IFS= read -r namespace; do rm -f "$namespace"; done

  # 4. Interfaces of the network plugin and of Services.
  links | while IFS= read -r link; do ip link delete "$link" 2>/dev/null; done

  # 5. Rules: elsewhere than in kube-proxy's own tables only the chains that Kubernetes named.
  tables | while read -r family table; do nft delete table "$family" "$table" 2>/dev/null; done
  for save in iptables-save ip6tables-save; do
    [ -z "$(rules "$save")" ] ||
      "$save" 2>/dev/null | grep -Ev "$marks" | "$(printf %s "$save" | sed s/-save/-restore/)" 2>/dev/null
  done
  for set in $(sets); do ipset destroy "$set" 2>/dev/null; done
  # Tables of iptables that hold no rule any more: nothing is left of them in a host that had none.
  if command -v nft >/dev/null 2>&1; then
    for table in 'ip filter' 'ip nat' 'ip mangle' 'ip raw' 'ip6 filter' 'ip6 nat' 'ip6 mangle' 'ip6 raw'; do
      listing=$(nft list table $table 2>/dev/null) || continue
      printf '%s\n' "$listing" |
        grep -Evq '^(#.*|table .*\{|[[:space:]]*chain [A-Z]+ \{|[[:space:]]*type .* policy accept;|[[:space:]]*\}|)$' ||
        nft delete table $table 2>/dev/null
    done
  fi
  rule_priorities | while read -r priority; do ip rule del priority "$priority" 2>/dev/null; done
  ip route flush proto 17 2>/dev/null

  # 6. Files.
  files | while IFS= read -r file; do rm -rf "$file"; done
  if [ "$how" = whole ]; then
    # Made by the kubelet and by mounts of pods, and not ours where something is in them.
    rmdir -p /usr/libexec/kubernetes/kubelet-plugins/volume/exec 2>/dev/null
    rmdir /lib/modules 2>/dev/null
  else
    # Not the folder itself: containerd watches it, and would never see another one of its name.
    [ ! -d /etc/cni/net.d ] || find /etc/cni/net.d -mindepth 1 -delete
    # Enabled, as the phase left it: it waits for its configuration.
    systemctl enable kubelet.service >/dev/null 2>&1
  fi
}

# What is in the way goes by itself within seconds, or not at all; on a busy host one round takes long.
begun=$(date +%s)
rounds=0
while :; do
  rounds=$((rounds + 1))
  said=$(take_off 2>&1)
  left=$(left_over 2>/dev/null)
  [ -n "$left" ] || exit 0
  [ "$rounds" -lt 3 ] || [ $(($(date +%s) - begun)) -lt 30 ] || break
  sleep 1
done
printf '%s\n' "$left"
printf '%s\n' "$said" | tail -n 3
exit ${stillThereCode}
`;
