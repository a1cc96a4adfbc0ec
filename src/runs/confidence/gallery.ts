/** @file Training examples that a model file keeps the features of, and the similarity of others to them. */

import type { FeatureSet } from '../../core/features/feature-set.ts';
import type { GraphBuilder } from '../../core/graph/builder.ts';
import type { Value } from '../../core/graph/graph.ts';
import { toFloat16Bits } from '../../core/tensor/float16.ts';
import { createRandom } from '../../core/tensor/random.ts';
import { tensor } from '../../core/tensor/tensor.ts';
import type { Gallery } from './confidence.ts';

/** The features' name in a model file. */
export const GALLERY_CONSTANT = 'training_features';
/** Numbers that a file keeps at most, 1 MiB of float16: compared in a fraction of a millisecond. */
const MAX_NUMBERS = 2 ** 19;
/** Examples that it keeps at most. */
const MAX_KEPT = 1024;
/** The neighbor that similarity is measured to, where every class has so many examples. */
const USUAL_K = 10;

/** Which rows of a set are kept: all, or as many of each class, drawn by the seed. In ascending order. */
export function chooseKept({ labels, size }: FeatureSet, width: number, seed: number): Uint32Array {
  const limit = Math.min(MAX_KEPT, Math.max(1, Math.floor(MAX_NUMBERS / width)));
  const order = Uint32Array.from({ length: size }, (_, row) => row);
  if (size <= limit) return order;
  createRandom(seed).fork('gallery').shuffle(order);
  const turns = new Map<number, number>();
  const turnOf = Uint32Array.from(order, (row) => {
    const turn = turns.get(labels[row]!) ?? 0;
    turns.set(labels[row]!, turn + 1);
    return turn;
  });
  // One of each class, then a second one of each, and so on.
  const places = Array.from(order.keys()).sort((a, b) => turnOf[a]! - turnOf[b]! || a - b);
  return Uint32Array.from(places.slice(0, limit), (place) => order[place]!).sort();
}

/** A class of few examples must find its neighbors among its own. @param labels - Of the examples that are kept. */
export function chooseNeighbor(labels: ArrayLike<number>): number {
  const counts = new Map<number, number>();
  for (let row = 0; row < labels.length; row++) counts.set(labels[row]!, (counts.get(labels[row]!) ?? 0) + 1);
  return Math.max(1, Math.min(USUAL_K, ...[...counts.values()].map((count) => Math.ceil(count / 2))));
}

/**
 * Embeddings as a gallery.
 *
 * @param embeddings - `[kept, width]`, each of length 1.
 * @param about - `tensor` by its place among the model's.
 */
export function createGallery(
  embeddings: Float32Array,
  about: Pick<Gallery, 'tensor' | 'kept' | 'k'>,
): Gallery {
  const { kept } = about;
  const width = embeddings.length / kept;
  const rows = toFloat16Bits(embeddings);
  const features = new Uint16Array(rows.length);
  for (let row = 0; row < kept; row++) {
    for (let column = 0; column < width; column++)
      features[column * kept + row] = rows[row * width + column]!;
  }
  return { ...about, width, features };
}

/**
 * Emits the cosine of each example to the k-th nearest in the gallery.
 *
 * @param embedding - `[N, width]`, each of length 1.
 * @returns `[N, 1]`, in [-1, 1].
 */
export function emitSimilarity(builder: GraphBuilder, embedding: Value, gallery: Gallery): Value {
  const { width, kept, k, features } = gallery;
  const columns = builder.constant(tensor('float16', [width, kept], features), GALLERY_CONSTANT);
  const cosines = builder.matMul(embedding, builder.cast(columns, 'float32'));
  return builder.slice(builder.topK(cosines, k, 1), [1], [k - 1], [k]);
}
