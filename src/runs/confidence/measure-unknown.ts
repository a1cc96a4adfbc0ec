/** @file Which similarity to the training examples is too low: a gallery of their features, and a threshold by a rate. */

import { type FeatureSet, RowBuffer, someRows } from '../../core/features/feature-set.ts';
import { rowNumbers } from '../../core/features/row-layout.ts';
import { predictBatch } from '../../core/fit/measure.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { createSession } from '../../core/runtime/create-session.ts';
import { platform } from '../../core/runtime/platform.ts';
import type { Trainer } from '../trainer.ts';
import type { Confidence, Gallery, RejectedExamples } from './confidence.ts';
import type { ConfidenceOptions } from './confidence-options.ts';
import { embeddedTensor, embeddingGraph, embeddingWidth } from './embedding.ts';
import { chooseKept, chooseNeighbor, createGallery, emitSimilarity } from './gallery.ts';

/** Fewer training or validation examples say too little of what is unlike them. */
export const MIN_UNKNOWN = 20;

/** Cosines of the same example differ by less, however its features were kept. */
const MARGIN = 1e-3;

/**
 * @param missing - Hears what takes more examples than there are.
 * @returns `similarities` of the test examples where there are some, else of the validation examples.
 */
export async function measureUnknown(
  trainer: Trainer,
  { classifier, recipe, hasTest }: ConfidenceOptions,
  missing: string[],
): Promise<Pick<Confidence, 'unknown' | 'gallery'> & { readonly similarities?: Float32Array | undefined }> {
  const { unknown: rate, seed } = recipe;
  if (rate == null) return {};
  const { model, backbone } = classifier;
  const tensor = embeddedTensor(trainer.part, backbone.model.getLayer(backbone.cut).output);
  const width = embeddingWidth(tensor);
  const place = model.tensors.indexOf(tensor);
  if (width === undefined || place < 0) return {};
  const [train, validation] = [await setOf(trainer, 'train'), await setOf(trainer, 'validation')];
  if (Math.min(train.size, validation.size) < MIN_UNKNOWN) {
    missing.push(`tell what is unknown (${MIN_UNKNOWN} of each)`);
    return {};
  }
  const kept = someRows(train, chooseKept(train, width, seed));
  const embeddings = await run(trainer, tensor, kept, undefined);
  const about = { tensor: place, kept: kept.size, k: chooseNeighbor(kept.labels) };
  const gallery = createGallery(embeddings, about);
  const similarities = await run(trainer, tensor, validation, gallery);
  const threshold = rejectionThreshold(similarities, rate);
  const test = hasTest ? await run(trainer, tensor, await setOf(trainer, 'test'), gallery) : undefined;
  return {
    gallery,
    similarities: test ?? similarities,
    unknown: {
      k: gallery.k,
      threshold,
      rate,
      kept: gallery.kept,
      trainingExamples: train.size,
      validation: rejectedOf(similarities, threshold),
      test: test && rejectedOf(test, threshold),
    },
  };
}

/**
 * The similarity that good examples fall below with at most a probability of `rate`, as of split conformal prediction: the
 * `rate (n + 1)`-th smallest of n; the smallest, where n is too small for so low a rate. It lies half way to the next smaller one, so that
 * no rounding decides.
 */
export function rejectionThreshold(similarities: Float32Array, rate: number): number {
  const sorted = Float32Array.from(similarities).sort();
  const rank = Math.floor(rate * (sorted.length + 1) + 1e-9);
  const kept = sorted[Math.max(1, rank) - 1]!;
  const below = rank > 1 ? sorted[rank - 2]! : kept - 2 * MARGIN;
  return (kept + below) / 2;
}

function rejectedOf(similarities: Float32Array, threshold: number): RejectedExamples {
  const rejected = similarities.reduce((sum, similarity) => sum + Number(similarity < threshold), 0);
  return { examples: similarities.length, rejected };
}

function setOf(trainer: Trainer, name: 'train' | 'validation' | 'test'): Promise<FeatureSet> {
  return trainer.features.of(name, { signal: undefined });
}

/** Embeddings `[size, width]` of a set, or with a gallery similarities `[size]`. */
async function run(
  { part, options }: Trainer,
  tensor: SymbolicTensor,
  set: FeatureSet,
  gallery: Gallery | undefined,
): Promise<Float32Array> {
  const { threads, runtime = platform } = options;
  const graph = embeddingGraph(part, tensor, (builder, embedding) => {
    builder.output(gallery === undefined ? embedding : emitSimilarity(builder, embedding, gallery), 'result');
  });
  const session = await createSession(graph, { runtime, threads });
  try {
    const results: Float32Array[] = [];
    const buffer = new RowBuffer();
    const max = predictBatch(rowNumbers(set.tensors));
    for (let start = 0; start < set.size; start += max) {
      const rows = Uint32Array.from({ length: Math.min(max, set.size - start) }, (_, row) => start + row);
      const tensors = await set.read(rows, buffer);
      const feeds = Object.fromEntries(set.tensors.map(({ name }, index) => [name, tensors[index]!]));
      results.push((await session.run(feeds))['result']!.data as Float32Array);
      await runtime.nextTurn();
    }
    return joined(results);
  } finally {
    await session.dispose();
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
