/**
 * @file The layers of a model that a program saved, in the metadata of its file: their configuration as Keras has it. Most
 * weights are constants of the file's graph; what is folded there into others goes along.
 */

import * as z from 'zod';
import type { ModelFile } from '../artifacts/decode-model-file.ts';
import { modelFileError } from '../artifacts/model-info.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import type { Graph } from '../core/graph/graph.ts';
import type { Functional } from '../core/layers/functional.ts';
import { graphShape, toGraphOrder } from '../core/layers/lower-model.ts';
import { decodeBase64, encodeBase64 } from '../core/tensor/base64.ts';
import { computeSize } from '../core/tensor/tensor.ts';
import { buildConfigured, type CustomLayerClass } from '../core/weights/configured-model.ts';
import { parseModelConfig } from '../core/weights/model-config.ts';
import type { Preprocessing } from '../vision/preprocessing/preprocessing.ts';
import { keras3Config } from './keras3-config.ts';
import { portableModel } from './portable-model.ts';
import { findFolding, takeWeight } from './trained-weights.ts';

/** A model that was kept, with its weights. */
export interface KeptModel {
  readonly model: Functional;
  readonly preprocessing: Preprocessing;
}

const EACH = z.union([z.number(), z.tuple([z.number(), z.number(), z.number()])]);

const KEPT = z.object({
  preprocessing: z.object({
    channelOrder: z.enum(['rgb', 'bgr']).optional(),
    scale: EACH,
    offset: EACH,
  }),
  config: z.unknown(),
  /** By name, little-endian float32 in base64: of those that are no constants of the graph. */
  weights: z.record(z.string(), z.base64()),
});

/**
 * What the file says of a model's layers, as text.
 *
 * @param graph - Of the file.
 * @returns Undefined for a model with layers that Keras does not have, such as a network from an ONNX file.
 */
export function keepLayers(
  model: Functional,
  preprocessing: Preprocessing,
  graph: Graph,
): string | undefined {
  const layers = asKeras(model);
  if (layers === undefined) return undefined;
  const weights: Record<string, string> = {};
  for (const layer of layers.layers) {
    const folding = findFolding(graph, layers, layer);
    // Of a layer that is applied several times, each may be folded otherwise; of a channel times 0, nothing is left.
    const isFolded = layer.applications.length === 1 && folding?.factors.every((factor) => factor !== 0);
    for (const { spec, value } of layer.weights) {
      const name = `${layer.name}/${spec.name}`;
      const isInFolded = isFolded === true && (spec.name === folding?.kernel || spec.name === 'bias');
      const isThere = isInFolded || isStored(graph, name, graphShape(spec), toGraphOrder(spec, value));
      if (!isThere) weights[name] = encodeBase64(bytesOf(value));
    }
  }
  return JSON.stringify({ preprocessing, config: keras3Config(layers), weights });
}

/**
 * Builds the layers that a file keeps, with their weights: to the bit, but for kernels that a normalization is folded into,
 * which come out of it again to a rounding or two.
 *
 * @returns Undefined if it keeps none.
 * @throws {GraftError} `model-file`, naming a layer whose class is not known, or if layers and graph do not fit.
 */
export function rebuildLayers(
  file: ModelFile,
  customLayers: readonly CustomLayerClass[] | undefined,
): KeptModel | undefined {
  if (file.layers === undefined) return undefined;
  const kept = parse(file, file.layers);
  const config = parseModelConfig(kept.config);
  if (config === undefined) throw damaged(file, 'the configuration of its layers', 'another text');
  const model = buildConfigured(config, { where: `model "${file.path}"`, customLayers });
  // Channels that a graph lacks keep what they have.
  model.initialize({ seed: 0 });
  const inGraph = model.weights.filter(({ name, weight }) => {
    const text = Object.hasOwn(kept.weights, name) ? kept.weights[name] : undefined;
    if (text === undefined) return true;
    const numbers = numbersIn(text);
    if (numbers.length !== computeSize(weight.spec.shape))
      throw damaged(file, `the weight "${name}"`, 'another size');
    weight.value = numbers;
    return false;
  });
  for (const { name, layer, weight } of inGraph) {
    const missing = takeWeight(file.graph, layer, weight, findFolding(file.graph, model, layer));
    if (missing !== undefined) throw damaged(file, `the weight "${name}"`, 'none');
  }
  const { channelOrder, scale, offset } = kept.preprocessing;
  const preprocessing = channelOrder === undefined ? { scale, offset } : { channelOrder, scale, offset };
  return { model, preprocessing };
}

function asKeras(model: Functional): Functional | undefined {
  try {
    return portableModel(model, 'keras');
  } catch (error) {
    if (error instanceof GraftError && error.code === 'graph') return undefined;
    throw error;
  }
}

function parse(file: ModelFile, text: string): z.infer<typeof KEPT> {
  try {
    return KEPT.parse(JSON.parse(text));
  } catch (cause) {
    throw damaged(file, 'what it says of its layers', 'another text', cause);
  }
}

function isStored(
  { constants }: Graph,
  name: string,
  shape: readonly number[],
  numbers: Float32Array,
): boolean {
  const stored = constants.get(name);
  if (stored?.dtype !== 'float32' || `${stored.shape}` !== `${shape}`) return false;
  const bytes = bytesOf(stored.data as Float32Array);
  return bytesOf(numbers).every((byte, index) => byte === bytes[index]);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function numbersIn(text: string): Float32Array {
  const bytes = decodeBase64(text);
  return new Float32Array(bytes.slice(0, bytes.length - (bytes.length % 4)).buffer);
}

function damaged({ path }: ModelFile, expected: string, received: string, cause?: unknown): GraftError {
  return modelFileError(
    path,
    expected,
    received,
    'The file was changed after it was written: save the model again, or use another copy.',
    cause,
  );
}
