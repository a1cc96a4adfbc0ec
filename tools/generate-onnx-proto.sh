#!/bin/sh
# Writes src/core/onnx/onnx_pb.ts from the official onnx.proto, as the PyPI package `onnx` carries it.
# Needs: pip, unzip, protoc (Debian: protobuf-compiler), npx, network.
set -eu
ONNX_VERSION=1.16.2
PROTOC_GEN_ES_VERSION=2.9.0 # the last that runs on Node 20

root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

pip download --quiet --no-deps --only-binary :all: --dest "$work" "onnx==$ONNX_VERSION"
unzip -qo "$work"/onnx-*.whl onnx/onnx.proto -d "$work"
npm install --silent --no-save --prefix "$work" "@bufbuild/protoc-gen-es@$PROTOC_GEN_ES_VERSION"
protoc --plugin="$work/node_modules/.bin/protoc-gen-es" \
  --es_out="$work" --es_opt=target=ts,import_extension=js --proto_path="$work/onnx" onnx.proto
{
  echo '// SPDX-License-Identifier: Apache-2.0'
  echo '// Copyright (c) ONNX Project Contributors'
  echo '// @ts-nocheck'
  cat "$work/onnx_pb.ts"
} > "$root/src/core/onnx/onnx_pb.ts"
