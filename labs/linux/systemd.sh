#!/bin/bash
# Becomes a systemd of the lab's own: process 1 of its process-id namespace. Its units are those in a folder, and its control groups are
# below GROUP, which must be its own.
#   systemd.sh begin UNITS GROUP
set -eu
export SYSTEMD_UNIT_PATH="$2" container=roamkit-lab

# Either the unified hierarchy alone, or systemd's old one with the unified one beside it.
if grep -q name=systemd /proc/self/cgroup; then
  hierarchies='/sys/fs/cgroup/systemd /sys/fs/cgroup/unified'
  mount -t tmpfs tmpfs /sys/fs/cgroup
  mkdir $hierarchies
  mount -t cgroup -o none,name=systemd cgroup /sys/fs/cgroup/systemd
  mount -t cgroup2 cgroup2 /sys/fs/cgroup/unified
else
  hierarchies=/sys/fs/cgroup
  mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
if [ "$1" = begin ]; then
  for hierarchy in $hierarchies; do
    mkdir "$hierarchy/$3"
    echo $$ > "$hierarchy/$3/cgroup.procs"
  done
  exec unshare --pid --fork --kill-child --mount --mount-proc --cgroup "$0" continue "$2" "$3"
fi
# Here programs look whether systemd runs. The lab's daemons are not to find it.
mkdir -p /run/systemd
mount -t tmpfs -o mode=755 tmpfs /run/systemd
exec /lib/systemd/systemd --system --log-target=console --show-status=no --default-standard-output=null
