/**
 * @file Images that show the same: saved again, made smaller, gray or brighter, mirrored, or cropped. Candidates come from hashes of the
 * images and of their middle parts, and from the features' nearest neighbors; a pair counts if its pixels correlate where one
 * lies in the other.
 */

import { HammingIndex } from '../../core/inspection/hamming-index.ts';
import type { NearestRows } from '../../core/inspection/nearest-rows.ts';
import type { ImageLook } from './image-look.ts';
import { bestCorrelation, mirrored, type Thumbnail, thumbnail } from './same-image.ts';

/** Bits in which hashes of candidates may differ. */
const HASH_RADIUS = 10;
/** A lower cosine of features makes no candidates. */
const MIN_COSINE = 0.8;
/** So many nearest neighbors of an image are candidates. */
const NEIGHBORS = 3;
/** Pixels of one photograph correlate better, wherever it was cropped. */
const MIN_CORRELATION = 0.94;
/** Of frames that all look alike, each is compared with so many: they are linked all the same. */
const MAX_CANDIDATES = 100;
/** Deviation of the brightness below which hashes tell nothing. */
const MIN_CONTRAST = 3;
/** Kept in memory for being compared again. */
const KEPT_THUMBNAILS = 4096;

/** Two images that show the same, by their places. */
export interface NearPair {
  readonly a: number;
  readonly b: number;
  /** The correlation of their pixels, where one fits best in the other. */
  readonly correlation: number;
}

export interface NearDuplicateOptions {
  /** Of the images' features; undefined where there are none. */
  readonly neighbors?: NearestRows | undefined;
  /** Pairs that need no look: what is known to be the same. */
  readonly isKnown?: ((a: number, b: number) => boolean) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Lets others work, now and then. */
  readonly nextTurn?: (() => Promise<void>) | undefined;
}

/** Finds the pairs. @throws The signal's reason. */
export async function findNearDuplicates(
  looks: readonly (ImageLook | undefined)[],
  { neighbors, isKnown = () => false, signal, nextTurn }: NearDuplicateOptions = {},
): Promise<NearPair[]> {
  const comparer = new Comparer(looks);
  const index = new HammingIndex(wholeHashes(looks));
  const pairs: NearPair[] = [];
  for (const [a, look] of looks.entries()) {
    if (look === undefined || look.contrast < MIN_CONTRAST) continue;
    if (a % 256 === 0) {
      signal?.throwIfAborted();
      await nextTurn?.();
    }
    for (const [b, ways] of candidatesOf(a, look, looks, index, neighbors)) {
      if (isKnown(a, b)) continue;
      const correlation = comparer.compare(a, b, ways);
      if (correlation >= MIN_CORRELATION) pairs.push({ a: Math.min(a, b), b: Math.max(a, b), correlation });
    }
  }
  return distinct(pairs);
}

/** In which ways two images may be the same. */
interface Ways {
  plain: boolean;
  mirrored: boolean;
}

function candidatesOf(
  a: number,
  look: ImageLook,
  looks: readonly (ImageLook | undefined)[],
  index: HammingIndex,
  neighbors: NearestRows | undefined,
): Map<number, Ways> {
  const found = new Map<number, Ways>();
  const add = (b: number, way: keyof Ways): void => {
    if (b === a || looks[b] === undefined || found.size >= MAX_CANDIDATES) return;
    const ways = found.get(b) ?? { plain: false, mirrored: false };
    ways[way] = true;
    found.set(b, ways);
  };
  for (let i = 0; i < look.hashes.length; i += 2) {
    index.within(look.hashes[i]!, look.hashes[i + 1]!, HASH_RADIUS, (b) => add(b, 'plain'));
    index.within(look.mirroredHashes[i]!, look.mirroredHashes[i + 1]!, HASH_RADIUS, (b) =>
      add(b, 'mirrored'),
    );
  }
  if (neighbors !== undefined) {
    let count = 0;
    for (let i = 0; i < neighbors.k && count < NEIGHBORS; i++) {
      const b = neighbors.indices[a * neighbors.k + i]!;
      if (neighbors.cosines[a * neighbors.k + i]! < MIN_COSINE) break;
      if (looks[b] === undefined) continue;
      count++;
      add(b, 'plain');
      add(b, 'mirrored');
    }
  }
  return found;
}

class Comparer {
  readonly #looks: readonly (ImageLook | undefined)[];
  readonly #thumbnails = new Map<string, Thumbnail>();

  constructor(looks: readonly (ImageLook | undefined)[]) {
    this.#looks = looks;
  }

  compare(a: number, b: number, ways: Ways): number {
    const other = this.#thumbnail(b, false);
    return Math.max(
      ways.plain ? bestCorrelation(this.#thumbnail(a, false), other, MIN_CORRELATION) : -1,
      ways.mirrored ? bestCorrelation(this.#thumbnail(a, true), other, MIN_CORRELATION) : -1,
    );
  }

  #thumbnail(place: number, isMirrored: boolean): Thumbnail {
    const key = `${place}${isMirrored ? ' mirrored' : ''}`;
    const known = this.#thumbnails.get(key);
    if (known !== undefined) return known;
    if (this.#thumbnails.size >= KEPT_THUMBNAILS) this.#thumbnails.clear();
    const { thumbnail: values } = this.#looks[place]!;
    const made = thumbnail(isMirrored ? mirrored(values) : values);
    this.#thumbnails.set(key, made);
    return made;
  }
}

/** `[N, 2]`: of an image that could not be read, one that is like no other's. */
function wholeHashes(looks: readonly (ImageLook | undefined)[]): Uint32Array {
  const hashes = new Uint32Array(looks.length * 2);
  looks.forEach((look, place) => {
    if (look !== undefined) hashes.set(look.hashes.subarray(0, 2), place * 2);
  });
  return hashes;
}

/** Each pair once, in the order of places. */
function distinct(pairs: readonly NearPair[]): NearPair[] {
  const byKey = new Map<string, NearPair>();
  for (const pair of pairs) {
    const key = `${pair.a} ${pair.b}`;
    const known = byKey.get(key);
    if (known === undefined || known.correlation < pair.correlation) byKey.set(key, pair);
  }
  return [...byKey.values()].sort((x, y) => x.a - y.a || x.b - y.b);
}
