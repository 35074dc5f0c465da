# What a host without Python says of itself, by POSIX sh; `mark`, `kram` and `sections` are set before it.
clean() { tr -d '\000-\037\177' | cut -c1-200 | sed 's/[\\"]/\\&/g'; }
unseen() { printf '{"what":"%s","why":"no Python on this host"}' "$1"; }
release() { sed -n "s/^$1=//p" /etc/os-release 2>/dev/null | head -n 1 | tr -d '"' | clean; }
machine() {
  memory=$(sed -n 's/^MemTotal: *\([0-9]*\) kB.*/\1/p' /proc/meminfo)
  cpus=$(nproc 2>/dev/null || grep -c '^processor' /proc/cpuinfo)
  cpus=$((cpus * 100)) quota="" period=""
  if [ -r /sys/fs/cgroup/cpu.max ]; then read -r quota period </sys/fs/cgroup/cpu.max
  elif [ -r /sys/fs/cgroup/cpu/cpu.cfs_quota_us ]; then
    read -r quota </sys/fs/cgroup/cpu/cpu.cfs_quota_us; read -r period </sys/fs/cgroup/cpu/cpu.cfs_period_us
  fi
  case "$quota" in '' | max | -1) ;; *) [ $((quota * 100 / period)) -ge "$cpus" ] || cpus=$((quota * 100 / period)) ;; esac
  zone=$(readlink -f /etc/localtime 2>/dev/null); name=$(clean 2>/dev/null </etc/hostname)
  printf '{"memory_bytes":%s,"cpus":%s.%02d,"os_name":"%s","os_version":"%s",' \
    $((memory * 1024)) $((cpus / 100)) $((cpus % 100)) "$(release ID)" "$(release VERSION_ID)"
  for each in disk link updates clock resolves_to addresses; do printf '"%s":' "$each"; unseen "the host's $each"; printf ,; done
  printf '"zone":'
  case "$zone" in */zoneinfo/*) printf '"%s"' "$(printf %s "${zone##*/zoneinfo/}" | clean)" ;; *) unseen "the time zone" ;; esac
  printf ',"hostname":'
  if [ -n "$name" ]; then printf '"%s"' "$name"; else unseen "the host name"; fi
  printf ',"came_from":'; from=$(printf %s "${SSH_CONNECTION%% *}" | clean)
  if [ -n "$from" ]; then printf '"%s"' "$from"; else unseen "where the suite comes from"; fi
  printf '}'
}
printf '\n%s{' "$mark"; comma=""
for each in $sections; do
  printf '%s"%s":' "$comma" "$each"; comma=,
  if [ "$each" = system ]; then machine; else unseen "the $each"; fi
done
printf '}%s\n' "$kram"
