#!/bin/sh
# Writes src/node/callbacks/event_pb.ts from tools/tensorboard-event.proto.
# Needs: protoc (Debian: protobuf-compiler), npm, network.
set -eu
PROTOC_GEN_ES_VERSION=2.9.0 # the last that runs on Node 20

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

npm install --silent --no-save --prefix "$work" "@bufbuild/protoc-gen-es@$PROTOC_GEN_ES_VERSION"
cp "$root/tools/tensorboard-event.proto" "$work/event.proto"
protoc --plugin="$work/node_modules/.bin/protoc-gen-es" \
  --es_out="$work" --es_opt=target=ts,import_extension=js --proto_path="$work" event.proto
{
  echo '// SPDX-License-Identifier: Apache-2.0'
  echo '// @ts-nocheck'
  cat "$work/event_pb.ts"
} > "$root/src/node/callbacks/event_pb.ts"
