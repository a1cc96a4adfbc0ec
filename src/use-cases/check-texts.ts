/** @file What is known of texts that are checked. */

import { GraftError } from '../core/errors/graft-error.ts';
import { rowsInMemory } from '../core/inspection/row-source.ts';
import { platform } from '../core/runtime/platform.ts';
import { StageEvents } from '../events/stage-events.ts';
import { assess, type CheckEvidence, linkedGroups, nearest } from '../inspection/check-evidence.ts';
import type { FileExamples } from '../node/inspection/gather-checked.ts';
import { loadTextBackbone } from '../node/text/load-text-backbone.ts';
import type { CsvOptions } from '../node/training/csv-image-sets.ts';
import { identicalTexts, readLabeledTexts, type TextSample } from '../node/training/text-sets.ts';
import { refuseFields } from '../recipe/text-defaults.ts';
import { findNearTexts } from '../text/inspection/near-texts.ts';
import { embedTexts } from '../text/modality/embed-texts.ts';
import { gatherParts, type OpenCheckOptions } from './check-data.ts';
import { fetchOptions, tellDownload } from './download-events.ts';

/** Gathers texts, their features, and what follows from both. @throws {GraftError} As `checkDataset`. */
export async function textEvidence(
  data: string,
  options: OpenCheckOptions,
): Promise<CheckEvidence<FileExamples>> {
  const { onEvent: emit = () => {}, signal, csv = {}, threads, weights, sizePx, resize } = options;
  refuseFields({ weights, sizePx, resize }, 'texts');
  const examples = await gatherParts(data, options, (part) => gatherTexts(part, csv));
  const { samples, sets, skipped } = examples;
  if (skipped.length > 0) emit({ type: 'skipped', skipped });
  const stages = new StageEvents(emit);
  const backbone = await loadTextBackbone(options.backbone, {
    download: { ...fetchOptions(options.download, emit), onProgress: tellDownload(stages), signal },
  });
  stages.end();
  const texts = samples.map(({ text }) => text);
  const vectors = await embedTexts(backbone, texts, {
    threads,
    signal,
    onProgress: (done) => stages.update('features', done, texts.length, 'texts'),
  });
  stages.end();
  const features = rowsInMemory(vectors.data, vectors.shape[1]!);
  const computing = { stages, threads, signal };
  const neighbors = await nearest(features, computing, 'texts');
  const exact = [...identicalTexts(samples)].map((group) => [...group]);
  const { near, linked } = linkedGroups(samples.length, exact, findNearTexts(texts, neighbors));
  return {
    examples,
    samples,
    sets,
    skipped,
    shown: (file) => file,
    sha256: texts.map((text) => platform.sha256().update(text).hex()),
    exact,
    near,
    neighbors,
    nameGroups: undefined,
    assessment: await assess({ samples, features }, linked, {
      ...computing,
      examples,
      seed: options.seed,
    }),
    looks: [],
  };
}

async function gatherTexts(data: string, csv: CsvOptions): Promise<FileExamples<TextSample>> {
  const { where, samples, task, names, skipped, warnings } = await readLabeledTexts(data, csv);
  if (samples.length > 0) {
    const sets = samples.map(() => 'all' as const);
    return {
      modality: 'text',
      where,
      root: undefined,
      task,
      classNames: names,
      samples,
      sets,
      skipped,
      warnings,
    };
  }
  throw new GraftError('dataset', {
    where,
    expected: 'at least 1 text',
    received: 'none',
    advice: 'Check the column of the texts (--text).',
  });
}
