#!/bin/bash
# Builds and starts the lab: an NTP peer that is the jump host too, and a host with systemd, sshd, ufw, fail2ban, chrony and its own Docker.
# up.sh WORK: everything that is made lies in the folder WORK. Needs root and Docker; WORK/docker-compose is the plugin.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"; work="$1"; mkdir -p "$work"; cd "$work"
export LC_ALL=C
bash "$here/build.sh" "$work"
docker network inspect lab >/dev/null 2>&1 || docker network create --subnet 172.30.77.0/24 -o com.docker.network.bridge.name=br-lab lab
docker rm -f lab-ntp lab-host >/dev/null 2>&1 || true
docker run -d --name lab-ntp --network lab --ip 172.30.77.5 --tmpfs /run/chrony:mode=1770 --entrypoint bash lab/host:1 -c \
  'printf "local stratum 8\nallow 172.30.77.0/24\nbindcmdaddress /\n" > /tmp/n.conf; chown _chrony:_chrony /run/chrony; mkdir -p /run/sshd; /usr/sbin/sshd; exec chronyd -d -x -f /tmp/n.conf'
docker run -d --name lab-host --hostname lab-host --cap-add ALL --cap-drop SYS_RESOURCE \
  --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt systempaths=unconfined \
  --device-cgroup-rule 'c 10:237 rmw' --device-cgroup-rule 'b 7:* rmw' --cgroupns=private --tmpfs /run:exec --tmpfs /run/lock --tmpfs /tmp:exec -v lab-host-docker:/var/lib/docker \
  --network lab --ip 172.30.77.10 -p 127.0.0.1:2222:2222 lab/host:1
for _ in $(seq 60); do
  state=$(docker exec lab-host systemctl is-system-running 2>&1) || true
  [ "$state" = running ] && break; sleep 0.5
done
echo "state $state"
[ "$state" = running ] || { docker exec lab-host systemctl --failed --no-legend; exit 1; }
# what an earlier lab left in the volume of the host's Docker goes, and what that made when it started
docker exec lab-host sh -c 'docker ps -aq | xargs -r docker rm -f >/dev/null; rm -rf /opt/bot-core'
docker exec lab-host mkdir -p /usr/local/lib/docker/cli-plugins /opt/bot-core
docker cp docker-compose lab-host:/usr/local/lib/docker/cli-plugins/docker-compose
docker cp "$here/stack/compose.yaml" lab-host:/opt/bot-core/compose.yaml
docker cp "$here/stack/enabled_plugins" lab-host:/opt/bot-core/enabled_plugins
docker exec lab-host docker image inspect lab/app:1 >/dev/null 2>&1 || docker save lab/app:1 | docker exec -i lab-host docker load
docker exec lab-host chown -R deploy:deploy /opt/bot-core
docker exec -u deploy lab-host sh -c 'cd /opt/bot-core && docker compose --profile full up -d --wait'
docker exec -i lab-host sh -s < "$here/deploy.sh"
cat > ssh_config <<CONF
Host lab-host
  HostName 127.0.0.1
Host lab-jump
  HostName 172.30.77.5
Host lab-host-behind
  HostName 172.30.77.10
  ProxyJump lab-jump
Host lab-*
  Port 2222
  User deploy
  IdentityFile $work/id_lab
  IdentitiesOnly yes
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
  ConnectTimeout 5
CONF
