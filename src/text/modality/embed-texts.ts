/** @file The vectors of texts, by a network as it is. */

import type { Functional } from '../../core/layers/functional.ts';
import { modelGraph } from '../../core/layers/lower-model.ts';
import { createSession } from '../../core/runtime/create-session.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import { type Tensor, zeros } from '../../core/tensor/tensor.ts';
import type { TextBackbone } from '../encoders/text-backbone.ts';
import type { LongText } from './long-texts.ts';
import type { TextExample } from './text-example.ts';
import { TextModality } from './text-modality.ts';
import { TextTokens } from './text-tokens.ts';
import { inWindows, maxTokensOfWindows } from './text-windows.ts';

/** How texts go through a network. */
export interface EmbedTextsOptions extends RuntimeOptions {
  /** Texts that go through the network at once. Default 32. */
  readonly batchSize?: number | undefined;
  /** The most tokens of a text. Default: what the network takes. */
  readonly maxTokens?: number | undefined;
  /** What is read of a text that has more. Default `head`. */
  readonly long?: LongText | undefined;
  readonly threads?: number | undefined;
  /** Texts that are done. */
  readonly onProgress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Computes a vector for each text.
 *
 * @returns `[N, D]`, in the order of the texts; a text's vector does not depend on the others.
 * @throws {GraftError} `runtime`, `memory`; and the signal's reason, if it aborts.
 */
export async function embedTexts(
  { model, tokenizer, ...backbone }: Pick<TextBackbone, 'model' | 'tokenizer' | 'maxTokens'>,
  texts: readonly string[],
  { maxTokens = backbone.maxTokens, long, ...options }: EmbedTextsOptions = {},
): Promise<Tensor<'float32'>> {
  const { prefix, suffix } = tokenizer;
  const windows = { windowTokens: Math.min(maxTokens, backbone.maxTokens), prefix, suffix };
  const isInWindows = long === 'windows';
  const tokens = new TextTokens({
    tokenizer,
    maxTokens: isInWindows ? maxTokensOfWindows(windows) : windows.windowTokens,
    long,
    runtime: options.runtime,
  });
  const network = isInWindows ? inWindows(model, windows) : model;
  return embedBatches(network, new TextModality(tokens, options), texts, options);
}

async function embedBatches(
  model: Functional,
  modality: TextModality,
  texts: readonly string[],
  options: EmbedTextsOptions,
): Promise<Tensor<'float32'>> {
  const { batchSize = 32, runtime, threads, onProgress, signal } = options;
  const examples = texts.map((text, label): TextExample => ({ text, label, place: `text ${label}` }));
  const graph = modelGraph(model);
  const session = await createSession(graph, { runtime, threads });
  const width = model.output.shape[1] ?? 0;
  const result = zeros('float32', [texts.length, width]);
  try {
    const batches = modality.batches(examples, { batchSize, signal });
    for await (const { feeds, examples: given, done } of batches) {
      const { data } = (await session.run(feeds))[graph.outputs[0]!.name]!;
      given.forEach(({ label: row }, index) => {
        result.data.set((data as Float32Array).subarray(index * width, (index + 1) * width), row * width);
      });
      onProgress?.(done);
    }
  } finally {
    await session.dispose();
  }
  return result;
}
