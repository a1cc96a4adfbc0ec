/** @file What a file of weights or an ONNX file is, as text for people. */

import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { visible } from '../../core/errors/visible-text.ts';
import { formatShape } from '../../core/graph/dimension.ts';
import type { Value } from '../../core/graph/graph.ts';
import type { DecodedModel } from '../../core/onnx/decoder.ts';
import { computeSize } from '../../core/tensor/tensor.ts';
import { hasTorchNames } from '../../core/weights/foreign-files.ts';
import type { InputShape } from '../../vision/architectures/architecture.ts';
import { defaultCut, featureOutput } from '../../vision/backbone/default-cut.ts';
import { type ImageInput, imageInput } from '../../vision/backbone/graph-backbone.ts';
import { networkPath } from '../../vision/backbone/network-path.ts';
import { onnxPreprocessing } from '../../vision/preprocessing/onnx-preprocessing.ts';
import { describePreprocessing } from '../../vision/preprocessing/preprocessing-text.ts';
import { identifyNetwork } from '../../vision/pretrained/identify-network.ts';
import { identifyTorchNetwork } from '../../vision/pretrained/torch-networks.ts';
import { describeWeights } from '../weights/describe-weights.ts';
import { readWeights, weightFileKind } from '../weights/read-weights.ts';
import { loadBackbone } from './load-backbone.ts';
import { preprocessorConfigBeside, readOnnx } from './onnx-file.ts';

export interface SummarizeOptions {
  /** For a network that is recognized: the image's size. Default: the pretrained config's. */
  readonly inputShape?: InputShape | undefined;
  /** Width of a line of a network's table. */
  readonly width?: number;
}

/** Cuts of a large network fill the screen: so many of the last ones are listed. */
const MAX_CUTS = 24;

/**
 * Of an ONNX file: inputs, outputs, operators, and where it can be cut. Of weights of a network that is recognized: its
 * layers. Of other weights: their tensors. With the classes of a Teachable Machine folder.
 *
 * @throws {GraftError} `file-not-found`, `argument`, `weights`, `model-file`, as the readers do.
 */
export async function summarizeFile(path: string, options: SummarizeOptions = {}): Promise<string> {
  if ((await weightFileKind(path)) === 'onnx') return describeOnnx(path);
  const file = await readWeights(path);
  const classNames = await readLabels(path);
  const labels = classNames === undefined ? '' : `\nClasses: ${visible(classNames.join(', '))}`;
  const network = hasTorchNames(file) ? identifyTorchNetwork(file) : identifyNetwork(file);
  if (network === undefined) return describeWeights(file) + labels;
  const { model, notes } = await loadBackbone(path, {
    weights: 'random',
    inputShape: options.inputShape,
  });
  const table = model.summary(options.width === undefined ? {} : { width: options.width });
  return [table.trimEnd() + labels, ...notes.map(visible)].join('\n');
}

/** The classes in the `metadata.json` that Teachable Machine puts beside its model, if there is one. */
export async function readLabels(path: string): Promise<readonly string[] | undefined> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
  const file = isFolder ? join(path, 'metadata.json') : path.replace(/model\.json$/, 'metadata.json');
  if (!isFolder && file === path) return undefined;
  try {
    const labels = (JSON.parse(await readFile(file, 'utf8')) as { labels?: unknown }).labels;
    return Array.isArray(labels) && labels.every((label) => typeof label === 'string') ? labels : undefined;
  } catch {
    // The classes are an extra: a model without them is whole.
    return undefined;
  }
}

async function describeOnnx(path: string): Promise<string> {
  const where = `model "${basename(path)}"`;
  const decoded = await readOnnx(path);
  const { graph, refusals, producerName, producerVersion } = decoded;
  const numbers = [...graph.constants.values()].filter(({ dtype }) => dtype === 'float32');
  const parameters = numbers.reduce((sum, { shape }) => sum + computeSize(shape), 0);
  const counts = new Map<string, number>();
  for (const { op } of graph.nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const operators = [...counts].sort(([, a], [, b]) => b - a).map(([op, count]) => `${count} ${op}`);
  const problems = new Set([...refusals.values()].map(({ message }) => message));
  const standard = standardCut(decoded, where);
  const cuts = cutsOf(decoded);
  const shown = cuts.slice(-MAX_CUTS);
  return [
    `${where}: ONNX${producerName === '' ? '' : `, written by ${producerName} ${producerVersion}`.trimEnd()}`,
    ...graph.inputs.map((value) => `input   ${show(value)}`),
    ...graph.outputs.map((value) => `output  ${show(value)}`),
    ...(await pixelsOf(path, decoded, where)),
    `${graph.nodes.length} operators: ${operators.join(', ')}`,
    `${parameters.toLocaleString('en-US')} parameters`,
    ...(problems.size === 0 ? [] : ['', 'What cannot be used:', ...[...problems].slice(0, 5)]),
    '',
    cuts.length > shown.length
      ? `Where it can be cut (the last ${shown.length} of ${cuts.length} values that everything passes through):`
      : 'Where it can be cut (values that everything passes through):',
    ...shown.map(
      (value) => `  ${show(value)}${value.name === standard ? '  <- unless another is named' : ''}`,
    ),
  ]
    .map(visible)
    .join('\n');
}

/** How pixels would be scaled, in a line; none of a file that takes no images. */
async function pixelsOf(path: string, { graph, metadata }: DecodedModel, where: string): Promise<string[]> {
  let image: ImageInput;
  try {
    image = imageInput(graph, where);
  } catch (error) {
    if (error instanceof GraftError) return [];
    throw error;
  }
  const { dtype } = image.value;
  const { preprocessing, source } = await onnxPreprocessing({
    name: basename(path),
    metadata,
    dtype,
    layout: image.layout,
    preprocessorConfig: () => preprocessorConfigBeside(path),
  });
  return [`pixels  ${describePreprocessing(preprocessing)} (${source})`];
}

/** None where an operator that Graft lacks stands in the way: it is listed among the problems. */
function standardCut(decoded: DecodedModel, where: string): string | undefined {
  try {
    return defaultCut(decoded, where);
  } catch (error) {
    if (error instanceof GraftError && decoded.refusals.size > 0) return undefined;
    throw error;
  }
}

function show({ name, dtype, shape }: Value): string {
  return `${name}  ${dtype} ${formatShape(shape)}`;
}

/** Values that everything passes through. */
function cutsOf(decoded: DecodedModel): Value[] {
  const { graph, links } = decoded;
  const inputs = graph.inputs.map(({ name }) => name);
  const { passages } = networkPath(links, inputs, featureOutput(decoded));
  return passages.flatMap((name) => {
    const value = graph.values.get(name);
    return value?.dtype === 'float32' ? [value] : [];
  });
}
