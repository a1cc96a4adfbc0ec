/** @file Trains a language model on texts: epochs over packed sequences, the best weights kept. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { BatchProgress, Callback, TrainingControl } from '../../core/fit/callbacks/callback.ts';
import { fitWeights } from '../../core/fit/fit.ts';
import type { CallbackState } from '../../core/fit/fit-state.ts';
import type { EpochRecord, History } from '../../core/fit/history.ts';
import { measure } from '../../core/fit/measure.ts';
import type { EarlierPhases, RunCheckpoints } from '../../core/fit/run-checkpoints.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { Optimizer } from '../../core/optimizers/optimizer.ts';
import { optimizers } from '../../core/optimizers/optimizers.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import type { StepState } from '../../core/steps/training-step.ts';
import { createRandom } from '../../core/tensor/random.ts';
import type { CausalLm } from '../generation/causal-lm.ts';
import { createCausalLmStep } from './causal-lm-step.ts';
import { holdOut, packTexts, type TokenSequence } from './packed-tokens.ts';

/** How well a model foretells tokens. */
export interface LanguageMetrics {
  /** Mean of `-log p` of every token, in nats. */
  readonly loss: number;
  /** `e^loss`: among how many equally likely tokens it seems to choose. */
  readonly perplexity: number;
}

/** An epoch that has ended. */
export interface TuneEpoch {
  /** From 1 on. */
  readonly epoch: number;
  /** While it was training. */
  readonly training: LanguageMetrics;
  /** After it, on what is held out. */
  readonly validation: LanguageMetrics;
  readonly isBest: boolean;
}

/** How a language model is trained on texts. */
export interface TuneOptions extends RuntimeOptions {
  /** Passes over the texts, >= 1. Default 3. */
  readonly epochs?: number | undefined;
  /** Sequences in a batch, >= 1. Default 8. */
  readonly batchSize?: number | undefined;
  /** Tokens of a sequence, >= 2. Default 256, at most the model's context. */
  readonly sequenceLength?: number | undefined;
  /**
   * The highest learning rate: it rises over the first tenth of the steps, then falls as a cosine to a tenth of it. Default
   * 1e-3 with adapters, else 5e-4.
   */
  readonly learningRate?: number | undefined;
  /** Default AdamW with gradients of a common norm of at most 1. */
  readonly optimizer?: Optimizer | undefined;
  /** Fraction of the sequences that is held out, in (0, 1). Default 0.1. */
  readonly validationFraction?: number | undefined;
  /** The same seed gives the same weights. Default 1. */
  readonly seed?: number | undefined;
  readonly threads?: number | undefined;
  /** Called after every step. */
  readonly onStep?: ((progress: TuneProgress) => void) | undefined;
  readonly onEpoch?: ((epoch: TuneEpoch) => void) | undefined;
  /** Where it stands is kept there, and gone on with. Default nowhere. */
  readonly checkpoints?: RunCheckpoints | undefined;
  /** What the model is before training: a checkpoint of another one is refused. */
  readonly modelIdentity?: string | undefined;
  /** Called when the text is cut and the model was measured as it is. */
  readonly onStart?: ((start: TuneStart) => void) | undefined;
  /** Stops after a step: what was learned until then is measured, and kept if it is the best. Before the first, with code `interrupted`. */
  readonly signal?: AbortSignal | undefined;
}

/** What a training begins with. */
export interface TuneStart {
  readonly tokens: number;
  readonly trainingSequences: number;
  readonly validationSequences: number;
  readonly sequenceLength: number;
  /** On what is held out, before training. */
  readonly before: LanguageMetrics;
}

/** A step that has ended. */
export interface TuneProgress {
  /** From 1 on. */
  readonly step: number;
  readonly steps: number;
  /** Of its batch. */
  readonly loss: number;
}

/** What a training came to. */
export interface TuneResult extends TuneStart {
  /** On what is held out, with the weights that were kept. */
  readonly after: LanguageMetrics;
  readonly bestEpoch: number;
  /** The last one is not whole, if the signal aborted within it. */
  readonly epochs: readonly TuneEpoch[];
  readonly ended: 'epochs' | 'interrupted';
}

/**
 * Trains what is trainable of a model on texts, and leaves it with the weights of the best epoch; with those that it had, if
 * none was better. Adapters are put in before: `lm.network.enableLora(8)`, and stay apart until `lm.network.mergeLora()`.
 *
 * @throws {GraftError} `dataset`, if there is too little text; `not-a-number`, if the loss is none; `interrupted`;
 *   `checkpoint`, if the one to go on from is of another training.
 */
export async function tuneCausalLm(
  lm: CausalLm,
  texts: readonly string[],
  options: TuneOptions = {},
): Promise<TuneResult> {
  const { epochs = 3, batchSize = 8, seed = 1, validationFraction = 0.1, checkpoints } = options;
  requireWhole('epochs', epochs, 1);
  requireWhole('batchSize', batchSize, 1);
  const sequenceLength = Math.min(options.sequenceLength ?? 256, lm.maxSequenceLength);
  requireWhole('sequenceLength', sequenceLength, 2);
  const packing = { length: sequenceLength, endId: endIdOf(lm) };
  const { sequences, tokens } = packTexts(texts, lm.tokenizer, packing);
  const data = holdOut(sequences, { fraction: validationFraction, seed });
  const isAdapted = lm.network.weights.some(({ name }) => name.includes('lora_kernel'));
  const learningRate = options.learningRate ?? (isAdapted ? 1e-3 : 5e-4);
  const optimizer =
    options.optimizer ?? optimizers.adamW({ learningRate, weightDecay: 0.01, globalClipNorm: 1 });
  lm.network.initialize({ seed });
  const { runtime = platform, threads } = options;
  const settings = { epochs, batchSize, seed, validationFraction, learningRate, optimizer };
  const identity = checkpoints && identityOf(lm, sequences, settings, options);
  const resumed = checkpoints?.resumes ? await checkpoints.resume(identity!) : undefined;
  const made = await createCausalLmStep(lm.network, {
    optimizer,
    seed,
    runtime,
    threads,
    keptTokens: tokens,
  });
  const { step, loss } = made;
  const [training, validation] = [made.features(data.training), made.features(data.validation)];
  const evaluate = async (): Promise<number> =>
    (await measure(step, loss, validation, [], { runtime, batchSize }))['loss']!;
  try {
    const before = resumed?.fit.callbacks[0]?.values['before'] ?? (await evaluate());
    const start: TuneStart = {
      tokens,
      trainingSequences: training.size,
      validationSequences: validation.size,
      sequenceLength,
      before: metricsOf(before),
    };
    options.onStart?.(start);
    const stepsPerEpoch = Math.ceil(training.size / batchSize);
    const records = resumed?.fit.records ?? [];
    const telling = { ...options, records, before, epochs, stepsPerEpoch, evaluate };
    const kept = new KeptWeights(lm.network, telling);
    const { ended } = await fitWeights(step, loss, training, validation, {
      epochs,
      batchSize,
      validationBatchSize: batchSize,
      learningRate,
      schedule: (done, steps) => rateAt(done, epochs * steps, learningRate),
      callbacks: [kept],
      onStep: (progress) => {
        kept.trainingLoss = progress.loss;
      },
      averages: optimizer.ema !== undefined,
      random: createRandom(seed),
      runtime,
      signal: options.signal,
      resume: resumed?.fit,
      checkpoints: checkpoints && {
        isDue: (atEpochEnd) => checkpoints.isDue(atEpochEnd),
        save: (fit) => checkpoints.save(identity!, { phase: 0, earlier: NO_EARLIER_PHASES, fit }),
      },
    });
    await lm.refresh();
    if (kept.epochs.length === 0) throw interrupted();
    const { best, bestEpoch, epochs: history } = kept;
    const how = ended === 'interrupted' ? 'interrupted' : 'epochs';
    return { ...start, after: metricsOf(best), bestEpoch, epochs: history, ended: how };
  } finally {
    await made.dispose();
  }
}

const NO_EARLIER_PHASES: EarlierPhases = { records: [], bestEpoch: 0, bestValue: undefined };

/** What is trained, on what, and how: only such a training goes on from a checkpoint. */
function identityOf(
  { network }: CausalLm,
  sequences: readonly TokenSequence[],
  settings: Readonly<Record<string, unknown>>,
  { runtime = platform, modelIdentity }: TuneOptions,
): string {
  const digest = runtime.sha256();
  digest.update(JSON.stringify({ settings, modelIdentity }));
  for (const { name, weight, trainable } of network.weights) {
    digest.update(`${name} ${weight.spec.shape.join('x')} ${trainable}\n`);
  }
  for (const sequence of sequences) digest.update(new Uint8Array(Int32Array.from(sequence).buffer));
  return digest.hex();
}

interface KeptWeightsOptions extends Pick<TuneOptions, 'onStep' | 'onEpoch'> {
  /** Of epochs that ended before, where a training is gone on with. */
  readonly records: readonly EpochRecord[];
  /** The loss on what is held out, before training. */
  readonly before: number;
  readonly epochs: number;
  readonly stepsPerEpoch: number;
  /** The same loss, now. */
  readonly evaluate: () => Promise<number>;
}

/** Gives the layers the weights of the best epoch, also of one that was interrupted, and tells of steps and epochs. */
class KeptWeights implements Callback {
  readonly #network: Functional;
  readonly #options: KeptWeightsOptions;
  /** While it is undefined, the weights that the layers had are the best. */
  #weights: StepState | undefined;
  /** Of the epoch that has not ended, so far. */
  trainingLoss: number | undefined;
  best: number;
  bestEpoch = 0;
  readonly epochs: TuneEpoch[] = [];

  constructor(network: Functional, options: KeptWeightsOptions) {
    this.#network = network;
    this.#options = options;
    this.best = options.before;
    for (const { epoch, logs } of options.records) this.#add(epoch, logs['loss']!, logs['val_loss']!);
  }

  onBatchEnd({ epoch, step, loss }: BatchProgress): void {
    const { epochs, stepsPerEpoch, onStep } = this.#options;
    onStep?.({ step: (epoch - 1) * stepsPerEpoch + step, steps: epochs * stepsPerEpoch, loss });
  }

  async onEpochEnd({ epoch, logs }: EpochRecord, control: TrainingControl): Promise<void> {
    await this.#end(epoch, logs['loss']!, logs['val_loss']!, control);
  }

  state(): CallbackState {
    const { before } = this.#options;
    return { values: { before, best: this.best, bestEpoch: this.bestEpoch }, weights: this.#weights };
  }

  restore({ weights }: CallbackState): void {
    if (weights !== undefined) this.#keep(weights);
  }

  /** What an interruption leaves of an epoch is measured, too. */
  async onTrainEnd({ epochs, ended }: History, control: TrainingControl): Promise<void> {
    if (ended !== 'interrupted' || this.trainingLoss === undefined) return;
    await this.#end(epochs.length + 1, this.trainingLoss, await this.#options.evaluate(), control);
  }

  async #end(epoch: number, training: number, validation: number, control: TrainingControl): Promise<void> {
    const ended = this.#add(epoch, training, validation);
    if (ended.isBest) this.#keep(await control.readWeights(this.#weights));
    this.trainingLoss = undefined;
    this.#options.onEpoch?.(ended);
  }

  #add(epoch: number, training: number, validation: number): TuneEpoch {
    const isBest = validation < this.best;
    if (isBest) [this.best, this.bestEpoch] = [validation, epoch];
    const ended = { epoch, training: metricsOf(training), validation: metricsOf(validation), isBest };
    this.epochs.push(ended);
    return ended;
  }

  #keep(state: StepState): void {
    this.#weights = state;
    for (const { name, weight } of this.#network.weights) {
      const numbers = state.weights.get(name);
      if (numbers !== undefined) weight.value = numbers;
    }
  }
}

/** Rises over a tenth of the steps, then falls as a cosine to a tenth of its height. */
function rateAt(step: number, steps: number, highest: number): number {
  const warmup = Math.max(1, Math.round(steps / 10));
  if (step < warmup) return (highest * (step + 1)) / warmup;
  const rest = (step - warmup) / Math.max(1, steps - warmup);
  return highest * (0.1 + 0.45 * (1 + Math.cos(Math.PI * rest)));
}

/** What stands between two texts: where a beginning stands before each, nothing more is needed. */
function endIdOf(lm: CausalLm): number | undefined {
  return lm.tokenizer.prefix.length + lm.tokenizer.suffix.length > 0 ? undefined : lm.endIds[0];
}

function metricsOf(loss: number): LanguageMetrics {
  return { loss, perplexity: Math.exp(loss) };
}

function requireWhole(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new GraftError('argument', {
    where: 'tuning a language model',
    expected: `${name} from ${least} on`,
    received: String(value),
    advice: 'Correct it, or leave it out for the default.',
  });
}

function interrupted(): GraftError {
  return new GraftError('interrupted', {
    where: 'tuning a language model',
    expected: 'to go on to the end',
    received: 'a signal to stop',
    advice: 'Start it again.',
  });
}
