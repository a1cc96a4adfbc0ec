/** @file Whether a model's metadata and its graph are of one another: what the one says goes in and comes out of the other. */

import { sizeText } from '../core/errors/size-text.ts';
import { formatShape } from '../core/graph/dimension.ts';
import type { Graph, Value } from '../core/graph/graph.ts';
import { typedArrayFor } from '../core/tensor/dtype.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import { type AnyModelInfo, modelFileError } from './model-info.ts';
import { SIMILARITY_OUTPUT } from './model-output.ts';

/** Pixels of the largest input, 4,096 x 4,096: a dozen images of this size are decoded ahead, 50 MB each. */
const MAX_INPUT_PIXELS = 4096 * 4096;

/** Bytes of the largest tensor that a model may compute for one image. */
const MAX_TENSOR_BYTES = 2 ** 30;

/**
 * Refuses metadata that the graph does not fit, and a graph that takes more memory than any classifier.
 *
 * @throws {GraftError} `model-file`.
 */
export function requireInterface(path: string, info: AnyModelInfo, graph: Graph): void {
  if (!('modality' in info)) requireModestSize(path, info.input);
  const seen = new Set<string>();
  for (const name of info.classNames) {
    if (seen.has(name)) throw modelFileError(path, 'names that differ', `"${name}" twice`, CHANGED);
    seen.add(name);
  }
  const [example] = graph.inputs;
  const batch = example?.shape[0] ?? 'N';
  if ('modality' in info) {
    const length = example?.shape[1];
    const shape = [batch, typeof length === 'string' ? length : 'S'];
    require('input', graph.inputs, { name: 'ids', dtype: 'int64', shape });
  } else {
    const { widthPx, heightPx } = info.input;
    require('input', graph.inputs, { name: 'image', dtype: 'uint8', shape: [batch, heightPx, widthPx, 3] });
  }
  const { name, formerNames = [] } = taskNamed<Task>(info.task).output;
  const [told, similarity] = graph.outputs;
  const knowsUnknown = info.recipe !== undefined && info.confidence?.unknown !== undefined;
  if (knowsUnknown) {
    const wanted = { name: SIMILARITY_OUTPUT, dtype: 'float32' as const, shape: [batch, 1] };
    require('second output', similarity === undefined ? [] : [similarity], wanted);
  }
  const outputs = knowsUnknown && graph.outputs.length === 2 ? [told!] : graph.outputs;
  require('output', outputs, {
    name: formerNames.find((former) => former === graph.outputs[0]?.name) ?? name,
    dtype: 'float32',
    shape: [batch, info.classNames.length],
  });
  requireModestTensors(path, graph, 'modality' in info ? 'text' : 'image');

  function require(what: string, values: readonly Value[], wanted: Value): void {
    const [value] = values;
    const fits =
      values.length === 1 &&
      value!.name === wanted.name &&
      value!.dtype === wanted.dtype &&
      typeof value!.shape[0] === 'string' &&
      formatShape(value!.shape) === formatShape(wanted.shape);
    if (fits) return;
    throw modelFileError(
      path,
      `one ${what}, ${show(wanted)}, as its metadata say`,
      values.map(show).join(', ') || 'none',
      CHANGED,
    );
  }
}

function requireModestSize(
  path: string,
  { widthPx, heightPx }: { readonly widthPx: number; readonly heightPx: number },
): void {
  if (widthPx * heightPx <= MAX_INPUT_PIXELS) return;
  throw modelFileError(
    path,
    `an input of at most ${MAX_INPUT_PIXELS.toLocaleString('en')} pixels`,
    `${widthPx} x ${heightPx}`,
    CHANGED,
  );
}

const CHANGED = 'The file was changed after it was written: train again, or use another copy.';

/** Of sizes that are not known until it runs, such as the number of images, only the factor counts: 25 of `25*N`. */
function requireModestTensors(path: string, graph: Graph, one: string): void {
  for (const value of graph.values.values()) {
    const sizes = value.shape.map((size) =>
      typeof size === 'number' ? size : Number.parseInt(size, 10) || 1,
    );
    const bytes = sizes.reduce(
      (product, size) => product * size,
      typedArrayFor(value.dtype).BYTES_PER_ELEMENT,
    );
    if (bytes <= MAX_TENSOR_BYTES) continue;
    throw modelFileError(
      path,
      `tensors of at most ${sizeText(MAX_TENSOR_BYTES)} for ${one === 'image' ? 'an image' : `a ${one}`}`,
      `${show(value)}`,
      one === 'image'
        ? 'No classifier needs that: train one on smaller images, or use another copy.'
        : 'No classifier needs that: train another one, or use another copy.',
    );
  }
}

function show({ name, dtype, shape }: Value): string {
  return `"${name}" ${dtype} ${formatShape(shape)}`;
}
