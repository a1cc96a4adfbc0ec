/** @file A phase of a training in small: what there is to do, and how fast a little of it goes. */

import type { ContentHashes } from '../../core/examples/content-hashes.ts';
import type { Feeds, Modality } from '../../core/examples/modality.ts';
import { keepsExamples } from '../../core/features/decoded-examples.ts';
import { widened } from '../../core/features/feature-set.ts';
import type { FeatureSpaces } from '../../core/features/feature-spaces.ts';
import { type RowLayout, USUAL_POSITIONS } from '../../core/features/row-layout.ts';
import type { SampleSets } from '../../core/features/sample-sets.ts';
import type { Loss } from '../../core/losses/loss.ts';
import type { Optimizer } from '../../core/optimizers/optimizer.ts';
import type { FeatureStore } from '../../core/runtime/feature-store.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import type { Session } from '../../core/runtime/session.ts';
import type { TrainedPart } from '../../core/steps/freeze-boundary.ts';
import { joinBytes } from '../../core/tensor/join-bytes.ts';
import { type FrozenSpeed, measureFrozen } from './frozen-speed.ts';
import { countKnown, type KnownFeatures } from './known-features.ts';
import { measureStep, type StepSpeed } from './step-speed.ts';

export interface PhaseEstimateOptions extends RuntimeOptions {
  readonly modality: Modality;
  readonly sets: SampleSets;
  readonly hashesOf: (name: 'train' | 'validation' | 'test') => ContentHashes;
  readonly part: TrainedPart;
  readonly stores: FeatureSpaces | undefined;
  /** Asked for only when examples have to be computed. */
  readonly session: () => Promise<Session>;
  /** Numbers in one example's features, about. */
  readonly width: number;
  /** How they are kept. */
  readonly layout: RowLayout;
  /** The longest sequence that the network takes, where it takes sequences. */
  readonly maxPositions: number | undefined;
  readonly epochs: number;
  readonly batchSize: number;
  readonly loss: Loss;
  readonly optimizer: Optimizer;
  /** With augmentation: how a view is drawn, and how many there are of an example. */
  readonly views: { readonly count: number; readonly draw: (feeds: Feeds, row: number) => void } | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface PhaseEstimate {
  readonly features: {
    /** Of examples and of views, as many as are needed in the whole phase. */
    readonly total: number;
    readonly known: number;
    /** Of one example. */
    readonly numbers: number;
    readonly bytes: number;
  };
  readonly stepsPerEpoch: number;
  /** What a step holds for its batch, beside weights and slots. */
  readonly stepBytes: number;
  readonly seconds: {
    /** For what is not known. */
    readonly features: number;
    readonly step: number;
    /** Validation and steps of an epoch. */
    readonly epoch: number;
    /** All epochs. */
    readonly training: number;
  };
}

/** A row is read, checked and widened at about this speed. */
const READ_BYTES_PER_SECOND = 1e9;

/** @throws What the sessions throw, and the signal's reason. */
export async function estimatePhase(options: PhaseEstimateOptions): Promise<PhaseEstimate> {
  const { sets, epochs, batchSize, width, layout, views, part, threads, signal } = options;
  const counted = await countAll(options);
  const all = [counted.plain, ...counted.views];
  const sum = (of: (part: KnownFeatures) => number): number =>
    all.reduce((total, each) => total + of(each), 0);
  const lacking = all.flatMap((each) => each.lacking);
  let frozen: FrozenSpeed | undefined;
  if (lacking.length > 0) {
    frozen = await measureFrozen({
      modality: options.modality,
      examples: lacking,
      session: await options.session(),
      draw: views?.draw,
      signal,
    });
  }
  signal?.throwIfAborted();
  const speed = await measureStep(part, {
    loss: options.loss,
    optimizer: options.optimizer,
    batchSize: Math.min(batchSize, sets.train.length),
    features: frozen?.features ?? knownRows(options, counted),
    maxPositions: options.maxPositions,
    threads,
    runtime: options.runtime,
  });
  const bytes = layout.bytesOf(USUAL_POSITIONS);
  const epoch = secondsOfEpoch(speed, options, bytes);
  return {
    features: { total: sum(({ total }) => total), known: sum(({ known }) => known), numbers: width, bytes },
    stepsPerEpoch: Math.ceil(sets.train.length / batchSize),
    stepBytes: speed.bytes,
    seconds: {
      features: frozen === undefined ? 0 : secondsOfFeatures(frozen, counted, options),
      step: speed.step,
      epoch,
      training: epoch * epochs,
    },
  };
}

interface Counted {
  readonly plain: KnownFeatures;
  /** Nothing without augmentation. */
  readonly views: readonly KnownFeatures[];
}

async function countAll(options: PhaseEstimateOptions): Promise<Counted> {
  const { modality, sets, stores, hashesOf, views, signal } = options;
  const names = (['train', 'validation', 'test'] as const).filter((name) => sets[name] !== undefined);
  const counts: KnownFeatures[] = [];
  // The training examples as they are, too, with augmentation: the metrics at the end are of them.
  for (const name of names) {
    const [examples, hashes] = [sets[name]!, hashesOf(name)];
    const store = stores?.plain;
    counts.push(await countKnown({ modality, examples, hashes, store, views: undefined, signal }));
  }
  const plain = counts.reduce((a, b) => ({
    total: a.total + b.total,
    known: a.known + b.known,
    lacking: [...a.lacking, ...b.lacking],
    knownKeys: [...a.knownKeys, ...b.knownKeys],
  }));
  if (views === undefined) return { plain, views: [] };
  const [examples, hashes] = [sets.train, hashesOf('train')];
  const counted = await countKnown({
    modality,
    examples,
    hashes,
    store: stores?.views,
    views: views.count,
    signal,
  });
  return { plain, views: [counted] };
}

function secondsOfFeatures(
  { decode, compute }: FrozenSpeed,
  { plain, views }: Counted,
  { sets, modality }: PhaseEstimateOptions,
): number {
  const each = (plain.total - plain.known) * (decode + compute);
  const kept = keepsExamples(sets.train.length, modality);
  return views.reduce((seconds, { total, known }) => {
    const missing = total - known;
    const decoded = kept ? Math.min(missing, sets.train.length) : missing;
    return seconds + decoded * decode + missing * compute;
  }, each);
}

function secondsOfEpoch({ step, predict }: StepSpeed, options: PhaseEstimateOptions, bytes: number): number {
  const { sets, batchSize } = options;
  const validation = sets.validation?.length ?? 0;
  const reading = ((sets.train.length + validation) * bytes) / READ_BYTES_PER_SECOND;
  // The last step of an epoch may be smaller.
  return step * Math.max(1, sets.train.length / batchSize) + predict * validation + reading;
}

/** Rows that lie in a store. */
function knownRows(options: PhaseEstimateOptions, { plain, views }: Counted): Float32Array {
  const { stores, layout } = options;
  const rowsOf = (store: FeatureStore | undefined, keys: readonly Uint8Array[]): Float32Array => {
    if (store === undefined || keys.length === 0) return new Float32Array(0);
    const locations = store.locate(joinBytes(keys));
    const rows = Uint32Array.from(keys.keys());
    const lengths =
      layout.bytesPerRow === undefined
        ? store.lengths!(locations, rows)
        : new Uint32Array(rows.length).fill(layout.bytesPerRow);
    const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
    if (store.read(locations, rows, bytes).length > 0) return new Float32Array(0);
    const [first] = layout.unpack(bytes, lengths).map(widened);
    return first!.dtype === 'float32' ? (first!.data as Float32Array) : new Float32Array(0);
  };
  const plainRows = rowsOf(stores?.plain, plain.knownKeys);
  return plainRows.length > 0 ? plainRows : rowsOf(stores?.views, views[0]?.knownKeys ?? []);
}
