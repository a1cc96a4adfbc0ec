/**
 * @file Reads the `.bin` files of llama2.c, version 0: seven sizes, then float32 numbers. Nothing in them says what they
 * are but that the sizes account for every byte.
 * @see https://github.com/karpathy/llama2.c
 */

import { GraftError } from '../../core/errors/graft-error.ts';
import { computeSize } from '../../core/tensor/tensor.ts';
import { decodeFloat32 } from '../../core/weights/dequantize.ts';
import { type TensorReader, type TensorSource, tensorSource } from '../../core/weights/tensor-source.ts';
import { brokenFile } from '../../core/weights/weight-file.ts';
import { checkLlamaConfig, type LlamaConfig } from '../architectures/llama-config.ts';
import type { ByteSource } from './byte-source.ts';
import { neighborsToHalves } from './rotary-order.ts';

export const LLAMA2C_HEADER_BYTES = 28;
/** `ak42`, with which later versions begin. */
const LATER_MAGIC = 0x616b3432;

export interface Llama2cFile {
  readonly config: LlamaConfig;
  /** By the names and in the order that transformers has. */
  readonly weights: TensorSource;
}

/**
 * Whether a file is one of llama2.c: whether its sizes come to its length.
 *
 * @param head - At least its first 28 bytes.
 */
export function isLlama2c(head: Uint8Array, fileBytes: number): boolean {
  if (head.length < LLAMA2C_HEADER_BYTES) return false;
  const sizes = readSizes(head);
  return sizes.every((size) => size !== 0) && expectedBytes(sizes) === fileBytes;
}

/**
 * Reads a model of llama2.c.
 *
 * @throws {GraftError} `weights`, if the file is damaged, quantized or of another kind.
 */
export async function readLlama2c(source: ByteSource): Promise<Llama2cFile> {
  const { where, byteLength } = source;
  const head = await source.read(0, LLAMA2C_HEADER_BYTES);
  if (head.length < LLAMA2C_HEADER_BYTES) {
    throw brokenFile(where, `a header of ${LLAMA2C_HEADER_BYTES} bytes`, `${head.length}`);
  }
  const sizes = readSizes(head);
  if (sizes[0] === LATER_MAGIC) throw laterVersion(where, sizes[1]!);
  const [dim, hidden, numLayers, heads, keyHeads, vocabulary, length] = sizes as Sizes;
  const config = checkLlamaConfig(
    {
      vocabularySize: Math.abs(vocabulary),
      numLayers,
      numQueryHeads: heads,
      numKeyValueHeads: keyHeads,
      hiddenDim: dim,
      intermediateDim: hidden,
      headDim: dim / heads,
      ropeMaxWavelength: 10_000,
      layerNormEpsilon: 1e-5,
      tieWordEmbeddings: vocabulary > 0,
      maxSequenceLength: length,
    },
    where,
  );
  const expected = expectedBytes(sizes);
  if (expected !== byteLength) throw brokenFile(where, `${expected} bytes for its sizes`, `${byteLength}`);
  return { config, weights: tensorSource(where, tensorReaders(source, config)) };
}

type Sizes = [
  dim: number,
  hidden: number,
  layers: number,
  heads: number,
  keyHeads: number,
  vocabulary: number,
  length: number,
];

function readSizes(head: Uint8Array): number[] {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  return Array.from({ length: 7 }, (_, index) => view.getInt32(4 * index, true));
}

/** The groups of numbers in their order; every layer's stand one behind the other. */
function groups(sizes: readonly number[]): readonly (readonly [name: string, shape: readonly number[]])[] {
  const [dim, hidden, layers, heads, keyHeads, vocabulary, length] = sizes as unknown as Sizes;
  const keyDim = (dim / heads) * keyHeads;
  const words = Math.abs(vocabulary);
  return [
    ['embed_tokens', [words, dim]],
    ['input_layernorm', [layers, dim]],
    ['self_attn.q_proj', [layers, dim, dim]],
    ['self_attn.k_proj', [layers, keyDim, dim]],
    ['self_attn.v_proj', [layers, keyDim, dim]],
    ['self_attn.o_proj', [layers, dim, dim]],
    ['post_attention_layernorm', [layers, dim]],
    ['mlp.gate_proj', [layers, hidden, dim]],
    ['mlp.down_proj', [layers, dim, hidden]],
    ['mlp.up_proj', [layers, hidden, dim]],
    ['norm', [dim]],
    // Cosines and sines of the rotary embedding, which are computed here.
    ['rotary', [length, dim / heads]],
    ...(vocabulary > 0 ? [] : [['lm_head', [words, dim]] as const]),
  ];
}

function expectedBytes(sizes: readonly number[]): number {
  return LLAMA2C_HEADER_BYTES + 4 * groups(sizes).reduce((sum, [, shape]) => sum + computeSize(shape), 0);
}

function tensorReaders(source: ByteSource, config: LlamaConfig): Map<string, TensorReader> {
  const { hiddenDim, intermediateDim, numLayers, numQueryHeads, numKeyValueHeads } = config;
  const { vocabularySize, maxSequenceLength, tieWordEmbeddings, headDim } = config;
  const words = tieWordEmbeddings ? vocabularySize : -vocabularySize;
  const sizes = [hiddenDim, intermediateDim, numLayers, numQueryHeads, numKeyValueHeads, words];
  const readers = new Map<string, TensorReader>();
  let start = LLAMA2C_HEADER_BYTES;
  const add = (name: string, shape: readonly number[], group: string): void => {
    const [place, bytes] = [start, 4 * computeSize(shape)];
    start += bytes;
    readers.set(name, {
      shape,
      async read() {
        const numbers = decodeFloat32(await source.read(place, bytes));
        const turns = group === 'self_attn.q_proj' || group === 'self_attn.k_proj';
        return turns ? neighborsToHalves(numbers, headDim, hiddenDim) : numbers;
      },
    });
  };
  for (const [group, shape] of groups([...sizes, maxSequenceLength])) {
    if (group === 'rotary') start += 4 * computeSize(shape);
    else if (group === 'lm_head') add('lm_head.weight', shape, group);
    else if (group === 'embed_tokens' || group === 'norm') add(`model.${group}.weight`, shape, group);
    else {
      for (let layer = 0; layer < numLayers; layer++) {
        add(`model.layers.${layer}.${group}.weight`, shape.slice(1), group);
      }
    }
  }
  return readers;
}

function laterVersion(where: string, version: number): GraftError {
  return new GraftError('weights', {
    where,
    expected: 'a file of llama2.c in version 0, float32',
    received: `version ${version}`,
    advice: 'Export it with "python export.py model.bin --version 0", or to the Hugging Face format.',
  });
}
