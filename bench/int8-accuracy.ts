/** @file What int8 costs in accuracy: `graft train` on cats-vs-dogs in float32 and in int8, split by split. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataSet } from './data-sets.ts';
import { table } from './figures.ts';
import { runGraft, trainReportOf } from './graft-command.ts';
import type { Report } from './rounds.ts';

const PRECISIONS = ['float32', 'int8'] as const;
/** A seed deals the images anew. With a validation folder it would hardly change a linear head. */
const SEEDS = Array.from({ length: 20 }, (_, index) => index + 1);
const SHARE = '0.4';

export interface Int8AccuracyRow {
  readonly seed: number;
  /** Images of the validation. */
  readonly images: number;
  readonly accuracy: Readonly<Record<(typeof PRECISIONS)[number], number>>;
}

export interface Int8Accuracy {
  readonly rows: readonly Int8AccuracyRow[];
  readonly leftOut: readonly string[];
}

export async function compareInt8Accuracy(report: Report): Promise<Int8Accuracy> {
  const data = dataSet('cats-vs-dogs');
  if (data === undefined) return { rows: [], leftOut: ['int8: there is no ../shared/data'] };
  const folder = mkdtempSync(join(tmpdir(), 'graft-bench-int8-'));
  const home = join(folder, 'home');
  const rows: Int8AccuracyRow[] = [];
  try {
    const help = await runGraft(['train', '--help'], home);
    if (!help.output.includes('--precision')) {
      return { rows: [], leftOut: ['int8: graft train has no --precision'] };
    }
    for (const seed of SEEDS) {
      const accuracy = { float32: 0, int8: 0 };
      let images = 0;
      for (const precision of PRECISIONS) {
        report(`accuracy in ${precision}, seed ${seed}`);
        const out = join(folder, `${precision}-${seed}`);
        const split = ['--validation', SHARE, '--seed', `${seed}`];
        const folderOfImages = join(data, 'train');
        const args = ['train', folderOfImages, '--json', '--out', out, ...split, '--precision', precision];
        const { validation } = trainReportOf(await runGraft(args, home));
        accuracy[precision] = validation.accuracy;
        images = validation.examples;
      }
      rows.push({ seed, images, accuracy });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { rows, leftOut: [] };
}

export function showInt8Accuracy({ rows, leftOut }: Int8Accuracy): string {
  const percent = (share: number): string => (share * 100).toFixed(2);
  return [
    table(
      ['split', 'images', 'float32, %', 'int8, %', 'lost, points'],
      rows.map(({ seed, images, accuracy }) => [
        `${seed}`,
        `${images}`,
        percent(accuracy.float32),
        percent(accuracy.int8),
        percent(accuracy.float32 - accuracy.int8),
      ]),
      1,
    ),
    ...leftOut.map((line) => `\nLeft out: ${line}`),
  ].join('\n');
}
