/**
 * @file The kind of example as one interface: images and text implement it, and so may others. Extraction, training, sweeps and
 * estimates are written once, on this.
 *
 * A modality is bound to what one training does with its examples: images to a size and the network's preprocessing, texts to a
 * tokenizer and a longest length.
 */

import type { GraphBuilder } from '../graph/builder.ts';
import type { Functional } from '../layers/functional.ts';
import type { Lowered, SymbolicTensor } from '../layers/layer.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ContentHashes } from './content-hashes.ts';
import type { Example, SkippedExample } from './example.ts';
import type { TensorSpec } from './tensor-spec.ts';

/** What a network takes, by the names of `Modality.inputs`. */
export type Feeds = Readonly<Record<string, Tensor>>;

/** Examples that are ready for a network. */
export interface FeedBatch<E extends Example = Example> {
  /** `[N, ...]`. Until the next batch is asked for: then others may take their place. */
  readonly feeds: Feeds;
  /** The N examples, in the order of the rows. */
  readonly examples: readonly E[];
  /** `[N]`: how long each is, where tensors have a size that varies. */
  readonly lengths?: Uint32Array | undefined;
  /** Examples of the call that are done with this batch, those included that cannot be read. */
  readonly done: number;
}

export interface BatchesOptions {
  /** Examples in a batch; the last batch, and one with unreadable examples, has fewer. */
  readonly batchSize: number;
  /** Batches that are made while the caller works on the one it has. Default 2. */
  readonly prefetch?: number | undefined;
  /** Ends the iteration by throwing the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of each example that is left out, before its batch comes. */
  readonly onSkip?: ((skipped: SkippedExample) => void) | undefined;
  /** Throw at the first unreadable example rather than leave it out. Default false. */
  readonly strict?: boolean | undefined;
}

/** Random views of an example, in its place while training: augmentation. */
export interface ExampleViews {
  /** What determines a view beside the example's content and the view's number: part of the key that features are kept under. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** Loads what {@link draw} needs. */
  prepare(): Promise<void>;
  /**
   * Changes an example of a batch in place, after {@link prepare}.
   *
   * @param row - Which of the batch.
   * @param key - What identifies the example, whatever its name: its hash.
   * @param view - From 0. The same one is the same on every machine.
   */
  draw(feeds: Feeds, row: number, key: string, view: number): void;
}

/** @typeParam E - Its own kind of example: it is given no other. */
export interface Modality<E extends Example = Example> {
  /** What one is called, and several: `image`, `images`. */
  readonly words: { readonly one: string; readonly several: string };
  /** What it feeds to a network. */
  readonly inputs: readonly TensorSpec[];
  /**
   * Whether its batches say what is to be learned at every position of a sequence, as of a language model: beside the inputs, they
   * then have the feeds of {@link POSITION_TARGETS}. Default false: an example's label or target says it.
   */
  readonly hasPositionTargets?: boolean | undefined;
  /** What determines features beside the graph and the examples' content: part of the key that they are kept under. */
  readonly identity: Readonly<Record<string, unknown>>;
  /** Undefined where training examples are taken as they are. */
  readonly views: ExampleViews | undefined;
  /** Bytes of an example's feeds, to tell whether all of them may be kept in memory; undefined where that is not known. */
  readonly exampleBytes: number | undefined;
  /** What messages call an example: its path, or where it stands. */
  nameOf(example: E): string;
  /**
   * SHA-256 of the content of examples from `start` to `end`, into their places; zeros for what cannot be read. Those that were
   * hashed before are left as they are.
   *
   * @throws The signal's reason, if it aborts.
   */
  hash(
    examples: readonly E[],
    start: number,
    end: number,
    hashes: ContentHashes,
    signal?: AbortSignal,
  ): Promise<void>;
  /** Whether an example is still the one that was hashed. False for one that could not be read. */
  isUnchanged(example: E, index: number, hashes: ContentHashes): Promise<boolean>;
  /** Bytes that decoding an example takes beside others, 0 for most; nothing is decoded. */
  decodeBytes(example: E): Promise<number>;
  /**
   * Examples in batches, made ahead of whoever uses them. Examples of a similar length may come together, else in order.
   *
   * @throws {GraftError} In strict mode, of the first example that cannot be read; `argument`; `memory`. And the signal's reason.
   */
  batches(examples: readonly E[], options: BatchesOptions): AsyncGenerator<FeedBatch<E>, void, undefined>;
  /**
   * Emits {@link inputs} as inputs of a graph, and what a model's own inputs are made of them: pixels as the network was trained with
   * them; tokens as they are.
   */
  lowerInputs(builder: GraphBuilder, model: Functional): ReadonlyMap<SymbolicTensor, Lowered>;
}

/** What is to be learned at every position: the class's index, and how much it counts, 0 for padding and for what is only read. */
export const POSITION_TARGETS: readonly [targets: TensorSpec, weights: TensorSpec] = [
  { name: 'targets', dtype: 'int32', shape: [null] },
  { name: 'target_weights', dtype: 'float32', shape: [null] },
];
