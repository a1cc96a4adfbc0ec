/**
 * @file Reads the weights of a TensorFlow.js LayersModel or GraphModel: `model.json` with its shards, plain or
 * quantized. Of the topology, the configuration of a LayersModel is kept.
 */

import * as z from 'zod';
import { FileBudget } from '../tensor/file-budget.ts';
import { joinBytes } from '../tensor/join-bytes.ts';
import { LazyMap } from '../tensor/lazy-map.ts';
import { computeSize, type Tensor } from '../tensor/tensor.ts';
import { decodeFloat16, decodeFloat32, decodeIntegers, dequantizeMinScale } from './dequantize.ts';
import { isShardList, shardedWeights } from './foreign-files.ts';
import { parseModelConfig } from './model-config.ts';
import { brokenFile, groupByLayer, type WeightFile } from './weight-file.ts';
import type { WeightFormat, WeightSource } from './weight-format.ts';

export const tfjsFormat: WeightFormat = {
  id: 'tfjs',
  program: 'TensorFlow.js',
  endings: ['.json'],
  titles: { 'tfjs-layers': 'TensorFlow.js LayersModel', 'tfjs-graph': 'TensorFlow.js GraphModel' },
  // The length at the beginning of a safetensors file may be that of a brace, but has zeros behind it.
  detects: ({ text }) => /^\s*\{/.test(text) && !text.includes('\0'),
  fileInFolder: 'model.json',
  read: readTfjsModel,
};

const BYTES = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2, complex64: 8 } as const;

const WEIGHT = z.object({
  name: z.string(),
  shape: z.array(z.int().nonnegative()),
  dtype: z.enum(['float32', 'int32', 'bool', 'uint8', 'uint16', 'float16', 'complex64', 'string']),
  quantization: z
    .object({
      dtype: z.enum(['uint8', 'uint16', 'float16']),
      scale: z.number().optional(),
      min: z.number().optional(),
    })
    .optional(),
});

const MODEL = z.object({
  format: z.string().optional(),
  modelTopology: z.unknown().optional(),
  weightsManifest: z.array(z.object({ paths: z.array(z.string()), weights: z.array(WEIGHT) })),
});

type ManifestWeight = z.infer<typeof WEIGHT>;

/** Gives a shard's bytes by its path in the manifest. */
export type ShardReader = (path: string) => Uint8Array | Promise<Uint8Array>;

/**
 * Reads the weights beside a `model.json`.
 *
 * @throws {GraftError} `file-not-found`, if the model or a shard is not there; `weights`, if they do not fit.
 */
export async function readTfjsModel(
  source: Pick<WeightSource, 'where' | 'bytes' | 'beside'>,
): Promise<WeightFile> {
  const { where } = source;
  const text = new TextDecoder().decode(await source.bytes());
  let model: unknown;
  try {
    model = JSON.parse(text);
  } catch (cause) {
    throw brokenFile(where, 'a model in JSON', 'something else', cause);
  }
  return readTfjsLayers(model, (shard) => source.beside(shard), where);
}

/**
 * Reads a model's weights from wherever its shards come.
 *
 * @param model - The parsed `model.json`.
 * @param options.takesAll - Whether all weights are used: then float32 stays in one array, of which each is a part, and nothing is copied.
 *   Default false: each has an array of its own, and those that are not asked for take no memory.
 * @throws {GraftError} `weights`, if there is no manifest or the shards are too short.
 */
export async function readTfjsLayers(
  model: unknown,
  shard: ShardReader,
  where: string,
  { takesAll = false }: { readonly takesAll?: boolean } = {},
): Promise<WeightFile> {
  if (isShardList(model)) throw shardedWeights(where);
  const parsed = MODEL.safeParse(model);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw brokenFile(where, 'a "weightsManifest"', `${issue?.message} at "${issue?.path.join('.')}"`);
  }
  const readers = new Map<string, () => Tensor<'float32'>>();
  const budget = new FileBudget(0, { where });
  const named = new Set<string>();
  for (const { paths, weights } of parsed.data.weightsManifest) {
    const shards: Uint8Array[] = [];
    for (const path of paths) {
      if (named.has(path)) throw brokenFile(where, 'every shard once', `"${path}" twice`);
      named.add(path);
      const part = await shard(path);
      budget.addFile(part.length);
      shards.push(part);
    }
    const bytes = takesAll || shards.length !== 1 ? inOneArray(shards) : shards[0]!;
    let start = 0;
    for (const weight of weights) {
      const end = start + storedBytes(weight, bytes.subarray(start));
      if (!(end <= bytes.length)) {
        throw brokenFile(where, `${end - start} bytes for "${weight.name}"`, `${bytes.length - start}`);
      }
      const stored = bytes.subarray(start, end);
      start = end;
      if (weight.dtype !== 'float32' && weight.dtype !== 'float16') continue;
      budget.take(computeSize(weight.shape) * BYTES.float32, `"${weight.name}"`);
      readers.set(weight.name, () => ({
        dtype: 'float32',
        shape: weight.shape,
        data: takesAll && isPlain(weight, stored) ? viewed(stored) : decode(weight, stored),
      }));
    }
  }
  const format = parsed.data.format === 'graph-model' ? 'tfjs-graph' : 'tfjs-layers';
  const config = parseModelConfig(parsed.data.modelTopology);
  const layers = groupByLayer(readers.keys());
  return { format, where, tensors: new LazyMap(readers), layers, config };
}

/** How many bytes a weight has in its shard. Strings have a length each. */
function storedBytes({ shape, dtype, quantization }: ManifestWeight, bytes: Uint8Array): number {
  const count = computeSize(shape);
  const type = quantization?.dtype ?? dtype;
  if (type !== 'string') return count * BYTES[type];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = 0;
  for (let left = count; left > 0; left--) {
    // Too short: at least the lengths are missing.
    if (end + 4 > bytes.length) return end + 4 * left;
    end += 4 + view.getUint32(end, true);
  }
  return end;
}

/** What lies side by side already is not copied. */
function inOneArray(parts: readonly Uint8Array[]): Uint8Array {
  const { buffer, byteOffset } = parts[0] ?? new Uint8Array(0);
  let end = byteOffset;
  for (const part of parts) {
    if (part.buffer !== buffer || part.byteOffset !== end) return joinBytes(parts);
    end += part.length;
  }
  return new Uint8Array(buffer, byteOffset, end - byteOffset);
}

/** float32 as it is, where an array of it may begin. */
function isPlain({ dtype, quantization }: ManifestWeight, { byteOffset }: Uint8Array): boolean {
  return dtype === 'float32' && quantization === undefined && byteOffset % BYTES.float32 === 0;
}

function viewed({ buffer, byteOffset, byteLength }: Uint8Array): Float32Array {
  return new Float32Array(buffer, byteOffset, byteLength / BYTES.float32);
}

function decode({ dtype, quantization }: ManifestWeight, stored: Uint8Array): Float32Array {
  const type = quantization?.dtype ?? dtype;
  if (type === 'float16') return decodeFloat16(stored);
  if (type !== 'uint8' && type !== 'uint16') return decodeFloat32(stored);
  return dequantizeMinScale(decodeIntegers(stored, type), quantization?.scale ?? 1, quantization?.min ?? 0);
}
