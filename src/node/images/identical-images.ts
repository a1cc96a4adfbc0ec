/** @file Finds images that are the same byte for byte, without reading those that cannot be. */

import { type ContentHashes, emptyHashes, hashAt, isHashed } from '../../core/examples/content-hashes.ts';
import type { Sample } from '../../core/examples/sample.ts';
import { inTurns } from '../../core/runtime/in-turns.ts';
import { hashImages, stampImages } from './hash-images.ts';

/** Images and what is known of their bytes. */
export interface HashedImages {
  readonly samples: readonly Sample[];
  /** Filled in as more is known. */
  readonly hashes: ContentHashes;
}

/** Groups of identical images, as positions. */
export class IdenticalImages {
  /** Group after group; in each, the positions ascend. Groups are in the order of their first image. */
  readonly #members: Uint32Array;
  /** Where each group begins in the members, and the end of the last. */
  readonly #starts: Uint32Array;

  constructor(groups: readonly ArrayLike<number>[]) {
    const sorted = groups
      .filter(({ length }) => length > 1)
      .map((group) => Uint32Array.from(group).sort())
      .sort((a, b) => a[0]! - b[0]!);
    this.#starts = new Uint32Array(sorted.length + 1);
    this.#members = new Uint32Array(sorted.reduce((sum, { length }) => sum + length, 0));
    sorted.forEach((group, index) => {
      this.#members.set(group, this.#starts[index]!);
      this.#starts[index + 1] = this.#starts[index]! + group.length;
    });
  }

  /** How many groups there are. */
  get size(): number {
    return this.#starts.length - 1;
  }

  /** The positions of each group's images. */
  *[Symbol.iterator](): Generator<Uint32Array, void> {
    for (let group = 0; group < this.size; group++) {
      yield this.#members.subarray(this.#starts[group]!, this.#starts[group + 1]!);
    }
  }

  /** The groups as samples; positions behind the end are passed over. */
  of(samples: readonly Sample[]): Sample[][] {
    return [...this].map((group) => [...group].flatMap((position) => samples[position] ?? []));
  }

  /** The groups at other positions; one that is left with a single image is none. @param move - Undefined drops it. */
  moved(move: (position: number) => number | undefined): IdenticalImages {
    return new IdenticalImages([...this].map((group) => [...group].flatMap((each) => move(each) ?? [])));
  }
}

export function hashedImages(samples: readonly Sample[]): HashedImages {
  return { samples, hashes: emptyHashes(samples.length) };
}

/**
 * Finds identical images among some lists; positions count through all of them. Only files of the same size are read,
 * and their hashes kept; empty and unreadable ones are like no other.
 *
 * @throws The signal's reason, if it aborts.
 */
export async function findIdentical(
  lists: readonly HashedImages[],
  signal?: AbortSignal,
): Promise<IdenticalImages> {
  const owner: { readonly list: HashedImages; readonly start: number }[] = [];
  let total = 0;
  for (const list of lists) {
    await stampImages(list.samples, list.hashes, signal);
    owner.push({ list, start: total });
    total += list.samples.length;
  }
  const placeOf = (position: number): { readonly list: HashedImages; readonly index: number } => {
    const { list, start } = owner.findLast((each) => each.start <= position)!;
    return { list, index: position - start };
  };
  const sizes = new Float64Array(total);
  for (const { list, start } of owner) {
    for (let index = 0; index < list.samples.length; index++) {
      sizes[start + index] = list.hashes.stamps[index * 2 + 1]!;
    }
  }
  const suspects = sharingSize(sizes);
  await inTurns(0, suspects.length, signal, async (suspect) => {
    const { list, index } = placeOf(suspects[suspect]!);
    await hashImages(list.samples, index, index + 1, list.hashes, signal);
  });
  const groups: number[][] = [];
  /** By hash, of the images of one size: the first one, or all. */
  const seen = new Map<string, number | number[]>();
  suspects.forEach((position, suspect) => {
    if (suspect > 0 && sizes[position] !== sizes[suspects[suspect - 1]!]) seen.clear();
    const { list, index } = placeOf(position);
    if (!isHashed(list.hashes.hashes, index)) return;
    const key = Buffer.from(hashAt(list.hashes, index)).toString('latin1');
    const known = seen.get(key);
    if (known === undefined) seen.set(key, position);
    else if (typeof known !== 'number') known.push(position);
    else {
      const group = [known, position];
      groups.push(group);
      seen.set(key, group);
    }
  });
  return new IdenticalImages(groups);
}

/** The positions of files whose size another one has, ordered by size. Empty files are left out. */
function sharingSize(sizes: Float64Array): Uint32Array {
  const ordered = Uint32Array.from(sizes.keys())
    .filter((position) => sizes[position]! > 0)
    .sort((a, b) => sizes[a]! - sizes[b]! || a - b);
  return ordered.filter((position, rank) => {
    const size = sizes[position];
    return [ordered[rank - 1], ordered[rank + 1]].some((next) => next !== undefined && sizes[next] === size);
  });
}
