/** @file Where the export of a model lies: beside it, and never one of what the model was before its training went on. */

import { stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { defaultExportPath } from '../../node/export/export-model-file.ts';
import type { ExportFormat } from '../../node/export/export-report.ts';

export interface ExportPlace {
  readonly out: string;
  /** Whether the export of this model is there; else nothing is. */
  readonly isMade: boolean;
}

/** The name that `graft export` gives, with a number where an older export has it: that one stays. */
export async function placeOfExport(model: string, format: ExportFormat): Promise<ExportPlace> {
  const { dir, name, ext } = parse(defaultExportPath(model, format));
  const { mtimeMs } = await stat(model);
  for (let number = 1; ; number++) {
    const out = join(dir, `${name}${number === 1 ? '' : `-${number}`}${ext}`);
    const made = await stat(out).catch(() => undefined);
    if (made === undefined || made.mtimeMs >= mtimeMs) return { out, isMade: made !== undefined };
  }
}
