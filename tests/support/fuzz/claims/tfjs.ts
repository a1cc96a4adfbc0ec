/** @file Manifests of TensorFlow.js that claim more than there is; there is one shard, `weights.bin`. */

import type { Choices } from './choices.ts';
import { claimingJson } from './json.ts';

const DTYPES = ['float32', 'float16', 'int32', 'bool', 'uint8', 'string', 'complex64', 'float99'];

export function claimingTfjs(choices: Choices, mostBytes: number): Uint8Array {
  const groups = Array.from({ length: choices.scale(20) }, () => group(choices, mostBytes / 40));
  const text = `{"format":"layers-model","modelTopology":${claimingJson(choices, mostBytes / 2)},"weightsManifest":${
    choices.below(8) === 0 ? claimingJson(choices, mostBytes / 2) : `[${groups.join()}]`
  }}`;
  return new TextEncoder().encode(text);
}

function group(choices: Choices, mostBytes: number): string {
  const shards = choices.maybe() ? 1 : choices.scale(mostBytes / 20);
  const paths = Array.from({ length: shards }, (_, i) =>
    choices.below(9) === 0 ? choices.name() : i === 0 || choices.maybe() ? 'weights.bin' : `link${i % 4}.bin`,
  );
  const weights = Array.from({ length: choices.scale(mostBytes / 60) }, (_, i) => ({
    name: choices.below(20) === 0 ? choices.name() : `w${i}/kernel`,
    shape: choices.maybe() ? [choices.scale(1e5)] : choices.shape(),
    dtype: choices.one(DTYPES),
    quantization: choices.below(4) === 0 ? { dtype: choices.one(['uint8', 'uint16', 'float16']) } : undefined,
  }));
  return JSON.stringify({ paths, weights });
}
