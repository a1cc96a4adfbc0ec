/** @file Finds a model's logits: the values in front of its last Sigmoid or Softmax. */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Node, Value } from '../graph/graph.ts';
import { scalar } from '../tensor/tensor.ts';

/** What stands at the end of a model. */
export interface FinalActivation {
  readonly activation: 'sigmoid' | 'softmax' | 'linear';
  readonly logits: Value;
}

/**
 * The logits behind an output: what its final Sigmoid or Softmax is applied to. Identities and transposes in between
 * are passed over. An output without such an activation is taken for logits itself.
 */
export function findLogits(builder: GraphBuilder, output: Value): Value {
  return finalActivation(builder, output).logits;
}

/** As {@link findLogits}, with the activation that was found. */
export function finalActivation(builder: GraphBuilder, output: Value): FinalActivation {
  const makers = new Map<string, Node>();
  for (const node of builder.nodes) for (const name of node.outputs) makers.set(name, node);
  let node = makers.get(output.name);
  while (node?.op === 'Identity' || node?.op === 'Transpose') node = makers.get(node.inputs[0]!);
  if (node?.op === 'Sigmoid' || node?.op === 'Softmax') {
    return {
      activation: node.op === 'Sigmoid' ? 'sigmoid' : 'softmax',
      logits: builder.value(node.inputs[0]!),
    };
  }
  return { activation: 'linear', logits: output };
}

/**
 * A model's last sigmoid as `1 / (1 + exp(-x))`: ONNX Runtime's own is an approximation that gives 0 where float32 has
 * numbers such as 5e-24 to tell how sure a network is.
 *
 * @param temperature - What its logits are divided by.
 */
export function withSmallNumbers(builder: GraphBuilder, value: Value, temperature = 1): Value {
  const { activation, logits } = finalActivation(builder, value);
  if (activation !== 'sigmoid' || logits.shape.length !== 2) return value;
  const one = builder.scalar(1);
  const scaled = temperature === 1 ? logits : builder.mul(logits, inverse(builder, temperature));
  return builder.div(one, builder.add(one, builder.exp(builder.neg(scaled))));
}

/**
 * Probabilities of a model's classes with its logits divided by a temperature: of both, where one sigmoid is the probability of the second.
 * One Mul in front of the last activation; the weights stay as they are.
 */
export function withTemperature(builder: GraphBuilder, value: Value, temperature: number): Value {
  const { activation, logits } = finalActivation(builder, value);
  if (temperature === 1 || activation === 'linear') return bothClasses(builder, value);
  const scaled = builder.mul(logits, inverse(builder, temperature));
  const all = value.shape.at(-1) === 1 ? builder.concat([builder.mul(scaled, 0), scaled], 1) : scaled;
  return builder.softmax(all, -1);
}

function inverse(builder: GraphBuilder, temperature: number): Value {
  return builder.constant(scalar(1 / temperature), 'inverse_temperature');
}

/**
 * One sigmoid is the probability of the second class: the first has the rest. As a softmax of [0, logit], both keep their
 * small numbers, see {@link withSmallNumbers}.
 */
export function bothClasses(builder: GraphBuilder, value: Value): Value {
  if (value.shape.at(-1) !== 1) return value;
  const { activation, logits } = finalActivation(builder, value);
  if (activation === 'sigmoid') {
    return builder.softmax(builder.concat([builder.mul(logits, 0), logits], 1), 1);
  }
  return builder.concat([builder.sub(1, value), value], 1);
}
