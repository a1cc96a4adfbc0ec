/**
 * @file Reads the weights of a TensorFlow.js LayersModel: `model.json` with its shards, plain or quantised.
 * The topology is not read here.
 */

import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { GraftError } from '../errors/graft-error.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import { decodeFloat16, decodeFloat32, decodeIntegers, dequantizeMinScale } from './dequantize.ts';
import { brokenFile, describeFile, LazyTensors, type WeightFile } from './weight-file.ts';

const BYTES = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const;

const WEIGHT = z.object({
  name: z.string(),
  shape: z.array(z.int().nonnegative()),
  dtype: z.enum(['float32', 'int32', 'bool', 'uint8', 'uint16', 'float16']),
  quantization: z
    .object({
      dtype: z.enum(['uint8', 'uint16', 'float16']),
      scale: z.number().optional(),
      min: z.number().optional(),
    })
    .optional(),
});

const MODEL = z.object({
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
export async function readTfjsLayersFile(path: string): Promise<WeightFile> {
  const where = describeFile(path);
  const read = async (file: string): Promise<Uint8Array> => {
    try {
      return await readFile(file);
    } catch (cause) {
      throw new GraftError(
        'file-not-found',
        {
          where,
          expected: 'the model and its shards',
          received: `no file at "${file}"`,
          advice: 'Check the path.',
        },
        { cause },
      );
    }
  };
  let model: unknown;
  const text = new TextDecoder().decode(await read(path));
  try {
    model = JSON.parse(text);
  } catch (cause) {
    throw brokenFile(where, 'a model in JSON', 'something else', cause);
  }
  return readTfjsLayers(
    model,
    (shard) => {
      // A shard stands beside its model; a manifest must not lead elsewhere.
      if (/[/\\]/.test(shard)) throw brokenFile(where, 'shards beside the model', `"${shard}"`);
      return read(join(dirname(path), shard));
    },
    where,
  );
}

/**
 * Reads a model's weights from wherever its shards come.
 *
 * @param model - The parsed `model.json`.
 * @throws {GraftError} `weights`, if there is no manifest or the shards are too short.
 */
export async function readTfjsLayers(model: unknown, shard: ShardReader, where: string): Promise<WeightFile> {
  const parsed = MODEL.safeParse(model);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw brokenFile(where, 'a "weightsManifest"', `${issue?.message} at "${issue?.path.join('.')}"`);
  }
  const readers = new Map<string, () => Tensor<'float32'>>();
  for (const { paths, weights } of parsed.data.weightsManifest) {
    const bytes = concatenate(await Promise.all(paths.map(async (path) => shard(path))));
    let start = 0;
    for (const weight of weights) {
      const end = start + sizeOf(weight.shape) * BYTES[weight.quantization?.dtype ?? weight.dtype];
      if (end > bytes.length) {
        throw brokenFile(where, `${end - start} bytes for "${weight.name}"`, `${bytes.length - start}`);
      }
      const stored = bytes.subarray(start, end);
      start = end;
      if (weight.dtype !== 'float32' && weight.dtype !== 'float16') continue;
      readers.set(weight.name, () => ({
        dtype: 'float32',
        shape: weight.shape,
        data: decode(weight, stored),
      }));
    }
  }
  return { format: 'tfjs-layers', where, tensors: new LazyTensors(readers), layers: groupByLayer(readers) };
}

function decode({ dtype, quantization }: ManifestWeight, stored: Uint8Array): Float32Array {
  const type = quantization?.dtype ?? dtype;
  if (type === 'float16') return decodeFloat16(stored);
  if (type !== 'uint8' && type !== 'uint16') return decodeFloat32(stored);
  return dequantizeMinScale(decodeIntegers(stored, type), quantization?.scale ?? 1, quantization?.min ?? 0);
}

function groupByLayer(names: ReadonlyMap<string, unknown>): NonNullable<WeightFile['layers']> {
  const layers = new Map<string, { name: string; key: string }[]>();
  for (const key of names.keys()) {
    const slash = key.lastIndexOf('/');
    const layer = key.slice(0, Math.max(slash, 0));
    const weights = layers.get(layer) ?? [];
    layers.set(layer, weights);
    weights.push({ name: key.slice(slash + 1), key });
  }
  return [...layers].map(([name, weights]) => ({ name, weights }));
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}
