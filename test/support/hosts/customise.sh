#!/bin/sh
# What makes the packages a host, once for all hosts; mmdebstrap calls this with the new root. What differs from host
# to host (names, keys, addresses, passwords) is no part of it.
set -eu
root=$1

rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname"
: > "$root/etc/machine-id"
# The engine under test decides when these two run; their packages start them as soon as they are installed.
chroot "$root" systemctl --quiet disable haproxy.service keepalived.service
# Nobody logs in on a console, and nothing may update itself during a test.
chroot "$root" systemctl --quiet mask console-getty.service getty.target \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
# Kernel settings that Debian ships are the whole machine's, not the host's. What a test's engine puts into
# /etc/sysctl.d still applies.
rm -f "$root"/usr/lib/sysctl.d/*.conf

chroot "$root" useradd --create-home --shell /bin/bash ops
mkdir -p "$root/home/ops/.ssh" "$root/root/.ssh"
chmod 700 "$root/home/ops/.ssh" "$root/root/.ssh"

# systemd-nspawn gives the host its own cgroups, all of them read-only but systemd's.
cat > "$root/etc/systemd/system/writable-cgroups.service" << 'UNIT'
[Unit]
Description=Make the controllers writable that the container manager mounted read-only
DefaultDependencies=no
Before=sysinit.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'for each in /sys/fs/cgroup/*; do ! mountpoint -q "$each" || mount -o remount,bind,rw "$each"; done'

[Install]
WantedBy=sysinit.target
UNIT
chroot "$root" systemctl --quiet enable writable-cgroups.service
