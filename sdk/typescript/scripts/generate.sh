#!/bin/sh
# Writes src/schema.d.ts from Charla's OpenAPI document: generate.sh OPENAPI_JSON [OUT]
set -eu
document=$(realpath "$1")
out=$(realpath "${2:-$(dirname "$0")/../src/schema.d.ts}")
cd "$(dirname "$0")/.."
# What has a default may be left out of a request; an object of unknown fields has unknown values.
npx --no-install openapi-typescript "$document" --output "$out" --default-non-nullable=false --empty-objects-unknown
