/** @file The number that an explanation is of: how much a model's last layer speaks for a class, before probabilities are made. */

import type { GraphBuilder } from '../../core/graph/builder.ts';
import type { Node, Value } from '../../core/graph/graph.ts';
import { finalActivation } from '../../core/losses/logits.ts';

/** What a class's score is made of. */
export interface ClassScores {
  /** `[N, K]`: one number for each class, label or value. */
  readonly logits: Value;
  /**
   * Whether a score is a class's logit less the mean of the others. Where one sigmoid tells two classes apart, the first class's
   * logit is the constant 0, which nothing in the image has a part in.
   */
  readonly isMargin: boolean;
}

/** @param output - The model's output, in the graph that is built. */
export function classScores(builder: GraphBuilder, output: Value): ClassScores {
  const makers = new Map(builder.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const { activation, logits } = finalActivation(builder, output);
  const found = activation === 'linear' ? (behindSmallSigmoid(builder, makers, output) ?? output) : logits;
  return { logits: found, isMargin: found.shape.at(-1) === 2 && isJoined(makers, found) };
}

/** The row of weights whose product with the logits is the score of a class. @param numScores - K of `[N, K]`. */
export function scoreWeights(
  { isMargin }: Pick<ClassScores, 'isMargin'>,
  index: number,
  numScores: number,
): number[] {
  const others = isMargin ? -1 / (numScores - 1) : 0;
  return Array.from({ length: numScores }, (_, each) => (each === index ? 1 : others));
}

/** A sigmoid that keeps small numbers, see `withSmallNumbers`: `1 / (1 + exp(-logits))`. */
function behindSmallSigmoid(
  builder: GraphBuilder,
  makers: ReadonlyMap<string, Node>,
  output: Value,
): Value | undefined {
  let node = makers.get(output.name);
  while (node?.op === 'Identity') node = makers.get(node.inputs[0]!);
  for (const [op, input] of [
    ['Div', 1],
    ['Add', 1],
    ['Exp', 0],
  ] as const) {
    if (node?.op !== op) return undefined;
    node = makers.get(node.inputs[input]!);
  }
  return node?.op === 'Neg' ? builder.value(node.inputs[0]!) : undefined;
}

/** Whether logits are put together of parts: `[0, logit]`, maybe divided by a temperature. */
function isJoined(makers: ReadonlyMap<string, Node>, logits: Value): boolean {
  let node = makers.get(logits.name);
  while (node?.op === 'Identity' || node?.op === 'Mul' || node?.op === 'Div') {
    node = makers.get(node.inputs[0]!);
  }
  return node?.op === 'Concat';
}
