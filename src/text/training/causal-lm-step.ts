/** @file A training step of a language model as one ONNX graph: forward, backward and optimizer over whole sequences. */

import { gradients } from '../../core/autodiff/gradients.ts';
import { findSequenceShortcuts } from '../../core/autodiff/sequence-shortcuts.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import { GraphBuilder } from '../../core/graph/builder.ts';
import type { Graph, Value } from '../../core/graph/graph.ts';
import { simplify } from '../../core/graph/passes/simplify.ts';
import type { Functional, NamedWeight } from '../../core/layers/functional.ts';
import type { Lowering, SymbolicTensor } from '../../core/layers/layer.ts';
import { asPlain } from '../../core/layers/layout.ts';
import { inferenceLowering, lowerModel } from '../../core/layers/lower-model.ts';
import { type Optimizer, slotsOf } from '../../core/optimizers/optimizer.ts';
import { decays } from '../../core/optimizers/settings.ts';
import { updateWeights } from '../../core/optimizers/update-weights.ts';
import { createSession } from '../../core/runtime/create-session.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import type { Session } from '../../core/runtime/session.ts';
import { integers, scalar, sizeOf, type Tensor, tensor, zeros } from '../../core/tensor/tensor.ts';
import { causalLoss } from './causal-loss.ts';
import { FrozenPart, frozenBoundary } from './frozen-part.ts';
import type { TokenBatch } from './packed-tokens.ts';

export interface CausalLmStepOptions extends RuntimeOptions {
  readonly optimizer: Optimizer;
  readonly threads?: number | undefined;
  /**
   * Tokens of all sequences that there are: what frozen blocks give for them is computed once and kept, where that takes no
   * more than a quarter of the free memory. Default: it is computed at every step.
   */
  readonly keptTokens?: number | undefined;
}

/** The loss over tokens. */
export interface TokenLoss {
  /** Sum of the losses of all tokens that count. */
  readonly sum: number;
  readonly tokens: number;
}

/** Trains a language model's trainable weights. */
export interface CausalLmStep {
  /** Learns from one batch. @returns The loss before the update. */
  run(batch: TokenBatch, learningRate: number): Promise<TokenLoss>;
  /** The loss with the present weights. */
  evaluate(batch: TokenBatch): Promise<TokenLoss>;
  /** Gives the present weights to the layers. */
  writeWeights(): void;
  dispose(): Promise<void>;
}

/**
 * Compiles the step. Where it starts are the layers' weights.
 *
 * @throws {GraftError} `graph`, if nothing is trainable; `argument`, for an optimizer with averages or accumulation;
 *   `runtime` or `memory`, if ONNX Runtime does not take it.
 */
export async function createCausalLmStep(
  model: Functional,
  { optimizer, runtime = platform, threads, keptTokens = Number.POSITIVE_INFINITY }: CausalLmStepOptions,
): Promise<CausalLmStep> {
  const weights = model.weights.filter(({ trainable }) => trainable);
  requireTrainable(model, weights, optimizer);
  const found = frozenBoundary(model);
  const keptBytes = 4 * keptTokens * Number(found?.shape.at(-1));
  const boundary = keptBytes <= runtime.freeBytes() / 4 ? found : undefined;
  const trained = { model, weights, begin: boundary ?? model.input };
  const machine = { runtime, threads };
  const frozen = boundary && (await FrozenPart.create(model, boundary, machine));
  const step = await createSession(stepGraph(trained, optimizer), machine);
  const forward = await createSession(lossGraph(trained), machine);
  return new GraphStep({ step, forward, frozen }, weights, optimizer);
}

/** What is computed at every step. */
interface TrainedModel {
  readonly model: Functional;
  readonly weights: readonly NamedWeight[];
  /** Where it begins: the ids, or the last frozen tensor. */
  readonly begin: SymbolicTensor;
}

interface Sessions {
  readonly step: Session;
  readonly forward: Session;
  /** What gives the tensor where a step begins, if that is not the ids. */
  readonly frozen: FrozenPart | undefined;
}

/**
 * Inputs: `token_ids` or `hidden`, `targets`, `learning_rate`, `iteration`, `layer/weight`, `layer/weight/slot`. Outputs: `loss_sum`,
 * `token_count`, and of the last two with `:updated` what changes.
 */
function stepGraph(trained: TrainedModel, optimizer: Optimizer): Graph {
  const { weights } = trained;
  const builder = new GraphBuilder('causal_lm_step');
  const { loss, inputs } = emitLoss(builder, trained);
  const mean = builder.div(loss.sum, builder.max(loss.count, 1));
  const slopes = gradients(builder, mean, inputs, {
    shortcuts: [loss.shortcut, ...findSequenceShortcuts(builder)],
  });
  const given = weights.map(({ name, weight }, index) => ({
    weight: inputs[index]!,
    gradient: slopes[index]!,
    slots: new Map(
      slotsOf(optimizer).map(
        (slot) => [slot, builder.input(`${name}/${slot}`, 'float32', inputs[index]!.shape)] as const,
      ),
    ),
    decays: decays(optimizer, weight.spec),
    rateMultiplier: 1,
  }));
  const changes = updateWeights(builder, optimizer, given, {
    learningRate: builder.input('learning_rate', 'float32', []),
    iteration: builder.input('iteration', 'float32', []),
  });
  changes.forEach(({ weight, slots }, index) => {
    const { name } = weights[index]!;
    if (weight !== undefined) builder.output(weight, `${name}:updated`);
    for (const [slot, value] of slots) builder.output(value, `${name}/${slot}:updated`);
  });
  return simplify(builder.build());
}

function lossGraph(trained: TrainedModel): Graph {
  const builder = new GraphBuilder('causal_lm_loss');
  emitLoss(builder, trained);
  return simplify(builder.build());
}

/** Emits the model and its loss; weights that are trained are vectors that are fed, the others constants. */
function emitLoss(
  builder: GraphBuilder,
  { model, weights, begin }: TrainedModel,
): { readonly loss: ReturnType<typeof causalLoss>; readonly inputs: readonly Value[] } {
  const value =
    begin === model.input
      ? builder.input('token_ids', 'int64', ['N', 'S'])
      : builder.input('hidden', 'float32', ['N', 'S', Number(begin.shape.at(-1))]);
  const targets = builder.input('targets', 'int64', ['N', 'S']);
  const vectors = weights.map(({ name, weight }) =>
    builder.input(name, 'float32', [sizeOf(weight.spec.shape)]),
  );
  const shaped = new Map(
    weights.map(({ weight }, index) => {
      const { shape, graphOrder } = weight.spec;
      const value = builder.reshape(vectors[index]!, shape);
      return [weight, graphOrder === undefined ? value : builder.transpose(value, graphOrder)] as const;
    }),
  );
  const frozen = inferenceLowering(builder);
  const lowering: Lowering = {
    ...frozen,
    weight: (layer, name) => shaped.get(layer.weight(name)) ?? frozen.weight(layer, name),
  };
  const given = new Map([[begin, { value, layout: 'plain' as const }]]);
  const [logits] = lowerModel(model, lowering, given);
  const loss = causalLoss(builder, asPlain(builder, logits!), targets);
  builder.output(loss.sum, 'loss_sum');
  builder.output(loss.count, 'token_count');
  return { loss, inputs: vectors };
}

class GraphStep implements CausalLmStep {
  readonly #sessions: Sessions;
  readonly #weights: readonly NamedWeight[];
  /** Weights and slots by their inputs' names. */
  readonly #state = new Map<string, Tensor>();
  #iteration = 0;

  constructor(sessions: Sessions, weights: readonly NamedWeight[], optimizer: Optimizer) {
    this.#sessions = sessions;
    this.#weights = weights;
    for (const { name, weight } of weights) {
      const { value } = weight;
      this.#state.set(name, tensor('float32', [value.length], Float32Array.from(value)));
      for (const slot of slotsOf(optimizer)) {
        this.#state.set(`${name}/${slot}`, zeros('float32', [value.length]));
      }
    }
  }

  async run(batch: TokenBatch, learningRate: number): Promise<TokenLoss> {
    this.#iteration++;
    const results = await this.#sessions.step.run({
      ...(await this.#feeds(batch)),
      learning_rate: scalar(learningRate),
      iteration: scalar(this.#iteration),
      ...Object.fromEntries(this.#state),
    });
    for (const name of this.#state.keys()) this.#state.set(name, results[`${name}:updated`]!);
    return lossOf(results);
  }

  async evaluate(batch: TokenBatch): Promise<TokenLoss> {
    const weights = this.#weights.map(({ name }) => [name, this.#state.get(name)!] as const);
    const feeds = await this.#feeds(batch);
    return lossOf(await this.#sessions.forward.run({ ...feeds, ...Object.fromEntries(weights) }));
  }

  writeWeights(): void {
    for (const { name, weight } of this.#weights) {
      weight.value = Float32Array.from(this.#state.get(name)!.data as Float32Array);
    }
  }

  async dispose(): Promise<void> {
    const { step, forward, frozen } = this.#sessions;
    await step.dispose();
    await forward.dispose();
    await frozen?.dispose();
  }

  async #feeds(batch: TokenBatch): Promise<Record<string, Tensor>> {
    const { ids, targets, size, length } = batch;
    const { frozen } = this.#sessions;
    const wanted = integers(targets, [size, length]);
    if (frozen === undefined) return { token_ids: integers(ids, [size, length]), targets: wanted };
    const hidden = tensor('float32', [size, length, frozen.width], await frozen.compute(batch));
    return { hidden, targets: wanted };
  }
}

function lossOf(results: Readonly<Record<string, Tensor>>): TokenLoss {
  return { sum: Number(results['loss_sum']!.data[0]), tokens: Number(results['token_count']!.data[0]) };
}

function requireTrainable(model: Functional, weights: readonly NamedWeight[], optimizer: Optimizer): void {
  if (weights.length === 0) {
    throw new GraftError('graph', {
      where: `model "${model.name}"`,
      expected: 'a layer that is trained',
      received: 'only frozen layers',
      advice: 'Set model.trainable = true, or call model.enableLora(8).',
    });
  }
  if (optimizer.ema === undefined && optimizer.gradientAccumulationSteps === 1) return;
  throw new GraftError('argument', {
    where: 'language model',
    expected: 'an optimizer without averages and accumulation',
    received: optimizer.className,
    advice: 'Leave useEma and gradientAccumulationSteps out.',
  });
}
