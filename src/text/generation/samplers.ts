/** @file How the next token is chosen from a model's logits. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { Random } from '../../core/tensor/random.ts';

/** Chooses tokens. Without state: whatever is random comes from the stream that is given. */
export interface Sampler {
  /**
   * The next token's id.
   *
   * @param logits - Of every id; not changed.
   * @param ids - The text so far, the prompt first.
   */
  choose(logits: Float32Array, ids: readonly number[], random: Random): number;
}

/** What every sampler that draws takes. */
export interface SamplerOptions {
  /** Logits are divided by it, > 0: below 1 likely tokens become likelier. Default 1. */
  readonly temperature?: number | undefined;
  /**
   * Logits of tokens that stand in the text are divided by it, or multiplied where below 0, >= 1. Default 1.
   *
   * @see https://arxiv.org/abs/1909.05858
   */
  readonly repetitionPenalty?: number | undefined;
}

/** What `samplers.topK` takes. */
export interface TopKOptions extends SamplerOptions {
  /** How many of the likeliest tokens may be drawn, >= 1. */
  readonly k: number;
}

/** What `samplers.topP` takes. */
export interface TopPOptions extends SamplerOptions {
  /** Only the likeliest tokens whose probabilities come to p together may be drawn, in (0, 1]. */
  readonly p: number;
  /** At most so many of them. Default all. */
  readonly k?: number | undefined;
}

/**
 * Makes samplers, named as in KerasHub: `samplers.topP({ p: 0.9, temperature: 0.8 })`. Where several options are given, they
 * are applied in the order of transformers: repetition, temperature, k, p.
 *
 * @throws {GraftError} `argument`, if an option is out of its range.
 */
export const samplers = {
  /** The likeliest token; of equal ones that of the smallest id. */
  greedy: (options: Pick<SamplerOptions, 'repetitionPenalty'> = {}): Sampler => {
    const { repetitionPenalty } = checked({ ...options });
    return {
      choose: (logits, ids) => largest(penalized(logits, ids, repetitionPenalty)),
    };
  },
  /** A token by its probability. */
  random: (options: SamplerOptions = {}): Sampler => drawing(checked({ ...options })),
  /** One of the k likeliest. */
  topK: (options: TopKOptions): Sampler => drawing(checked({ ...options })),
  /** One of the likeliest that come to a probability of p: nucleus sampling. https://arxiv.org/abs/1904.09751 */
  topP: (options: TopPOptions): Sampler => drawing(checked({ ...options })),
} as const;

interface Settings {
  readonly temperature: number;
  readonly repetitionPenalty: number;
  readonly k: number;
  readonly p: number;
}

function checked(
  options: SamplerOptions & { readonly k?: number | undefined; readonly p?: number | undefined },
): Settings {
  const { temperature = 1, repetitionPenalty = 1, k = Number.POSITIVE_INFINITY, p = 1 } = options;
  require(temperature > 0 && Number.isFinite(temperature), 'a temperature above 0', temperature);
  require(repetitionPenalty >= 1 &&
    Number.isFinite(repetitionPenalty), 'a repetitionPenalty from 1 on', repetitionPenalty);
  require(k === Number.POSITIVE_INFINITY || (Number.isInteger(k) && k >= 1), 'a whole k from 1 on', k);
  require(p > 0 && p <= 1, 'a p above 0 and up to 1', p);
  return { temperature, repetitionPenalty, k, p };
}

function require(fits: boolean, expected: string, received: number): void {
  if (fits) return;
  throw new GraftError('argument', {
    where: 'sampler',
    expected,
    received: String(received),
    advice: 'Correct it, or leave it out for the default.',
  });
}

function drawing({ temperature, repetitionPenalty, k, p }: Settings): Sampler {
  return {
    choose(given, ids, random) {
      const logits = penalized(given, ids, repetitionPenalty);
      const order = likeliest(logits, Math.min(k, logits.length), p);
      const highest = logits[order[0]!]!;
      const weights = Float64Array.from(order, (id) => Math.exp((logits[id]! - highest) / temperature));
      const kept = p === 1 ? order.length : nucleus(weights, p);
      let rest = random.uniform() * sumOf(weights, kept);
      for (let i = 0; i < kept; i++) {
        rest -= weights[i]!;
        if (rest < 0) return order[i]!;
      }
      return order[kept - 1]!;
    },
  };
}

/** Ids by their logits, as many as can be drawn; all in their own order where all can be. */
function likeliest(logits: Float32Array, k: number, p: number): Uint32Array {
  const ids = Uint32Array.from(logits, (_, id) => id);
  if (k === logits.length && p === 1) {
    // The first one is what the others are compared with.
    const best = largest(logits);
    [ids[0], ids[best]] = [best, 0];
    return ids;
  }
  return ids.sort((a, b) => logits[b]! - logits[a]! || a - b).subarray(0, k);
}

/** How many of the first weights come to the fraction p of all: at least one. */
function nucleus(weights: Float64Array, p: number): number {
  const wanted = p * sumOf(weights, weights.length);
  let sum = 0;
  for (let count = 1; count <= weights.length; count++) {
    sum += weights[count - 1]!;
    if (sum >= wanted) return count;
  }
  return weights.length;
}

function sumOf(weights: Float64Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += weights[i]!;
  return sum;
}

function penalized(logits: Float32Array, ids: readonly number[], penalty: number): Float32Array {
  if (penalty === 1) return logits;
  const result = Float32Array.from(logits);
  for (const id of new Set(ids)) {
    const logit = logits[id];
    if (logit !== undefined) result[id] = logit > 0 ? logit / penalty : logit * penalty;
  }
  return result;
}

function largest(numbers: Float32Array): number {
  let best = 0;
  for (let i = 1; i < numbers.length; i++) if (numbers[i]! > numbers[best]!) best = i;
  return best;
}
