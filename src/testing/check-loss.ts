/** @file What every loss must keep to, Graft's own and those of a program. */

import { gradients } from '../core/autodiff/gradients.ts';
import { GraphBuilder } from '../core/graph/builder.ts';
import type { Loss } from '../core/losses/loss.ts';
import { evaluateGraph } from '../core/runtime/create-session.ts';
import { createRandom } from '../core/tensor/random.ts';
import { floats } from '../core/tensor/tensor.ts';
import { broken, ROUNDING, requireClose } from './contract-error.ts';

export interface LossCheck {
  /** Outputs of a sample. Default 3. */
  readonly width?: number | undefined;
  /** Of outputs and targets. Default 1. */
  readonly seed?: number | undefined;
}

const SIZE = 5;

/**
 * Holds a loss to its contract: one number for each sample; operators and plain numbers agree; so do the gradient in plain
 * numbers and the one of the operators.
 *
 * @throws {GraftError} `contract`, with what it does not keep to; `gradient`, if an operator has none.
 */
export async function checkLoss(loss: Loss, { width = 3, seed = 1 }: LossCheck = {}): Promise<void> {
  const where = `contract of loss "${loss.className}"`;
  const random = createRandom(seed);
  const targetWidth = loss.target === 'index' ? 1 : width;
  const logits = Float32Array.from({ length: SIZE * width }, () => 2 * random.normal());
  const targets = targetsFor(loss, width, random);
  const builder = new GraphBuilder('loss');
  const outputs = builder.input('outputs', 'float32', [SIZE, width]);
  const wanted = builder.input('targets', 'float32', [SIZE, targetWidth]);
  const each = loss.perSample(builder, outputs, wanted);
  if (each.shape.length !== 1 || each.shape[0] !== SIZE) {
    const advice = 'Reduce over the outputs of a sample, and not over the samples.';
    throw broken(where, `perSample to give [N], here [${SIZE}]`, `[${each.shape.join(', ')}]`, advice);
  }
  builder.output(each, 'each');
  builder.output(gradients(builder, builder.sumOfAll(each), [outputs])[0]!, 'slopes');
  const results = await evaluateGraph(builder.build(), {
    outputs: floats([SIZE, width], logits),
    targets: floats([SIZE, targetWidth], targets),
  });
  const same = 'Compute the same formula in perSample, evaluate and gradient.';
  const values = loss.evaluate(logits, targets, SIZE);
  requireClose(where, 'evaluate as perSample', values, numbersOf(results['each']!.data), ROUNDING, same);
  const slopes = loss.gradient(logits, targets, SIZE);
  requireClose(
    where,
    'gradient as that of perSample',
    slopes,
    numbersOf(results['slopes']!.data),
    ROUNDING,
    same,
  );
}

function targetsFor(loss: Loss, width: number, random: ReturnType<typeof createRandom>): Float32Array {
  if (loss.target === 'index') return Float32Array.from({ length: SIZE }, () => random.integer(width));
  if (loss.activation === 'linear') return Float32Array.from({ length: SIZE * width }, () => random.normal());
  if (loss.activation === 'sigmoid')
    return Float32Array.from({ length: SIZE * width }, () => random.integer(2));
  const targets = new Float32Array(SIZE * width);
  for (let sample = 0; sample < SIZE; sample++) targets[sample * width + random.integer(width)] = 1;
  return targets;
}

function numbersOf(data: ArrayLike<unknown>): ArrayLike<number> {
  return data as ArrayLike<number>;
}
