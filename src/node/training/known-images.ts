/** @file What is known of a training's images before anything is computed: hashes, as far as they are needed, and copies. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { type ContentHashes, HASH_BYTES, hashAt } from '../../core/examples/content-hashes.ts';
import type { Sample } from '../../core/examples/sample.ts';
import { type Split, type SplitOptions, splitSamples } from '../../core/examples/splits/split.ts';
import { SET_NAMES, type SetName } from '../../core/features/sample-sets.ts';
import type { NearDuplicate } from '../../text/modality/near-duplicates.ts';
import {
  findIdentical,
  type HashedImages,
  hashedImages,
  type IdenticalImages,
} from '../images/identical-images.ts';

export interface KnownImages {
  /** By set; filled in as more images are hashed. */
  readonly hashes: ReadonlyMap<SetName, ContentHashes>;
  /** Positions count through the sets, in the order of `SET_NAMES`. */
  readonly identical: IdenticalImages;
  /** Texts that are nearly the same as one on another side. Default: none was looked for. */
  readonly near?: readonly NearDuplicate[] | undefined;
}

/** Finds the copies in and between sets. @throws {GraftError} `interrupted`, if the signal aborts. */
export async function knowImages(
  sets: { readonly [Name in SetName]?: readonly Sample[] | undefined },
  signal?: AbortSignal,
): Promise<KnownImages> {
  const lists = SET_NAMES.map((name) => hashedImages(sets[name] ?? []));
  return { hashes: hashesBySet(lists), identical: await find(lists, signal) };
}

/**
 * Splits off validation images; copies of an image stay on one side.
 *
 * @throws {GraftError} As `splitSamples`; `interrupted`, if the signal aborts.
 */
export async function splitKnown(
  pool: readonly Sample[],
  test: readonly Sample[] | undefined,
  options: Omit<SplitOptions, 'identical'>,
  signal?: AbortSignal,
): Promise<Split & KnownImages> {
  const [all, tested] = [hashedImages(pool), hashedImages(test ?? [])];
  const found = await find([all, tested], signal);
  const split = splitSamples(pool, { ...options, identical: found.of(pool) });
  const [train, validation] = [hashedImages(split.train), hashedImages(split.validation)];
  /** Both sides are in the order of the pool. */
  const moved = new Uint32Array(pool.length);
  const next = { train: 0, validation: 0 };
  pool.forEach((sample, position) => {
    const trains = sample === split.train[next.train];
    const to = trains ? next.train++ : next.validation++;
    copyHash(all.hashes, position, (trains ? train : validation).hashes, to);
    moved[position] = trains ? to : split.train.length + to;
  });
  const identical = found.moved((position) => moved[position] ?? position);
  return { ...split, hashes: hashesBySet([train, validation, tested]), identical };
}

async function find(
  lists: readonly HashedImages[],
  signal: AbortSignal | undefined,
): Promise<IdenticalImages> {
  try {
    return await findIdentical(lists, signal);
  } catch (error) {
    throw signal?.aborted ? interruptedLook() : error;
  }
}

/** While images are looked at, before anything is computed. */
export function interruptedLook(): GraftError {
  return new GraftError('interrupted', {
    where: 'images',
    expected: 'to look at all of them',
    received: 'an interruption',
    advice: 'Stopped before training began: nothing was learned yet.',
  });
}

function hashesBySet(lists: readonly HashedImages[]): Map<SetName, ContentHashes> {
  return new Map(SET_NAMES.map((name, index) => [name, lists[index]!.hashes]));
}

function copyHash(from: ContentHashes, position: number, into: ContentHashes, to: number): void {
  into.hashes.set(hashAt(from, position), to * HASH_BYTES);
  into.stamps.set(from.stamps.subarray(position * 2, position * 2 + 2), to * 2);
}
