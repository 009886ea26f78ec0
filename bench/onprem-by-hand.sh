#!/bin/sh
# The peer of the bench `onprem`: what somebody types who makes the same cluster by hand from the same parts.
# `onprem-by-hand.sh up FOLDER` makes it of the hosts that FOLDER/hosts lists, one of them a control plane;
# `onprem-by-hand.sh join FOLDER` lets the hosts of FOLDER/joining join. Each line there: NAME ADDRESS ROLE.
set -eu
what=$1 folder=$2
. "$folder/settings.sh" # key, bundle, kubectl
options="-i $key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR"

# on ADDRESS: runs the script on standard input there, as root.
on() { ssh $options "ops@$1" sudo sh -eu; }

# put ADDRESS FILE PLACE MODE
put() { ssh $options "ops@$1" "sudo sh -c 'mkdir -p $(dirname "$3") && cat > $3 && chmod $4 $3'" < "$2"; }

prepare() { # NAME ADDRESS ROLE
  put "$2" "$folder/modules.conf" /etc/modules-load.d/kubernetes.conf 644
  put "$2" "$folder/sysctl.conf" /etc/sysctl.d/99-kubernetes.conf 644
  put "$2" "$folder/containerd.toml" /etc/containerd/config.toml 644
  put "$2" "$folder/kubelet.service" /etc/systemd/system/kubelet.service 644
  put "$2" "$folder/10-kubeadm.conf" /etc/systemd/system/kubelet.service.d/10-kubeadm.conf 644
  put "$2" "$bundle/bin/kubernetes-node" /usr/local/bin/kubelet 755
  tar -C "$bundle" -c cni | ssh $options "ops@$2" "sudo sh -c 'mkdir -p /opt/cni/bin && tar -x --no-same-owner --strip-components=1 -C /opt/cni/bin'"
  on "$2" << 'END'
ln -f /usr/local/bin/kubelet /usr/local/bin/kubeadm
ln -f /usr/local/bin/kubelet /usr/local/bin/kubectl
modprobe -a overlay br_netfilter 2> /dev/null || true
sysctl --quiet --load /etc/sysctl.d/99-kubernetes.conf
systemctl daemon-reload
systemctl restart containerd
systemctl enable --quiet kubelet
END
  for archive in "$bundle"/images/*.tar; do
    case $3/$archive in worker/*/control-plane.tar) continue ;; esac
    ssh $options "ops@$2" sudo ctr --namespace k8s.io images import --no-unpack=false - < "$archive" > /dev/null
  done
}

join() { # NAME ADDRESS TOKEN HASH
  sed "s/TOKEN/$3/; s/HASH/$4/" "$folder/join-$1.yaml" > "$folder/join-$1.now"
  put "$2" "$folder/join-$1.now" /run/join.yaml 600
  echo "PATH=/usr/local/bin:\$PATH kubeadm join --config /run/join.yaml --ignore-preflight-errors=all; rm /run/join.yaml" | on "$2"
}

# all COMMAND LIST ARGUMENTS: the command for each host of a list, side by side.
all() {
  command=$1 list=$2
  shift 2
  jobs=
  while read -r name address role; do
    [ "$command" = join ] && [ "$role" = controlPlane ] && continue
    case $command in
      prepare) prepare "$name" "$address" "$role" < /dev/null & ;;
      join) join "$name" "$address" "$@" < /dev/null & ;;
    esac
    jobs="$jobs $!"
  done < "$list"
  for job in $jobs; do wait "$job"; done
}

joinAll() { # LIST
  set -- "$1" $(echo "PATH=/usr/local/bin:\$PATH kubeadm token create --print-join-command --kubeconfig /etc/kubernetes/admin.conf" | on "$first" |
    sed -n 's/.*--token \([^ ]*\).*sha256:\([0-9a-f]*\).*/\1 \2/p')
  all join "$1" "$2" "$3"
}

k() { "$kubectl" --kubeconfig "$folder/admin.conf" "$@"; }
first=$(awk '$3 == "controlPlane" { print $2; exit }' "$folder/hosts")

case $what in
  up)
    all prepare "$folder/hosts"
    put "$first" "$folder/audit-policy.yaml" /etc/kubernetes/isokube/audit-policy.yaml 600
    put "$first" "$folder/encryption.yaml" /etc/kubernetes/isokube/encryption.yaml 600
    put "$first" "$folder/init.yaml" /run/init.yaml 600
    on "$first" << 'END'
PATH=/usr/local/bin:$PATH
kubeadm init --config /run/init.yaml --ignore-preflight-errors=all --skip-token-print
END
    echo "cat /etc/kubernetes/admin.conf" | on "$first" > "$folder/admin.conf"
    k --namespace kube-system patch daemonset kube-proxy --type=strategic --patch-file "$folder/kube-proxy.json"
    joinAll "$folder/hosts"
    k apply --filename "$folder/objects.json"
    k wait --for=condition=Established --timeout=60s crd --all
    k apply --filename "$folder/resources.json"
    k wait --for=condition=Ready --timeout=300s node --all
    k get deployments,daemonsets --all-namespaces --output jsonpath='{range .items[*]}{.metadata.namespace} {.kind}/{.metadata.name}{"\n"}{end}' |
      while read -r namespace object; do k --namespace "$namespace" rollout status "$object" --timeout=300s < /dev/null; done
    k apply --filename "$folder/gateways.json"
    ;;
  join)
    all prepare "$folder/joining"
    joinAll "$folder/joining"
    while read -r name address role; do
      k wait --for=condition=Ready --timeout=300s "node/$name" < /dev/null
    done < "$folder/joining"
    ;;
esac
