#!/usr/bin/env bash
# Starts Nginx with the instances that Docker's names tell of; `discovery.balancer` soon writes the registry's own list.
set -euo pipefail
home=${CHARLA_NGINX_HOME:-/var/lib/charla/nginx}

upstream() {  # NAME PORT
  local servers
  # Of the whole profile `media` there may be nothing, or nothing yet, which is no failure; its door answers 503 then.
  servers=$({ getent ahostsv4 "$1" || true; } |
    awk -v port="$2" '$2 == "STREAM" { print "server " $1 ":" port " max_fails=1 fail_timeout=2s;" }')
  echo "${servers:-server 127.0.0.1:9 down;}" >"$home/upstreams/$1.conf"
}

upstream gateway 8000
upstream media-edge 8001
[ "${1:-}" != upstreams ] || exit 0
exec nginx -p "$home" -c /etc/charla/nginx.conf -e stderr
