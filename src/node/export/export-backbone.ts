/** @file Takes a network up to its cut to one small file, which pages train on. */

import { dirname } from 'node:path';
import { encodeBackbone } from '../../vision/backbone/backbone-file.ts';
import { loadBackbone } from '../backbones/load-backbone.ts';
import { folderFor, writeWhole } from '../files/write-file.ts';
import { requireFree } from './export-functional.ts';
import type { ExportModelOptions, ExportReport } from './export-report.ts';

/**
 * Exports a backbone by its name, or from its file.
 *
 * @throws {GraftError} what `loadBackbone` and `encodeBackbone` throw; `file-exists`, `file-write`.
 */
export async function exportBackbone(
  network: string,
  out: string,
  { backbone: weights }: Pick<ExportModelOptions, 'backbone'>,
): Promise<ExportReport> {
  await requireFree(out);
  const loaded = await loadBackbone(network, { upToCut: true, weights });
  const bytes = encodeBackbone(loaded);
  await folderFor(dirname(out));
  await writeWhole(out, bytes, { replace: false });
  const { id } = loaded.pretrainedConfig;
  const notes = [
    `${id} up to "${loaded.cut}", of ${loaded.pretrainedConfig.trainedOn}; its license is ${loaded.pretrainedConfig.license}.`,
  ];
  return { out, files: [out], labels: [], notes, largestDifference: null };
}
