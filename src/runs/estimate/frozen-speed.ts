/** @file How fast examples go through the frozen part: a few of them, decoded and computed. */

import type { Example } from '../../core/examples/example.ts';
import type { FeedBatch, Feeds, Modality } from '../../core/examples/modality.ts';
import { createFeeds, FORWARD_BATCH } from '../../core/features/feature-extraction.ts';
import { widened } from '../../core/features/feature-set.ts';
import type { Session } from '../../core/runtime/session.ts';

export interface FrozenSpeedOptions {
  readonly modality: Pick<Modality, 'batches'>;
  /** Of these some are taken. */
  readonly examples: readonly Example[];
  readonly session: Session;
  /** What changes an example of a batch before it is computed, for augmentation. */
  readonly draw?: ((feeds: Feeds, row: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface FrozenSpeed {
  /** Seconds that an example takes to be read, decoded and scaled. */
  readonly decode: number;
  /** Seconds that an example takes after that. */
  readonly compute: number;
  /** Numbers of the first tensor of the examples that were computed. */
  readonly features: Float32Array;
}

/** How long the measured pass may take. */
const PASS_SECONDS = 0.15;

/**
 * Measures: a first example warms everything up, a second one tells how many a pass may have.
 *
 * @returns Undefined if none of the examples can be read.
 */
export async function measureFrozen(options: FrozenSpeedOptions): Promise<FrozenSpeed | undefined> {
  const { modality, examples, session, draw, signal } = options;
  const decoded = async (
    some: readonly Example[],
  ): Promise<{ batch: FeedBatch | undefined; seconds: number }> => {
    const started = performance.now();
    const form = { batchSize: Math.max(1, some.length), prefetch: 0, signal };
    let batch: FeedBatch | undefined;
    for await (const each of modality.batches(some, form)) batch = each;
    return { batch, seconds: since(started) };
  };
  const computed = async (batch: FeedBatch): Promise<{ features: Float32Array; seconds: number }> => {
    const started = performance.now();
    for (let row = 0; row < batch.examples.length; row++) draw?.(batch.feeds, row);
    const { features } = await session.run(createFeeds(session, batch));
    const seconds = since(started);
    return { features: widened(features!).data as Float32Array, seconds };
  };
  const [first] = examples;
  if (first === undefined) return undefined;
  const one = (await decoded([first])).batch;
  if (one !== undefined) await computed(copyOf(one));
  const alone = one !== undefined ? (await computed(one)).seconds : PASS_SECONDS;
  const max = Math.max(1, Math.min(FORWARD_BATCH, Math.floor(PASS_SECONDS / alone)));
  const { batch, seconds: decoding } = await decoded(examples.slice(1, 1 + max));
  if (batch === undefined) {
    if (one === undefined) return undefined;
    const again = await computed(one);
    return { decode: 0, compute: again.seconds, features: again.features };
  }
  const { features, seconds } = await computed(batch);
  const count = batch.examples.length;
  // A single example, or a pass that was disturbed, is hardly slower for each than many.
  return { decode: decoding / count, compute: Math.min(seconds / count, alone), features };
}

/** Views are drawn in place. */
function copyOf(batch: FeedBatch): FeedBatch {
  const feeds = Object.fromEntries(
    Object.entries(batch.feeds).map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape, data: data.slice() as typeof data },
    ]),
  );
  return { ...batch, feeds };
}

function since(startedMs: number): number {
  return (performance.now() - startedMs) / 1000;
}
