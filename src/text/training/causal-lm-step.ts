/** @file A training step of a language model over whole sequences, and the sets that it learns from. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { FeatureSet } from '../../core/features/feature-set.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { Layer, SymbolicTensor } from '../../core/layers/layer.ts';
import type { Loss } from '../../core/losses/loss.ts';
import { sparseCategoricalCrossentropy } from '../../core/losses/sparse-categorical-crossentropy.ts';
import type { Optimizer } from '../../core/optimizers/optimizer.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import { seededDropoutMasks } from '../../core/steps/dropout-masks.ts';
import type { TrainedPart } from '../../core/steps/freeze-boundary.ts';
import { createGraphStep } from '../../core/steps/graph-step.ts';
import type { TrainingStep } from '../../core/steps/training-step.ts';
import { createRandom } from '../../core/tensor/random.ts';
import { FrozenPart, frozenBoundary } from './frozen-part.ts';
import type { TokenSequence } from './packed-tokens.ts';
import { tokenFeatures } from './token-features.ts';

export interface CausalLmStepOptions extends RuntimeOptions {
  readonly optimizer: Optimizer;
  /** Of what is drawn while it trains. Default 1. */
  readonly seed?: number | undefined;
  readonly threads?: number | undefined;
  /**
   * Tokens of all sequences that there are: what frozen blocks give for them is computed once and kept, where that takes no
   * more than a quarter of the free memory. Default: it is computed at every step.
   */
  readonly keptTokens?: number | undefined;
}

/** What trains a language model's trainable weights. */
export interface CausalLmStep {
  readonly step: TrainingStep;
  /** Of every token: `-log p` of it, foretold from those before. */
  readonly loss: Loss;
  /** Sequences as the step takes them. */
  features(sequences: readonly TokenSequence[]): FeatureSet;
  dispose(): Promise<void>;
}

/**
 * Compiles the step. Where it starts are the layers' weights.
 *
 * @throws {GraftError} `graph`, if nothing is trainable; `runtime` or `memory`, if ONNX Runtime does not take it.
 */
export async function createCausalLmStep(
  model: Functional,
  {
    optimizer,
    seed = 1,
    runtime = platform,
    threads,
    keptTokens = Number.POSITIVE_INFINITY,
  }: CausalLmStepOptions,
): Promise<CausalLmStep> {
  requireTrainable(model);
  const found = frozenBoundary(model);
  const keptBytes = 4 * keptTokens * Number(found?.shape.at(-1));
  const boundary = keptBytes <= runtime.freeBytes() / 4 ? found : undefined;
  const machine = { runtime, threads };
  const loss = sparseCategoricalCrossentropy();
  const frozen = boundary && (await FrozenPart.create(model, boundary, machine));
  const step = await createGraphStep(partFrom(model, boundary ?? model.input), {
    ...machine,
    loss,
    optimizer,
    masks: seededDropoutMasks(createRandom(seed).fork('dropout')),
    givesLogits: false,
  });
  return {
    step,
    loss,
    features: (sequences) => tokenFeatures(sequences, frozen),
    async dispose() {
      await step.dispose();
      await frozen?.dispose();
    },
  };
}

/** What is computed at every step: all that comes from a tensor. */
function partFrom(model: Functional, begin: SymbolicTensor): TrainedPart {
  const behind = new Set<SymbolicTensor>([begin]);
  const tensors = model.tensors.filter((tensor) => {
    const comesFrom = tensor !== begin && tensor.inputs.some((input) => behind.has(input));
    if (comesFrom) behind.add(tensor);
    return comesFrom;
  });
  const layers: readonly Layer[] = [...new Set(tensors.map(({ layer }) => layer))];
  const isTrainable = ({ trainable }: Layer): boolean => trainable;
  return { model, boundary: [begin], output: model.output, layers, tensors, isTrainable };
}

function requireTrainable(model: Functional): void {
  if (model.weights.some(({ trainable }) => trainable)) return;
  throw new GraftError('graph', {
    where: `model "${model.name}"`,
    expected: 'a layer that is trained',
    received: 'only frozen layers',
    advice: 'Set model.trainable = true, or call model.enableLora(8).',
  });
}
