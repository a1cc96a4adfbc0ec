/** @file The frozen part of a model as a graph: from what a modality feeds to the tensors at freeze boundaries. */

import type { Modality } from '../examples/modality.ts';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { simplify } from '../graph/passes/simplify.ts';
import type { Functional } from '../layers/functional.ts';
import { asPlain } from '../layers/layout.ts';
import { inferenceLowering, lowerTensors } from '../layers/lower-model.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { withSmallNumbers } from '../losses/logits.ts';
import type { DType } from '../tensor/dtype.ts';

/** An output of the graph. */
export interface FeatureOutput {
  readonly name: string;
  readonly tensor: SymbolicTensor;
  readonly dtype: DType;
}

/**
 * One graph for several tensors of a model: what they have in common is computed once.
 *
 * @throws {GraftError} `weights`, if a weight on the way has no numbers.
 */
export function featureGraph(
  model: Functional,
  outputs: readonly FeatureOutput[],
  modality: Pick<Modality, 'lowerInputs'>,
): Graph {
  return simplify(literalFeatureGraph(model, outputs, modality));
}

/** The same graph as the layers give it, before anything is folded: cheap to make, and says all that it computes. */
export function literalFeatureGraph(
  model: Functional,
  outputs: readonly FeatureOutput[],
  modality: Pick<Modality, 'lowerInputs'>,
): Graph {
  const builder = new GraphBuilder(model.name);
  const given = modality.lowerInputs(builder, model);
  const lowered = lowerTensors(
    outputs.map((output) => output.tensor),
    inferenceLowering(builder),
    given,
  );
  outputs.forEach(({ name, tensor, dtype }, index) => {
    const plain = asPlain(builder, lowered[index]!);
    const value = tensor === model.output ? withSmallNumbers(builder, plain) : plain;
    builder.output(builder.cast(value, dtype), name);
  });
  return builder.build();
}
