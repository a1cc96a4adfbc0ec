/**
 * @file What the values of a network come to, held against its file and its example before anything computes them: a few
 * bytes can ask for a tensor of any size.
 */

import { GraftError } from '../errors/graft-error.ts';
import { sizeText } from '../errors/size-text.ts';
import { isStatic } from '../graph/dimension.ts';
import type { Dimension, Graph, Value } from '../graph/graph.ts';
import type { OpType } from '../graph/operators.ts';
import { typedArrayFor } from '../tensor/dtype.ts';
import type { FileBudget } from '../tensor/file-budget.ts';
import { computeSize } from '../tensor/tensor.ts';

/** Values of an example: 1,024 channels of float32 for every color of a pixel, where real networks have 20. */
const FLOOR_BYTES = 64 * 2 ** 20;
const BYTES_PER_INPUT_BYTE = 4096;

/** Operators whose output may be larger than their inputs. */
const GROWING: ReadonlySet<OpType> = new Set([
  'ConstantOfShape',
  'Expand',
  'Range',
  'Pad',
  'Resize',
  'OneHot',
  'TfIdfVectorizer',
]);

/** What messages say of a value that is too large. */
export interface ClaimedSizesWording {
  /** `an image of this size`. */
  readonly example: string;
  readonly advice: string;
}

/**
 * Takes from the budget what follows from constants alone, which ONNX Runtime computes as it loads the model, and holds
 * all other values against the size of an example.
 *
 * @param graph - With one input, `[N, ...]`, whose sizes are numbers but for the batch.
 * @throws {GraftError} `model-file`, if a constant is too large or of no known size; `shape`, if a value is too large.
 */
export function holdClaimedSizes(graph: Graph, budget: FileBudget, wording: ClaimedSizesWording): void {
  const fixed = new Set(graph.constants.keys());
  const limitBytes = limitOf(graph);
  for (const { op, inputs, outputs } of graph.nodes) {
    const isFixed = inputs.every((name) => name === '' || fixed.has(name));
    for (const name of outputs) {
      const value = graph.values.get(name);
      if (value === undefined) continue;
      if (!isFixed && !isKnown(value)) {
        holdValue(value, { limitBytes, where: budget.where, ...wording });
        continue;
      }
      fixed.add(name);
      if (isStatic(value.shape)) {
        budget.take(computeSize(value.shape) * bytesEach(value), `what is computed as "${name}"`);
      } else if (GROWING.has(op)) {
        throw budget.exceeded(`"${name}", a constant whose size only the run would tell`);
      }
    }
  }
}

/**
 * Holds all values against the size of an example, those too that follow from its size alone, and are computed in every run.
 *
 * @throws {GraftError} `shape`, if a value is too large.
 */
export function holdValueSizes(graph: Graph, where: string, wording: ClaimedSizesWording): void {
  const limitBytes = limitOf(graph);
  for (const { outputs } of graph.nodes) {
    for (const name of outputs) {
      const value = graph.values.get(name);
      if (value !== undefined) holdValue(value, { limitBytes, where, ...wording });
    }
  }
}

function limitOf({ inputs }: Graph): number {
  return (
    FLOOR_BYTES +
    BYTES_PER_INPUT_BYTE * inputs.reduce((sum, { shape }) => sum + shape.reduce(timesNumber, 1), 0)
  );
}

interface Limit extends ClaimedSizesWording {
  readonly limitBytes: number;
  readonly where: string;
}

function holdValue(value: Value, { limitBytes, where, example, advice }: Limit): void {
  const bytes = value.shape.reduce(timesNumber, bytesEach(value));
  if (bytes <= limitBytes) return;
  throw new GraftError('shape', {
    where,
    expected: `values of at most ${sizeText(limitBytes)} for ${example}`,
    received: `${sizeText(bytes)} with "${value.name}"`,
    advice,
  });
}

function bytesEach({ dtype }: Value): number {
  return typedArrayFor(dtype).BYTES_PER_ELEMENT;
}

/** A batch counts as one example: `49*N` as 49. */
function timesNumber(product: number, size: Dimension): number {
  return product * (typeof size === 'number' ? size : Number(/^\d+(?=\*)/.exec(size)?.[0] ?? 1));
}

/** Whether a value is one of sizes that are numbers: of an example's shape, which does not change. */
function isKnown({ sizes }: Value): boolean {
  return sizes?.every((size) => typeof size === 'number') ?? false;
}
