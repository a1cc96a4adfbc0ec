/** @file The images of a cross-validation, and each fold's part of their features. */

import type { Sample, SkippedFile } from '../../core/examples/sample.ts';
import { createFolds } from '../../core/examples/splits/folds.ts';
import { type FeatureSet, targetsOfRows } from '../../core/features/feature-set.ts';
import type { Recipe } from '../../recipe/recipe.ts';
import type { Task } from '../../recipe/task.ts';
import { unmatchedNotes } from '../../runs/split-notes.ts';
import { scanFolder } from '../images/folder-scan.ts';
import { type GatherOptions, regularExpression, requireClasses } from './image-sets.ts';
import { type KnownImages, knowImages } from './known-images.ts';

/** Images that all train and all validate, each in its turn. */
export interface FoldSets {
  readonly classes: readonly string[];
  readonly pool: readonly Sample[];
  /** How the pool is divided. */
  readonly folds: readonly (readonly Sample[])[];
  /** Images that no decision looks at. */
  readonly test: readonly Sample[] | undefined;
  readonly skipped: readonly SkippedFile[];
  readonly warnings: readonly string[];
  /** Hashes that are there already, and copies; the pool is what trains. Default: nothing is known. */
  readonly known?: KnownImages;
}

/**
 * Scans a folder for a cross-validation: training and validation images together, divided into stratified folds, in
 * which copies of an image stay together.
 *
 * @throws {GraftError} As `scanFolder` and `createFolds`; `argument`, if `group` is no regular expression, or the recipe's
 *   task is another than to tell classes apart.
 */
export async function gatherFolds(
  folder: string,
  count: number,
  asked: Pick<Recipe, 'group' | 'seed'> & { readonly task?: Task | undefined },
  { signal }: GatherOptions = {},
): Promise<FoldSets> {
  requireClasses(folder, asked.task);
  const group = asked.group === null ? undefined : regularExpression(asked.group);
  const { classes, train, validation = [], test, skipped, warnings } = await scanFolder(folder);
  const pool = [...train, ...validation];
  const known = await knowImages({ train: pool, test }, signal);
  const { folds, unmatched } = createFolds(pool, {
    folds: count,
    seed: asked.seed,
    classes,
    identical: known.identical.of(pool),
    ...(group && { group }),
  });
  return {
    classes,
    pool,
    folds: folds.map((fold) => fold.validation),
    test,
    skipped,
    warnings: [...warnings, ...unmatchedNotes(unmatched)],
    known,
  };
}

/** Some rows of a set, as a set. */
export function someRows(set: FeatureSet, rows: Uint32Array): FeatureSet {
  const { targets } = set;
  return {
    width: set.width,
    classes: set.classes,
    labels: Uint32Array.from(rows, (row) => set.labels[row]!),
    targets: targets && { ...targets, values: targetsOfRows(targets, rows) },
    size: rows.length,
    read: (wanted, target) =>
      set.read(
        wanted.map((row) => rows[row]!),
        target,
      ),
  };
}
