/** @file What is known of texts in files that are checked. */

import { StageEvents } from '../events/stage-events.ts';
import type { CheckEvidence } from '../inspection/check-evidence.ts';
import { checkedTexts } from '../inspection/checked-texts.ts';
import { textEvidence } from '../inspection/text-evidence.ts';
import type { FileExamples } from '../node/inspection/gather-checked.ts';
import { loadTextBackbone } from '../node/text/load-text-backbone.ts';
import type { CsvOptions } from '../node/training/csv-image-sets.ts';
import { readLabeledTexts, type TextSample } from '../node/training/text-sets.ts';
import { refuseFields } from '../recipe/text-defaults.ts';
import { gatherParts, type OpenCheckOptions } from './check-data.ts';
import { fetchOptions, tellDownload } from './download-events.ts';

/** Gathers texts, their features, and what follows from both. @throws {GraftError} As `checkDataset`. */
export async function fileTextEvidence(
  data: string,
  options: OpenCheckOptions,
): Promise<CheckEvidence<FileExamples>> {
  const { onEvent: emit = () => {}, signal, csv = {}, threads, weights, sizePx, resize } = options;
  refuseFields({ weights, sizePx, resize }, 'texts');
  const examples = await gatherParts(data, options, (part) => gatherTexts(part, csv));
  const { skipped } = examples;
  if (skipped.length > 0) emit({ type: 'skipped', skipped });
  const stages = new StageEvents(emit);
  const backbone = await loadTextBackbone(options.backbone, {
    download: { ...fetchOptions(options.download, emit), onProgress: tellDownload(stages), signal },
  });
  stages.end();
  return textEvidence(backbone, examples, { stages, threads, signal, seed: options.seed });
}

async function gatherTexts(data: string, csv: CsvOptions): Promise<FileExamples<TextSample>> {
  return { ...checkedTexts(await readLabeledTexts(data, csv)), root: undefined };
}
