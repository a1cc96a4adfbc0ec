/** @file A network for texts with its weights and its tokenizer: what a training begins with. */

import type { Functional } from '../../core/layers/functional.ts';
import type { TextTokenizer } from '../tokenizers/tokenizer.ts';
import type { TextPooling } from './sentence-encoder.ts';

/** What is told of a text backbone. */
export interface TextBackboneFacts {
  /** By this name it is asked for. */
  readonly id: string;
  readonly title: string;
  /** The family: `bert`. */
  readonly architecture: string;
  /** As the publisher states it; `unknown` for what someone brings. */
  readonly license: string;
}

/** A network of texts, ready: ids `[N, S]` padded with -1 to a vector for each text `[N, D]`. */
export interface TextBackbone {
  readonly model: Functional;
  readonly tokenizer: TextTokenizer;
  readonly facts: TextBackboneFacts;
  /** Longest text in tokens, special ones included. */
  readonly maxTokens: number;
  /** How its vector is made of those of the tokens, where its last layers do nothing else. */
  readonly pooling?: TextPooling | undefined;
  /** What was taken otherwise than usual, for people, one sentence each. */
  readonly notes: readonly string[];
}
