#!/bin/bash
# Runs a program as a container engine does: in a root directory that has an operating system, Node and /app, and nothing of the host but
# /run/dbus; without capabilities; in namespaces of its own.
#   container.sh host|own USER APP COMMAND...
# USER: a number, or `rootless:NUMBER`: the root of a user namespace, which is that user outside.
set -eu
network=$1 user=$2 app=$3
shift 3

# In each container's own mount namespace.
root=/run/roamkit-lab/container
if [ "${ROAMKIT_CONTAINER-}" = '' ]; then
  mkdir -p "$root"
  options='--mount --pid --fork --kill-child --ipc --uts'
  [ "$network" = own ] && options="$options --net"
  # shellcheck disable=SC2086
  ROAMKIT_CONTAINER=1 exec unshare $options "$0" "$network" "$user" "$app" "$@"
fi

mount -t tmpfs -o mode=755 tmpfs "$root"
mkdir -p "$root"/{app,usr,proc,dev,tmp,etc,run/dbus,sys}
for name in bin lib lib64 sbin; do ln -s "usr/$name" "$root/$name"; done
mount --bind -o ro /usr "$root/usr"
mount --rbind "$app" "$root/app"
mount --bind -o ro /run/dbus "$root/run/dbus"
for name in null urandom; do touch "$root/dev/$name"; mount --bind "/dev/$name" "$root/dev/$name"; done
[ "$network" = own ] && ip link set lo up

clean=(env -i PATH=/usr/local/bin:/usr/bin:/usr/sbin HOME=/tmp)
inside=(chroot "$root" env --chdir=/app setpriv --no-new-privs --bounding-set=-all)
case $user in
  rootless:*)
    number=${user#rootless:}
    exec setpriv --reuid="$number" --regid="$number" --clear-groups \
      unshare --user --map-root-user --mount --pid --fork --kill-child --mount-proc="$root/proc" "${clean[@]}" "${inside[@]}" "$@"
    ;;
  *)
    mount -t proc proc "$root/proc"
    exec "${clean[@]}" "${inside[@]}" --reuid="$user" --regid="$user" --clear-groups --inh-caps=-all "$@"
    ;;
esac
