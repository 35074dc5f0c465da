#!/bin/sh
# Lays a small release into /opt/bot-core of the lab's host: work tree, .env, certificate, limits at the edge.
set -e
mkdir -p /opt/bot-core; cd /opt/bot-core
[ -d .git ] && exit 0
chown -R root:root .
mkdir -p rust-core-engine python-ai-service
cat > rust-core-engine/config.toml <<'T'
[binance]
api_key = "${BINANCE_API_KEY}"
base_url = "https://api.binance.com"
[trading]
enabled = false
leverage = 3
levels = [{ price = 1.5, note = "a\nb" }]
T
cp rust-core-engine/config.toml rust-core-engine/config.example.toml
printf 'server:\n  host: 0.0.0.0\n  port: 8000\nmodel:\n  - name: gpt-4o\n    key: ${OPENAI_API_KEY}\n' > python-ai-service/config.yaml
cp python-ai-service/config.yaml python-ai-service/config.example.yaml
cat > .env.example <<'T'
NODE_ENV=production
LOG_LEVEL=info
RUST_LOG=info
DATABASE_URL=mongodb://user:change-me@mongodb/bot_core
JWT_SECRET=generate-a-secure-one
REDIS_PASSWORD=change-me
BINANCE_API_KEY=your-key
BINANCE_SECRET_KEY=your-key
T
printf '.env\n' > .gitignore
git init -q -b main .; git config user.email deploy@example.com; git config user.name deploy
git add -A; git commit -qm 'Release 2.4.0'; git tag v2.4.0
token() { openssl rand -base64 33 | tr -d '\n' | tr '+/' 'ab'; }
key() { openssl rand -hex 32; }
mkdir -p /etc/ssl/bot
for name in bot other; do
  openssl req -x509 -newkey rsa:2048 -nodes -keyout /etc/ssl/bot/$name.key -out /etc/ssl/bot/$name.pem -days 60 -subj /CN=lab.test 2>/dev/null
done
chmod 600 /etc/ssl/bot/*.key
cat > .env <<T
NODE_ENV=production
LOG_LEVEL=info
RUST_LOG=info,hyper=warn
DATABASE_URL=mongodb://bot:$(token)@mongodb:27017/bot_core?replicaSet=rs0&tls=true
BINANCE_TESTNET=false
TRADING_ENABLED=false
JWT_SECRET=$(token)
INTER_SERVICE_TOKEN=$(token)
RUST_API_KEY=$(token)
PYTHON_API_KEY=$(token)
DASHBOARD_SESSION_SECRET=$(token)
REDIS_PASSWORD=$(sed -n 's/.*"--requirepass", "\([^"]*\)".*/\1/p' compose.yaml)
GRAFANA_PASSWORD=$(token)
MONITORING_API_KEY=$(token)
BINANCE_API_KEY=$(key)
BINANCE_SECRET_KEY=$(key)
OPENAI_API_KEY=sk-$(key)
SENTRY_DSN=https://$(openssl rand -hex 16)@sentry.example.com/4
CORS_ALLOWED_ORIGINS=https://app.lab.test
SSL_CERT_PATH=/etc/ssl/bot/bot.pem
SSL_KEY_PATH=/etc/ssl/bot/bot.key
T
chmod 600 .env
chown -R deploy:deploy .
cat > /etc/nginx/conf.d/bot.conf <<'T'
limit_req_zone $binary_remote_addr zone=api:1m rate=10r/s;
limit_req_zone $binary_remote_addr zone=login:1m rate=5r/m;
limit_conn_zone $binary_remote_addr zone=perip:1m;
server {
  listen 8443; listen 443; server_name app.lab.test;
  location / { proxy_pass http://127.0.0.1:3000; }
  location /api/ { limit_req zone=api burst=20 nodelay; limit_conn perip 50; proxy_pass http://127.0.0.1:8080; }
  location = /api/auth/login { limit_req zone=login burst=3 nodelay; proxy_pass http://127.0.0.1:8080; }
}
T
systemctl reload nginx
# the backup tool and its timer, a data directory of its own, and a package index without a network
printf '#!/bin/sh\necho bot-backup 1.2.0\n' > /usr/local/bin/bot-backup; chmod 755 /usr/local/bin/bot-backup
echo '30 2 * * * root /usr/local/bin/bot-backup --all' > /etc/cron.d/backup
mkdir -p /srv/data /srv/apt /usr/local/sbin
cat > /usr/local/sbin/lab-index <<'T'
#!/bin/sh
# Offers what stands in /srv/apt/Packages as a security update, and nothing else.
set -e
cd /srv/apt; [ -f Packages ] || : > Packages
{ printf 'Origin: Debian\nLabel: Debian-Security\nSuite: stable-security\nCodename: bookworm-security\nDate: %s\nSHA256:\n' "$(date -u '+%a, %d %b %Y %T UTC')"
  echo " $(sha256sum Packages | cut -d' ' -f1) $(stat -c %s Packages) Packages"; } > Release
apt-get -qq -o Acquire::AllowInsecureRepositories=true update
T
chmod 755 /usr/local/sbin/lab-index
rm -f /etc/apt/sources.list.d/*; echo 'deb [trusted=yes] file:/srv/apt ./' > /etc/apt/sources.list
lab-index </dev/null
# 120 GB that take no room; without loop devices the machine's own disk stands there
mknod -m 660 /dev/loop-control c 10 237 2>/dev/null || true
for n in $(seq 0 15); do mknod -m 660 "/dev/loop$n" b 7 "$n" 2>/dev/null || true; done
truncate -s 120G /var/tmp/data.img && mkfs.ext4 -q -N 4096 /var/tmp/data.img </dev/null && mount -o loop /var/tmp/data.img /srv/data || true
