/** @file Trains a language model on texts: epochs over packed sequences, the best weights kept. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { Optimizer } from '../../core/optimizers/optimizer.ts';
import { optimizers } from '../../core/optimizers/optimizers.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import { createRandom } from '../../core/tensor/random.ts';
import type { CausalLm } from '../generation/causal-lm.ts';
import { type CausalLmStep, createCausalLmStep, type TokenLoss } from './causal-lm-step.ts';
import { batchesOf, type HeldOut, holdOut, packTexts, type TokenSequence } from './packed-tokens.ts';

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
 * @throws {GraftError} `dataset`, if there is too little text; `not-a-number`, if the loss is none; `interrupted`.
 */
export async function tuneCausalLm(
  lm: CausalLm,
  texts: readonly string[],
  options: TuneOptions = {},
): Promise<TuneResult> {
  const { epochs = 3, batchSize = 8, seed = 1, validationFraction = 0.1 } = options;
  requireWhole('epochs', epochs, 1);
  requireWhole('batchSize', batchSize, 1);
  const sequenceLength = Math.min(options.sequenceLength ?? 256, lm.maxSequenceLength);
  requireWhole('sequenceLength', sequenceLength, 2);
  const { sequences, tokens } = packTexts(texts, lm.tokenizer, {
    length: sequenceLength,
    endId: endIdOf(lm),
  });
  const data = holdOut(sequences, { fraction: validationFraction, seed });
  const isAdapted = lm.network.weights.some(({ name }) => name.includes('lora_kernel'));
  const learningRate = options.learningRate ?? (isAdapted ? 1e-3 : 5e-4);
  const optimizer =
    options.optimizer ?? optimizers.adamW({ learningRate, weightDecay: 0.01, globalClipNorm: 1 });
  lm.network.initialize({ seed });
  const { runtime, threads } = options;
  const step = await createCausalLmStep(lm.network, { optimizer, runtime, threads, keptTokens: tokens });
  try {
    const before = await measure(step, data.validation, batchSize);
    const start: TuneStart = {
      tokens,
      trainingSequences: data.training.length,
      validationSequences: data.validation.length,
      sequenceLength,
      before,
    };
    options.onStart?.(start);
    const done = await train(step, data, before, { ...options, epochs, batchSize, seed, learningRate });
    await lm.refresh();
    return { ...start, ...done };
  } finally {
    await step.dispose();
  }
}

/**
 * The loss of a model on texts, as it is.
 *
 * @throws {GraftError} `dataset`, if there are fewer than two tokens.
 */
export async function measure(
  step: Pick<CausalLmStep, 'evaluate'>,
  sequences: readonly TokenSequence[],
  batchSize: number,
): Promise<LanguageMetrics> {
  const losses: TokenLoss[] = [];
  for (const batch of batchesOf(sequences, batchSize)) losses.push(await step.evaluate(batch));
  return metricsOf(losses);
}

interface TrainSettings extends TuneOptions {
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly learningRate: number;
}

async function train(
  step: CausalLmStep,
  { training, validation }: HeldOut,
  before: LanguageMetrics,
  { epochs, batchSize, seed, learningRate, onStep, onEpoch, signal }: TrainSettings,
): Promise<Pick<TuneResult, 'after' | 'bestEpoch' | 'epochs' | 'ended'>> {
  const steps = epochs * Math.ceil(training.length / batchSize);
  const history: TuneEpoch[] = [];
  let [done, best, bestEpoch] = [0, before, 0];
  const isInterrupted = (): boolean => signal?.aborted === true;
  for (let epoch = 1; epoch <= epochs && !isInterrupted(); epoch++) {
    const losses: TokenLoss[] = [];
    const random = createRandom(seed).fork(`epoch ${epoch}`);
    for (const batch of batchesOf(training, batchSize, random)) {
      if (isInterrupted()) break;
      const loss = await step.run(batch, rateAt(done, steps, learningRate));
      requireNumber(loss, done + 1);
      losses.push(loss);
      done++;
      onStep?.({ step: done, steps, loss: loss.sum / loss.tokens });
    }
    if (losses.length === 0) break;
    const measured = await measure(step, validation, batchSize);
    const isBest = measured.loss < best.loss;
    if (isBest) {
      [best, bestEpoch] = [measured, epoch];
      step.writeWeights();
    }
    const ended = { epoch, training: metricsOf(losses), validation: measured, isBest };
    history.push(ended);
    onEpoch?.(ended);
  }
  if (history.length === 0) throw interrupted();
  const ended = done < steps ? 'interrupted' : 'epochs';
  return { after: best, bestEpoch, epochs: history, ended };
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

function metricsOf(losses: readonly TokenLoss[]): LanguageMetrics {
  const tokens = losses.reduce((sum, loss) => sum + loss.tokens, 0);
  const loss = losses.reduce((sum, each) => sum + each.sum, 0) / Math.max(1, tokens);
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

function requireNumber({ sum }: TokenLoss, step: number): void {
  if (Number.isFinite(sum)) return;
  throw new GraftError('not-a-number', {
    where: `step ${step}`,
    expected: 'a finite loss',
    received: String(sum),
    advice: 'Lower the learning rate.',
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
