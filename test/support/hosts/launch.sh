#!/bin/sh
# One test host from power-on to power-off: `sh launch.sh FOLDER`, in a mount namespace of its own, so that whatever
# is mounted here goes away with the last process of the host. FOLDER/settings.sh says everything else.
set -eu
folder=$1
. "$folder/settings.sh"
# shellcheck disable=SC2154 # settings.sh sets: name run switch port address prefix gateway mac base cgroups
# Every process of the host is in these groups: that keeps the kubelets of two hosts from tidying one another's pods
# away, and it is how all of a host is found when it must be killed.
for group in $cgroups; do
  echo $$ > "$group/cgroup.procs"
done

# The disk is a file with a file system of its own: it has a size that can be filled, and a container runtime may put
# overlays on it (which it may not on an overlay).
mkdir -p "$folder/disk" "$folder/root"
mount -o loop "$folder/disk.img" "$folder/disk"
first=no
if [ ! -e "$folder/disk/work" ]; then
  first=yes
  mkdir -p "$folder/disk/changes"
  cp -a "$base/var/lib" "$folder/disk/var-lib"
  mkdir "$folder/disk/work"
fi
mount -t overlay overlay -o "lowerdir=$base,upperdir=$folder/disk/changes,workdir=$folder/disk/work" "$folder/root"
mount --bind "$folder/disk/var-lib" "$folder/root/var/lib"
if [ "$first" = yes ]; then
  cp -a "$folder/identity/." "$folder/root/"
  chroot "$folder/root" chpasswd --crypt-method SHA512 < "$folder/passwords"
  chroot "$folder/root" chown -R ops:ops /home/ops
fi

# What systemd-nspawn notes about its containers would outlive one that is killed.
mkdir -p /run/systemd
mount -t tmpfs -o mode=755 tmpfs /run/systemd

# A machine that boots has an empty network: no address, rule or bridge of its former life.
network() {
  ip -n "$switch" link del "$port" 2> /dev/null || true
  ip netns del "$run-$name" 2> /dev/null || true
  ip netns add "$run-$name"
  ip -n "$switch" link add "$port" type veth peer name eth0 address "$mac" netns "$run-$name"
  ip -n "$switch" link set "$port" master bridge
  [ -e "$folder/cut" ] || ip -n "$switch" link set "$port" up
  ip -n "$run-$name" link set lo up
  ip -n "$run-$name" link set eth0 up
  ip -n "$run-$name" address add "$address/$prefix" dev eth0
  ip -n "$run-$name" route add default via "$gateway"
}

modules=
[ -d /lib/modules ] && modules=--bind-ro=/lib/modules
kernel_log=
[ -c /dev/kmsg ] && kernel_log=--bind=/dev/kmsg
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=yes SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=no
while :; do
  network
  code=0
  # shellcheck disable=SC2086 # each is one word or none
  systemd-nspawn --quiet --directory="$folder/root" --boot --machine="$name" --register=no --keep-unit \
    --network-namespace-path="/run/netns/$run-$name" --resolv-conf=off --timezone=off --link-journal=no \
    --capability=all --system-call-filter="@keyring bpf @mount @module" \
    --bind="$folder/disk/var-lib:/var/lib" $modules $kernel_log --console=read-only || code=$?
  # 133 is how systemd-nspawn says that the machine inside asked for a reboot.
  [ "$code" = 133 ] || exit "$code"
done
