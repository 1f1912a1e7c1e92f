#!/bin/sh
# Writes src/app/api/schema.ts from the OpenAPI document of the gateway's code; needs no running stack.
set -eu
cd "$(dirname "$0")/.."
out=${1:-src/app/api/schema.ts}
document=$(mktemp)
trap 'rm -f "$document"' EXIT
python=../.run/venv/bin/python
[ -x "$python" ] || python=python3
PYTHONPATH=.. "$python" -m gateway_flask.print_openapi >"$document"
# What has a default may be left out of a request; an object of unknown fields has unknown values.
npx --no-install openapi-typescript "$document" --output "$out" --default-non-nullable=false --empty-objects-unknown
