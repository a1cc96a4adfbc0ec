/** @file What is known of images that are checked: computed with a frozen network, on any machine. */

import { GraftError } from '../core/errors/graft-error.ts';
import { hashAt, isHashed } from '../core/examples/content-hashes.ts';
import { findNameGroups } from '../core/inspection/name-groups.ts';
import { platform } from '../core/runtime/platform.ts';
import { encodeHex } from '../core/tensor/hex.ts';
import type { SkippedEvent } from '../events/training-event.ts';
import type { Backbone } from '../vision/backbone/backbone.ts';
import { findNearDuplicates } from '../vision/inspection/near-duplicates.ts';
import { assess, type CheckEvidence, type EvidenceOptions, linkedGroups, nearest } from './check-evidence.ts';
import type { CheckedExamples } from './checked-examples.ts';
import { type CheckedImages, type ImageFeatureOptions, imageFeatures } from './image-features.ts';

export interface ImageEvidenceOptions
  extends EvidenceOptions,
    Pick<ImageFeatureOptions, 'resize' | 'featureStores' | 'strict'> {
  /** Of folds, parts and resampling, any integer. Default 0. */
  readonly seed?: number | undefined;
  /** A file's name as people know it. */
  readonly shown: (file: string) => string;
  /** Hears of what cannot be read. */
  readonly onSkipped: (event: SkippedEvent) => void;
}

/**
 * Computes images' features, and what follows from them.
 *
 * @throws {GraftError} `dataset`, if none can be read; `image`, in strict mode. And the signal's reason.
 */
export async function imageEvidence<E extends CheckedExamples>(
  backbone: Backbone,
  examples: E,
  images: CheckedImages,
  options: ImageEvidenceOptions,
): Promise<CheckEvidence<E>> {
  const { stages, signal, shown, seed, threads, runtime } = options;
  const computing = { stages, signal, threads, runtime };
  const all = examples.samples.length;
  const found = await imageFeatures(backbone, examples.samples, images, {
    resize: options.resize,
    featureStores: options.featureStores,
    strict: options.strict,
    threads,
    runtime,
    signal,
    onProgress: (stage, done) => stages.update(stage, done, all, 'images'),
  });
  stages.end();
  const { samples, features, looks, places, hashes, identical: exact } = found;
  const skipped = [...examples.skipped, ...found.skipped];
  if (skipped.length > 0) options.onSkipped({ type: 'skipped', skipped });
  if (samples.length === 0) throw nothingReadable(examples.where);
  const neighbors = await nearest(features, computing);
  const isCopy = new Set(exact.flatMap((group) => group.slice(1)));
  const pairs = await findNearDuplicates(
    looks.map((look, place) => (isCopy.has(place) ? undefined : look)),
    { neighbors, signal, nextTurn: () => platform.nextTurn() },
  );
  const { near, linked } = linkedGroups(samples.length, exact, pairs);
  const names = samples.map(({ file }) => file.split(/[/\\]/).at(-1)!);
  const nameGroups = findNameGroups(names, neighbors);
  const together = [...linked, ...(nameGroups?.groups ?? []).map((group) => group.places)];
  return {
    examples,
    samples,
    sets: places.map((place) => examples.sets[place]!),
    skipped,
    shown,
    sha256: places.map((place) => (isHashed(hashes.hashes, place) ? encodeHex(hashAt(hashes, place)) : '')),
    exact,
    near,
    neighbors,
    nameGroups,
    assessment: await assess(found, together, { ...computing, examples, seed }),
    looks,
  };
}

function nothingReadable(where: string): GraftError {
  return new GraftError('dataset', {
    where,
    expected: 'at least 1 readable image',
    received: 'none',
    advice: 'Check the images with another program.',
  });
}
