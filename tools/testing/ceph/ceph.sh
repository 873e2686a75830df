#!/usr/bin/env bash
# A real S3 server with Object Lock for tests: Ceph's object gateway from Debian 12 packages, unpacked and not installed.
# One monitor, one store in memory, one gateway, loopback only, no authentication between them. Data is gone at stop.
#
#   ceph.sh get ROOT              download and unpack the packages (some 66 MB; needs apt's lists)
#   ceph.sh start ROOT RUN PORT   returns when the gateway answers on PORT; the monitor listens on PORT+1
#   ceph.sh stop RUN
set -euo pipefail

usage() { sed -n '2,7p' "$0" >&2; exit 2; }

get() {
  local root packages as_root=()
  root=$(realpath -m "$1")
  mkdir -p "$root" "$root.packages"
  cd "$root.packages"
  # what a real installation would add to this machine
  packages=$(apt-get install --simulate --no-install-recommends ceph-mon ceph-osd radosgw ceph-common | awk '/^Inst /{ print $2 }')
  # apt's own user may not write here
  [ "$(id -u)" != 0 ] || as_root=(-o APT::Sandbox::User=root)
  # shellcheck disable=SC2086
  apt-get "${as_root[@]}" download $packages
  for package in *.deb; do dpkg-deb --extract "$package" "$root"; done
}

configure() {
  local root=$1 run=$2 port=$3 cluster=$4 libraries
  libraries=$root/usr/lib/x86_64-linux-gnu
  cat > "$run/ceph.conf" <<CONF
[global]
fsid = $cluster
mon host = v2:127.0.0.1:$((port + 1))/0
mon initial members = a
auth cluster required = none
auth service required = none
auth client required = none
# the gateway's default, secure mode, cannot be agreed on without authentication
ms mon client mode = crc
ms bind ipv6 = false
public addr = 127.0.0.1
cluster addr = 127.0.0.1
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon data avail warn = 2
mon data avail crit = 1
mon data = $run/mon
osd data = $run/osd
osd objectstore = memstore
memstore device bytes = 1073741824
run dir = $run
log file = $run/\$name.log
pid file = $run/\$name.pid
admin socket = $run/\$name.sock
plugin dir = $libraries/ceph
erasure code dir = $libraries/ceph/erasure-code
osd class dir = $libraries/rados-classes
[client.rgw.a]
rgw frontends = beast endpoint=127.0.0.1:$port
rgw crypt require ssl = false
CONF
}

start() {
  local root run port cluster store conf bin
  root=$(realpath "$1"); mkdir -p "$2"; run=$(realpath "$2"); port=$3
  [ ! -e "$run/started" ] || { echo "in use: $run" >&2; exit 1; }
  mkdir -p "$run/mon" "$run/osd"
  cluster=$(cat /proc/sys/kernel/random/uuid); store=$(cat /proc/sys/kernel/random/uuid)
  configure "$root" "$run" "$port" "$cluster"
  conf=(-c "$run/ceph.conf"); bin=$root/usr/bin
  export LD_LIBRARY_PATH PYTHONPATH=$root/usr/lib/python3/dist-packages
  LD_LIBRARY_PATH=$(find "$root" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
  exec 2>>"$run/start.log"

  "$bin/monmaptool" --create --fsid "$cluster" --addv a "[v2:127.0.0.1:$((port + 1))]" "$run/monmap" >&2
  "$bin/ceph-mon" "${conf[@]}" --mkfs -i a --monmap "$run/monmap"
  launch "$run" "$bin/ceph-mon" "${conf[@]}" -i a -f
  timeout 30 /usr/bin/python3 "$bin/ceph" "${conf[@]}" osd new "$store" 0 >&2
  "$bin/ceph-osd" "${conf[@]}" -i 0 --mkfs --osd-uuid "$store"
  launch "$run" "$bin/ceph-osd" "${conf[@]}" -i 0 -f
  # an owner of buckets, and three users that a bucket's policy tells apart
  for user in test writer reader keeper; do
    timeout 60 "$bin/radosgw-admin" "${conf[@]}" -n client.rgw.a user create --uid="$user" --display-name="$user" --access-key="$user" --secret-key="$user$user$user" >&2
  done
  launch "$run" "$bin/radosgw" "${conf[@]}" -n client.rgw.a -f

  for _ in $(seq 600); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$port"); then return; fi
    sleep 0.1
  done
  exit 1
}

launch() {
  local run=$1; shift
  setsid "$@" </dev/null >>"$run/start.log" 2>&1 &
  echo $! >> "$run/started"
}

# by pid, and only when the pid is still one of these programs
stop() {
  local run pid
  run=$(realpath "$1")
  [ -e "$run/started" ] || return 0
  for signal in TERM KILL; do
    while read -r pid; do
      if grep -qa "$run/ceph.conf" "/proc/$pid/cmdline" 2>/dev/null; then kill "-$signal" "$pid" || true; fi
    done < "$run/started"
    [ "$signal" = KILL ] || sleep 2 # the store may take seconds to heed the first
  done
  rm -rf "${run:?}"/{started,mon,osd,monmap}
}

case "${1:-}:$#" in
  get:2) get "$2" ;;
  start:4) start "$2" "$3" "$4" ;;
  stop:2) stop "$2" ;;
  *) usage ;;
esac
