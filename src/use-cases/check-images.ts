/** @file What is known of images that are checked. */

import { GraftError } from '../core/errors/graft-error.ts';
import { hashAt, isHashed } from '../core/examples/content-hashes.ts';
import { findNameGroups } from '../core/inspection/name-groups.ts';
import { platform } from '../core/runtime/platform.ts';
import { encodeHex } from '../core/tensor/hex.ts';
import { loadBackbone } from '../node/backbones/load-backbone.ts';
import { gatherCheckedImages } from '../node/inspection/gather-checked.ts';
import { gatherEvidence } from '../node/inspection/image-evidence.ts';
import { DEFAULT_RECIPE } from '../recipe/recipe.ts';
import { findNearDuplicates } from '../vision/inspection/near-duplicates.ts';
import {
  assess,
  type CheckEvidence,
  gatherParts,
  linkedGroups,
  nearest,
  type OpenCheckOptions,
} from './check-evidence.ts';
import { fetchOptions, tellDownload } from './download-events.ts';
import { StageEvents } from './stage-events.ts';

/** Gathers images, their features, and what follows from both. @throws {GraftError} As `checkDataset`. */
export async function imageEvidence(data: string, options: OpenCheckOptions): Promise<CheckEvidence> {
  const { onEvent: emit = () => {}, signal, csv, cache, strict, threads, sizePx, resize } = options;
  const examples = await gatherParts(data, options, (part) => gatherCheckedImages(part, csv));
  const stages = new StageEvents(emit);
  const backbone = await loadBackbone(options.backbone ?? DEFAULT_RECIPE.backbone, {
    inputShape: sizePx === undefined ? undefined : ([sizePx, sizePx, 3] as const),
    weights: options.weights,
    upToCut: true,
    download: { ...fetchOptions(options.download, emit), onProgress: tellDownload(stages), signal },
  });
  stages.end();
  const all = examples.samples.length;
  const found = await gatherEvidence(backbone, examples.samples, {
    resize,
    featureStores: cache,
    strict,
    threads,
    signal,
    onProgress: (stage, done) => stages.update(stage, done, all, 'images'),
  });
  stages.end();
  const skipped = [...examples.skipped, ...found.skipped];
  if (skipped.length > 0) emit({ type: 'skipped', skipped });
  if (found.samples.length === 0) throw nothingReadable(examples.where);
  const neighbors = await nearest(found.features, stages, options);
  const placeOf = new Map(found.places.map((place, index) => [place, index]));
  const exact = [...found.identical.moved((place) => placeOf.get(place))].map((group) => [...group]);
  const isCopy = new Set(exact.flatMap((group) => group.slice(1)));
  const pairs = await findNearDuplicates(
    found.looks.map((look, place) => (isCopy.has(place) ? undefined : look)),
    { neighbors, signal, nextTurn: () => platform.nextTurn() },
  );
  const { near, linked } = linkedGroups(found.samples.length, exact, pairs);
  const names = found.samples.map(({ file }) => file.split(/[/\\]/).at(-1)!);
  const nameGroups = findNameGroups(names, neighbors);
  const assessment = await assess(
    found,
    [...linked, ...(nameGroups?.groups ?? []).map(({ places }) => places)],
    {
      examples,
      stages,
      options,
    },
  );
  return {
    examples,
    samples: found.samples,
    sets: found.places.map((place) => examples.sets[place]!),
    skipped,
    sha256: found.places.map((place) =>
      isHashed(found.hashes.hashes, place) ? encodeHex(hashAt(found.hashes, place)) : '',
    ),
    exact,
    near,
    neighbors,
    nameGroups,
    assessment,
    looks: found.looks,
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
