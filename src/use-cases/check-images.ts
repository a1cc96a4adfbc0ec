/** @file What is known of images in files that are checked. */

import { StageEvents } from '../events/stage-events.ts';
import type { CheckEvidence } from '../inspection/check-evidence.ts';
import { imageEvidence } from '../inspection/image-evidence.ts';
import { loadBackbone } from '../node/backbones/load-backbone.ts';
import { checkedFiles } from '../node/inspection/checked-files.ts';
import { type FileExamples, gatherCheckedImages } from '../node/inspection/gather-checked.ts';
import { DEFAULT_RECIPE } from '../recipe/recipe.ts';
import { gatherParts, type OpenCheckOptions, shownFile } from './check-data.ts';
import { fetchOptions, tellDownload } from './download-events.ts';

/** Gathers images, their features, and what follows from both. @throws {GraftError} As `checkDataset`. */
export async function fileEvidence(
  data: string,
  options: OpenCheckOptions,
): Promise<CheckEvidence<FileExamples>> {
  const { onEvent: emit = () => {}, signal, csv, cache, strict, threads, sizePx, resize, seed } = options;
  const examples = await gatherParts(data, options, (part) => gatherCheckedImages(part, csv));
  const stages = new StageEvents(emit);
  const backbone = await loadBackbone(options.backbone ?? DEFAULT_RECIPE.backbone, {
    inputShape: sizePx === undefined ? undefined : ([sizePx, sizePx, 3] as const),
    weights: options.weights,
    upToCut: true,
    download: { ...fetchOptions(options.download, emit), onProgress: tellDownload(stages), signal },
  });
  stages.end();
  return imageEvidence(backbone, examples, checkedFiles, {
    stages,
    resize,
    featureStores: cache,
    strict,
    threads,
    signal,
    seed,
    shown: (file) => shownFile(file, examples.root),
    onSkipped: emit,
  });
}
