/** @file The images of a folder that a model is to be evaluated by: which part of a data set, if it has parts. */

import { resolve } from 'node:path';
import { GraftError } from '../../core/errors/graft-error.ts';
import { relabel } from '../../core/examples/relabel.ts';
import type { Sample, SkippedFile } from '../../core/examples/sample.ts';
import { composed } from '../../core/examples/similar-names.ts';
import { findPart, listRoot, PART_NAMES, readKnownPart, scanFolder } from './folder-scan.ts';

export type PartName = keyof typeof PART_NAMES;

export interface EvaluatedFolder {
  /** With the labels of the classes that were asked for. */
  readonly samples: readonly Sample[];
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
  /** Which part they are; undefined where the folder has none, and all of it counts. */
  readonly part: PartName | undefined;
  /** What the folders of the parts are called. */
  readonly names: { readonly [K in PartName]?: string };
}

/** The part that is taken where none is asked for: the one that the fewest decisions looked at. */
const PREFERRED: readonly PartName[] = ['test', 'validation', 'train'];

/**
 * Scans a folder of class folders, or one with any of the parts `train`, `val` and `test` that hold class folders. A
 * folder with the name of a class is that class.
 *
 * @param classes - Those that the model knows, in its order.
 * @param asked - Default: `test` if it is there, else `val`, else `train`.
 * @throws {GraftError} As `scanFolder`; `argument`, if the part that is asked for is not there.
 */
export async function scanEvaluatedFolder(
  dir: string,
  classes: readonly string[],
  asked?: PartName,
): Promise<EvaluatedFolder> {
  const where = `image folder "${dir}"`;
  const all = await listRoot(where, resolve(dir));
  const entries = all.filter(({ name }) => !classes.includes(composed(name)));
  const parts = {
    train: await findPart(entries, PART_NAMES.train),
    validation: await findPart(entries, PART_NAMES.validation),
    test: await findPart(entries, PART_NAMES.test),
  };
  const names = Object.fromEntries(
    Object.entries(parts).flatMap(([part, found]) => (found ? [[part, found.name]] : [])),
  );
  const part = asked ?? PREFERRED.find((name) => parts[name] !== undefined);
  if (part === undefined) return wholeFolder(dir, where, classes);
  if (parts[part] === undefined) throw missing(where, part, Object.values(names));
  return { ...(await readKnownPart(where, parts[part], classes)), part, names };
}

async function wholeFolder(dir: string, where: string, classes: readonly string[]): Promise<EvaluatedFolder> {
  const scan = await scanFolder(dir);
  const samples = relabel(where, scan.train, scan.classes, classes);
  const absent = classes.filter((name) => !scan.classes.includes(name)).map((name) => `"${name}"`);
  const warnings =
    absent.length === 0 ? scan.warnings : [...scan.warnings, `There are no images of ${absent.join(', ')}.`];
  return { samples, skipped: scan.skipped, warnings, part: undefined, names: {} };
}

function missing(where: string, part: PartName, names: readonly string[]): GraftError {
  const [name] = PART_NAMES[part];
  return new GraftError('argument', {
    where,
    expected: `a folder "${name}" with class folders, for --split ${name}`,
    received:
      names.length === 0 ? 'none of train, val and test' : names.map((each) => `"${each}"`).join(', '),
    advice: names.length === 0 ? 'Leave out --split: all images are taken.' : 'Choose one of these.',
  });
}
