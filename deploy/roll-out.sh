#!/usr/bin/env bash
# roll-out.sh OVERLAY: brings a cluster to what an overlay says, in the order that a new version needs.
#   deploy/roll-out.sh deploy/overlays/large
# Tables and queues are extended first, and only then do new programs come, one after the other. Older programs go on
# with the extended tables, so a roll-out that fails half-way is ended by rolling out the older images again.
set -euo pipefail

overlay=$1
wanted=$(mktemp)
trap 'rm -f "$wanted"' EXIT
kubectl kustomize "$overlay" >"$wanted"

apply() { kubectl apply --server-side --field-manager=charla -f "$wanted" -l "charla.step=$1"; }

apply stores
kubectl --namespace charla wait --for=condition=Ready clusters.postgresql.cnpg.io --all --timeout=15m
kubectl --namespace charla wait --for=condition=AllReplicasReady rabbitmqclusters.rabbitmq.com --all --timeout=15m
kubectl --namespace charla rollout status statefulset/redis --timeout=10m

# A Job cannot be changed, and one of the last version says nothing of this one.
kubectl --namespace charla delete jobs -l charla.step=migrate --ignore-not-found --wait
apply migrate
kubectl --namespace charla wait --for=condition=Complete jobs -l charla.step=migrate --timeout=30m

apply run
kubectl --namespace charla get deployments -l charla.step=run -o name |
  xargs -n1 kubectl --namespace charla rollout status --timeout=15m
