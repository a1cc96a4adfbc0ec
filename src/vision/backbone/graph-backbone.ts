/** @file Any ONNX file as a backbone: read, cut at a value, and wrapped as one layer. */

import { distance } from 'fastest-levenshtein';
import { GraftError } from '../../core/errors/graft-error.ts';
import { formatShape } from '../../core/graph/dimension.ts';
import type { Graph, Value } from '../../core/graph/graph.ts';
import { removeDeadCode } from '../../core/graph/passes/remove-dead-code.ts';
import { simplify } from '../../core/graph/passes/simplify.ts';
import { isBatched, rebatch } from '../../core/graph/rebatch.ts';
import { Functional } from '../../core/layers/functional.ts';
import { GraphLayer } from '../../core/layers/graph-layer.ts';
import { input } from '../../core/layers/input-layer.ts';
import type { Layout } from '../../core/layers/layer.ts';
import type { DecodedModel } from '../../core/onnx/decoder.ts';
import { holdClaimedSizes } from '../../core/weights/claimed-sizes.ts';
import {
  type BudgetedModel,
  decodeOnnx,
  type OnnxBytes,
  onnxModelName,
} from '../../core/weights/onnx-file.ts';
import type { InputShape } from '../architectures/architecture.ts';
import { onnxPreprocessing } from '../preprocessing/onnx-preprocessing.ts';
import type { Preprocessing } from '../preprocessing/preprocessing.ts';
import { defaultCut } from './default-cut.ts';
import { detectLayout, readLayout } from './graph-layout.ts';

/** A side that a file leaves open: what most networks for ImageNet were trained with. */
const DEFAULT_SIZE_PX = 224;

/** What messages say of values that are too large. */
const IMAGE_SIZES = {
  example: 'an image of this size',
  advice: 'Cut the network before this value, or use smaller images.',
} as const;

export interface GraphBackboneOptions {
  /**
   * The value to cut at: the name of an output of a node, or of the node itself, as Netron shows it. Default: what goes
   * into the last pooling over all positions, or into the head, see {@link defaultCut}.
   */
  readonly cut?: string | undefined;
  /** Default: the file's, 224 pixels where it leaves a side open. */
  readonly inputShape?: InputShape | undefined;
  /**
   * What is done to a pixel in [0, 255]. Default: what the file says, see {@link onnxPreprocessing}; else for NCHW files
   * what torchvision and timm train with, for NHWC files [-1, 1]; nothing where the file takes uint8.
   */
  readonly preprocessing?: Preprocessing | undefined;
}

export interface GraphBackbone {
  /** Images `[H, W, 3]`, then one layer, frozen, that is named after the cut. */
  readonly model: Functional;
  readonly layer: GraphLayer;
  readonly preprocessing: Preprocessing;
  /** How the preprocessing is known, for people: `from the file's metadata`. */
  readonly preprocessingSource: string;
  /** The value that the file was cut at. */
  readonly cut: string;
}

/** An ONNX file of images, wherever it comes from. */
export interface OnnxFile extends OnnxBytes {
  /** The text of the `preprocessor_config.json` that belongs to it, if there is one. */
  readonly preprocessorConfig?: (() => Promise<string | undefined>) | undefined;
}

/**
 * Makes a backbone of an ONNX file. The batch is free, whatever the file has. Only what leads to the cut has to be of
 * operators that Graft has.
 *
 * @throws {GraftError} `model-file`: damaged, no image input, an operator that Graft lacks; `layer-not-found`: no such
 *   value, with the nearest names; `shape`: images that do not fit.
 */
export async function graphBackbone(
  file: OnnxFile,
  options: GraphBackboneOptions = {},
): Promise<GraphBackbone> {
  const { name, preprocessorConfig } = file;
  const where = `model "${name}"`;
  const asWritten = decodeOnnx(file);
  const imageSource = imageInput(asWritten.graph, where);
  const { inputShape = imageSource.inputShape } = options;
  const [height, width, channels] = inputShape;
  const sample = imageSource.layout === 'channelsFirst' ? [channels, height, width] : inputShape;
  const { decoded, cut } = decodeUpTo(file, asWritten, { wanted: options.cut, imageSource, sample, where });
  const truncated = removeDeadCode({
    ...decoded.graph,
    name,
    inputs: [decoded.graph.values.get(imageSource.value.name)!],
    outputs: [decoded.graph.values.get(cut)!],
  });
  checkInputs(decoded.graph, truncated, imageSource.value, where);
  const fitted = fitTo(truncated, sample, imageSource, where);
  holdClaimedSizes(fitted, decoded.budget, IMAGE_SIZES);
  const graph = simplify(fitted);
  checkOutput(graph, where);
  const layer = new GraphLayer({
    name: cut,
    graph,
    inputLayout: imageSource.layout,
    outputLayout: detectLayout(graph, imageSource.layout, readLayout(decoded.graph, cut)),
    fixed: decoded.folded,
  });
  const image = input({ shape: inputShape, name: cut === 'image' ? 'images' : 'image' });
  const model = new Functional({ name: onnxModelName(name), inputs: image, outputs: layer.apply(image) });
  const { dtype } = imageSource.value;
  const { preprocessing, source } =
    options.preprocessing === undefined
      ? await onnxPreprocessing({
          name,
          metadata: decoded.metadata,
          dtype,
          layout: imageSource.layout,
          preprocessorConfig,
        })
      : { preprocessing: options.preprocessing, source: 'as asked for' };
  return { model, layer, preprocessing, preprocessingSource: source, cut };
}

interface CutRequest {
  /** Default: {@link defaultCut}. */
  readonly wanted: string | undefined;
  readonly imageSource: ImageInput;
  /** The image's shape, as the file has its axes. */
  readonly sample: readonly number[];
  readonly where: string;
}

/**
 * The file as far as it is needed, and the value to cut at. What it leaves to be computed, as pads that follow from the
 * size of the image, was computed for the size in the file, or could not be where a size or the batch is open there:
 * then it is read again, as if it had been written for one image of this size.
 */
function decodeUpTo(
  file: OnnxFile,
  asWritten: BudgetedModel,
  { wanted, imageSource, sample, where }: CutRequest,
): { readonly decoded: BudgetedModel; readonly cut: string } {
  if (!asWritten.isFixed) {
    const cut = found(() => findCut(asWritten, wanted ?? defaultCut(asWritten, where), where));
    if (typeof cut === 'string') return { decoded: asWritten, cut };
    if (asWritten.refusals.size === 0) throw cut;
  }
  const { name: input } = imageSource.value;
  const decoded = decodeOnnx(file, {
    shapeOf: ({ name, shape }) => (name === input ? [1, ...sample] : shape),
    foldsSizes: true,
  });
  // A network that cannot work on images of this size still tells where it would be cut.
  const standard = wanted ?? found(() => defaultCut(decoded, where));
  const name = typeof standard === 'string' ? standard : defaultCut(asWritten, where);
  const cut = found(() => findCut(decoded, name, where));
  if (typeof cut !== 'string') throw misfit(cut, sample, imageSource, where);
  return { decoded, cut };
}

/** A name, or the error in its place. */
function found(name: () => string): string | GraftError {
  try {
    return name();
  } catch (error) {
    if (error instanceof GraftError) return error;
    throw error;
  }
}

/** The input of a file that images go into. */
export interface ImageInput {
  readonly value: Value;
  readonly layout: Layout;
  readonly inputShape: InputShape;
}

/**
 * The one input of four axes with three channels, in the second or the last place.
 *
 * @throws {GraftError} `model-file`, if there is not one such input.
 */
export function imageInput(graph: Graph, where: string): ImageInput {
  const images = graph.inputs.flatMap((value): ImageInput[] => {
    const { dtype, shape } = value;
    if (shape.length !== 4 || !['float32', 'float16', 'float64', 'uint8'].includes(dtype)) return [];
    const side = (axis: number) => (typeof shape[axis] === 'number' ? shape[axis] : DEFAULT_SIZE_PX);
    if (shape[1] === 3 || (shape[3] !== 3 && typeof shape[1] === 'string')) {
      return [{ value, layout: 'channelsFirst', inputShape: [side(2), side(3), 3] }];
    }
    return shape[3] === 3 ? [{ value, layout: 'plain', inputShape: [side(1), side(2), 3] }] : [];
  });
  const [only] = images;
  if (images.length === 1 && only !== undefined) {
    requireImageSize(only.inputShape, where);
    return only;
  }
  const all = graph.inputs.map(({ name, dtype, shape }) => `"${name}" ${dtype} ${formatShape(shape)}`);
  throw new GraftError('model-file', {
    where,
    expected: 'one input of images, [N, 3, H, W] or [N, H, W, 3]',
    received: all.join(', ') || 'no input',
    advice: 'Give a network that takes images.',
  });
}

/** As many pixels as are decoded. */
const MAX_PIXELS = 0x3fff * 0x3fff;

function requireImageSize([height, width]: InputShape, where: string): void {
  if (height > 0 && width > 0 && height * width <= MAX_PIXELS) return;
  throw new GraftError('model-file', {
    where,
    expected: `images of at most ${MAX_PIXELS} pixels`,
    received: `${height} x ${width}`,
    advice: 'Export the network for smaller images.',
  });
}

/** What is needed besides the image cannot be given. */
function checkInputs(graph: Graph, truncated: Graph, imageSource: Value, where: string): void {
  const needed = new Set(truncated.nodes.flatMap((node) => node.inputs));
  const other = graph.inputs.find(({ name }) => name !== imageSource.name && needed.has(name));
  if (other === undefined) return;
  throw new GraftError('model-file', {
    where,
    expected: 'a cut that needs the image alone',
    received: `one that needs the input "${other.name}" too`,
    advice: 'Cut the network earlier.',
  });
}

function findCut({ graph, refusals }: DecodedModel, cut: string, where: string): string {
  if (graph.values.has(cut) && !graph.constants.has(cut)) return cut;
  const byNode = graph.nodes.find((node) => node.name === cut)?.outputs[0];
  if (byNode !== undefined) return byNode;
  const refusal = refusals.get(cut);
  if (refusal !== undefined) throw refusal;
  const names = new Set(graph.nodes.flatMap((node) => node.outputs).filter((name) => name !== ''));
  const nearest = [...names]
    .map((name) => ({ name, edits: distance(name, cut) }))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, 3)
    .map(({ name }) => `"${name}"`);
  throw new GraftError('layer-not-found', {
    where,
    expected: 'the name of a value to cut at',
    received: `"${cut}"`,
    advice: `The nearest names are ${nearest.join(', ')}.`,
  });
}

function fitTo(graph: Graph, sample: readonly number[], imageSource: ImageInput, where: string): Graph {
  try {
    return rebatch(graph, { sample });
  } catch (error) {
    if (!(error instanceof GraftError) || error.code !== 'shape') throw error;
    throw misfit(error, sample, imageSource, where);
  }
}

/** An error of shapes inside a network, in the words of its images; any other as it is. */
function misfit(
  error: GraftError,
  sample: readonly number[],
  { value }: ImageInput,
  where: string,
): GraftError {
  const isSize =
    error.code === 'shape' || (error.cause instanceof GraftError && error.cause.code === 'shape');
  const fixed = value.shape.slice(1).every((size) => typeof size === 'number');
  const isSame = sample.every((size, axis) => size === value.shape[axis + 1]);
  if (!isSize || (error.code === 'model-file' && isSame)) return error;
  const { expected, received } = error.parts;
  return new GraftError(
    'shape',
    {
      where,
      expected: `${error.parts.where} to work on images [N, ${sample.join(', ')}], with ${expected}`,
      received,
      advice: fixed
        ? `The file was written for ${formatShape(value.shape)}: use that size, or cut it before this node.`
        : 'Use another size, or cut it before this node.',
    },
    { cause: error },
  );
}

function checkOutput(graph: Graph, where: string): void {
  const output = graph.outputs[0]!;
  const floating = output.dtype === 'float32';
  if (isBatched(output) && floating) return;
  throw new GraftError('shape', {
    where,
    expected: 'a cut with numbers for each image of a batch, float32 [N, ...]',
    received: `"${output.name}", ${output.dtype} ${formatShape(output.shape)}`,
    advice: 'Cut at another value.',
  });
}
