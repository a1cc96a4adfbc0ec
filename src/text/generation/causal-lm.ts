/** @file A causal language model, ready to write: its network, its tokenizer, and what begins and ends a text. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import { createRandom } from '../../core/tensor/random.ts';
import type { TextTokenizer, TokenizerConfig } from '../tokenizers/tokenizer.ts';
import type { LanguageModelConfig } from '../weights/build-language-model.ts';
import { type ChatMessage, findChatTemplate, renderChat } from './chat-template.ts';
import { Decoder } from './decoder.ts';
import { type Sampler, samplers } from './samplers.ts';
import { TextStream } from './text-stream.ts';

/** What a model is made of. */
export interface CausalLmParts {
  /** From `token_ids` `[N, S]` to logits `[N, S, vocabulary]`. Default none, where there is a {@link decoder}. */
  readonly network?: Functional | undefined;
  /** What continues texts, where that is no network of layers. Default: it is made of the network. */
  readonly decoder?: (() => Promise<Decoder>) | undefined;
  readonly architecture: LanguageModelConfig;
  readonly tokenizer: TextTokenizer;
  /** What was read of a tokenizer_config.json; it is written again. Default none. */
  readonly tokenizerConfig?: TokenizerConfig | undefined;
  /** The id that begins a text where the tokenizer gives none. Default none. */
  readonly beginId?: number | undefined;
  /** Ids that end a text. Default none. */
  readonly endIds?: readonly number[] | undefined;
}

/** How a language model runs, and on which machine. */
export interface CausalLmOptions extends RuntimeOptions {
  /** Default: as many as the machine offers. */
  readonly threads?: number | undefined;
}

/** A text to go on with, or a conversation to answer. */
export type Prompt = string | readonly ChatMessage[];

/** How a text is continued. */
export interface GenerateOptions {
  /** Tokens that are written at most, >= 1; never more than the model's context leaves. Default 200. */
  readonly maxTokens?: number | undefined;
  /** Default `samplers.greedy()`. */
  readonly sampler?: Sampler | undefined;
  /** The same seed gives the same text. Default 0. */
  readonly seed?: number | undefined;
  /** Whether keys and values are kept from token to token: the text is the same without, and takes longer. Default true. */
  readonly useCache?: boolean | undefined;
  /** Stops between two tokens, with code `interrupted`. */
  readonly signal?: AbortSignal | undefined;
}

/** What was written. */
export interface GeneratedText {
  /** Without the prompt. */
  readonly text: string;
  readonly ids: readonly number[];
  readonly promptIds: readonly number[];
  /** Whether the model ended the text, or the limit did. */
  readonly reason: 'end' | 'length';
}

/** A causal language model. */
export class CausalLm {
  readonly architecture: LanguageModelConfig;
  readonly tokenizer: TextTokenizer;
  readonly tokenizerConfig: TokenizerConfig | undefined;
  readonly beginId: number | undefined;
  readonly endIds: readonly number[];
  readonly #network: Functional | undefined;
  readonly #createDecoder: () => Promise<Decoder>;
  #decoder: Promise<Decoder> | undefined;

  constructor(parts: CausalLmParts, options: CausalLmOptions = {}) {
    const { vocabularySize } = parts.architecture.config;
    if (parts.tokenizer.vocabularySize > vocabularySize) {
      throw new GraftError('weights', {
        where: 'language model',
        expected: `a tokenizer of at most ${vocabularySize} tokens, as the network has`,
        received: `one of ${parts.tokenizer.vocabularySize}`,
        advice: 'Give the tokenizer that the network was trained with.',
      });
    }
    this.#network = parts.network;
    this.#createDecoder = parts.decoder ?? (() => Decoder.create(this.network, options));
    this.architecture = parts.architecture;
    this.tokenizer = parts.tokenizer;
    this.tokenizerConfig = parts.tokenizerConfig;
    this.beginId = parts.beginId;
    this.endIds = parts.endIds ?? [];
  }

  /** @throws {GraftError} `argument`, if it came from an ONNX file, which has no layers. */
  get network(): Functional {
    if (this.#network !== undefined) return this.#network;
    throw new GraftError('argument', {
      where: 'language model',
      expected: 'a model of layers, to train it or to write it in another format',
      received: 'an ONNX file, which has operators',
      advice: 'Load the model that the file was exported from.',
    });
  }

  /** Tokens that a text may have, the prompt included. */
  get maxSequenceLength(): number {
    return this.architecture.config.maxSequenceLength;
  }

  /** The template by which conversations become text, of a model that has one. */
  get chatTemplate(): string | undefined {
    return findChatTemplate(this.tokenizerConfig);
  }

  /**
   * Ids of a text, with what begins one; or of a conversation, by the model's chat template.
   *
   * @throws {GraftError} `argument`, if there is no template, or it refuses the messages.
   */
  async encode(prompt: Prompt): Promise<number[]> {
    if (typeof prompt !== 'string') return this.#encodeChat(prompt);
    const ids = this.tokenizer.encode(prompt);
    return ids.length === 0 && this.beginId !== undefined ? [this.beginId] : ids;
  }

  /**
   * Continues a prompt: goes on with a text, or answers a conversation, `[{ role: 'user', content: 'Hello' }]`.
   *
   * @throws {GraftError} `argument`, if the prompt is empty or too long, or an option is out of its range; `interrupted`.
   */
  async generate(prompt: Prompt, options: GenerateOptions = {}): Promise<GeneratedText> {
    const pieces = this.stream(prompt, options);
    for (;;) {
      const { done, value } = await pieces.next();
      if (done) return value;
    }
  }

  /**
   * As {@link generate}, piece by piece: `for await (const piece of lm.stream('Once upon a time')) ...`. A piece has one
   * letter or more; put together they are the text.
   */
  async *stream(
    prompt: Prompt,
    { maxTokens = 200, sampler = samplers.greedy(), seed = 0, useCache = true, signal }: GenerateOptions = {},
  ): AsyncGenerator<string, GeneratedText, undefined> {
    const promptIds = await this.encode(prompt);
    this.#requirePrompt(promptIds, maxTokens);
    this.#decoder ??= this.#createDecoder();
    const decoder = await this.#decoder;
    const random = createRandom(seed);
    const stream = new TextStream(this.tokenizer, promptIds);
    const ids: number[] = [];
    const most = Math.min(maxTokens, this.maxSequenceLength - promptIds.length + 1);
    let text = '';
    let reason: GeneratedText['reason'] = 'length';
    let decoded = decoder.begin();
    let next: readonly number[] = promptIds;
    while (ids.length < most) {
      if (signal?.aborted === true) throw interrupted();
      if (!useCache) [decoded, next] = [decoder.begin(), [...promptIds, ...ids]];
      const logits = await decoded.extend(next);
      const id = sampler.choose(logits, [...promptIds, ...ids], random);
      if (this.endIds.includes(id)) {
        reason = 'end';
        break;
      }
      ids.push(id);
      next = [id];
      const piece = stream.push(id);
      text += piece;
      if (piece !== '') yield piece;
    }
    const rest = stream.end();
    if (rest !== '') yield rest;
    return { text: text + rest, ids, promptIds, reason };
  }

  /** Takes the compiled network away, as its weights have changed: the next text compiles it again. */
  async refresh(): Promise<void> {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    await (await decoder)?.dispose();
  }

  /** Frees native memory. */
  async dispose(): Promise<void> {
    await this.refresh();
  }

  async #encodeChat(messages: readonly ChatMessage[]): Promise<number[]> {
    const { chatTemplate, tokenizerConfig } = this;
    if (chatTemplate === undefined) {
      throw new GraftError('argument', {
        where: 'prompt',
        expected: 'a text, as the model has no chat template',
        received: countOfMessages(messages),
        advice: 'Give a text to go on with, or a model that was trained to chat.',
      });
    }
    const text = await renderChat(chatTemplate, messages, tokenizerConfig);
    // What begins a text, the template says.
    return this.tokenizer.encode(text, { specialTokens: false });
  }

  #requirePrompt(ids: readonly number[], maxTokens: number): void {
    const refusal = (expected: string, received: string, advice: string): GraftError =>
      new GraftError('argument', { where: 'prompt', expected, received, advice });
    if (ids.length === 0) {
      throw refusal('a text', 'none', 'The model has no token that begins a text: give it a word.');
    }
    if (ids.length > this.maxSequenceLength) {
      const expected = `at most ${this.maxSequenceLength} tokens, the model's context`;
      throw refusal(expected, `${ids.length}`, 'Shorten it, or take a model with a longer context.');
    }
    if (Number.isInteger(maxTokens) && maxTokens >= 1) return;
    throw new GraftError('argument', {
      where: 'generate',
      expected: 'maxTokens from 1 on',
      received: String(maxTokens),
      advice: 'Correct it, or leave it out for 200.',
    });
  }
}

/** Makes a language model of its parts; `loadCausalLm` makes one of files. */
export function causalLm(parts: CausalLmParts, options: CausalLmOptions = {}): CausalLm {
  return new CausalLm(parts, options);
}

function countOfMessages({ length }: readonly ChatMessage[]): string {
  return length === 1 ? '1 message' : `${length} messages`;
}

function interrupted(): GraftError {
  return new GraftError('interrupted', {
    where: 'generate',
    expected: 'to go on to the end',
    received: 'a signal to stop',
    advice: 'Start it again.',
  });
}
