/** @file What is known of examples that are checked, of whatever kind, before it is put into words. */

import { relative, sep } from 'node:path';
import type { Sample, SkippedFile } from '../core/examples/sample.ts';
import { assessLabels, type LabelAssessment } from '../core/inspection/assess-labels.ts';
import { LinkedGroups } from '../core/inspection/linked-groups.ts';
import type { NameGroups } from '../core/inspection/name-groups.ts';
import { type NearestRows, nearestRows } from '../core/inspection/nearest-rows.ts';
import type { RowSource } from '../core/inspection/row-source.ts';
import type { StageEvents } from '../events/stage-events.ts';
import { IdenticalImages } from '../node/images/identical-images.ts';
import type { CheckedExamples } from '../node/inspection/gather-checked.ts';
import { type CheckedPart, joinChecked } from '../node/inspection/join-checked.ts';
import type { CsvOptions } from '../node/training/csv-image-sets.ts';
import { reportDuplicates } from '../node/training/duplicate-report.ts';
import { hasClasses } from '../recipe/task.ts';
import type { ResizeMode } from '../vision/images/resize-mode.ts';
import type { ImageLook } from '../vision/inspection/image-look.ts';
import type { RunCache } from './feature-cache.ts';
import type { EventListener } from './run-event.ts';
import type { FeatureOptions } from './use-case-options.ts';

/** What `checkDataset` takes beside the data. */
export interface CheckOptions extends FeatureOptions {
  /** The network whose features are compared. Default: that of a recipe, or of texts. */
  readonly backbone?: string | undefined;
  /** As in a recipe. Default: the network's own. */
  readonly weights?: string | undefined;
  /** Pixels of the images' sides, as in a recipe. Default: the network's own. */
  readonly sizePx?: number | undefined;
  /** What becomes of images that are not square, as in a recipe. Default `squash`. */
  readonly resize?: ResizeMode | undefined;
  /** Further data that validate, where they are not in `data`. */
  readonly validation?: string | undefined;
  /** Further data that test. */
  readonly test?: string | undefined;
  /** How a CSV file in the place of a folder is read. */
  readonly csv?: CsvOptions | undefined;
  /** Of folds, parts and resampling, any integer. Default 0. */
  readonly seed?: number | undefined;
  /** Where what was found is written to as a table, which is a plan for `applyCheckPlan`. Default: nowhere. */
  readonly plan?: string | undefined;
  /** Where what was found is written to as a page, with the images in it. Default: nowhere. */
  readonly html?: string | undefined;
}

/** The same with the cache opened. */
export interface OpenCheckOptions extends Omit<CheckOptions, 'cache'> {
  readonly cache: RunCache | undefined;
}

/** Neighbors that are looked at: the distance to the last one tells outliers. */
const NEIGHBORS = 10;

/** What is known of examples of any kind. */
export interface CheckEvidence {
  readonly examples: CheckedExamples;
  /** Those that could be read; places below are among them. */
  readonly samples: readonly Sample[];
  readonly sets: readonly string[];
  readonly skipped: readonly SkippedFile[];
  /** 64 hexadecimal digits, of each sample; empty where it is not known. */
  readonly sha256: readonly string[];
  /** Groups of places. */
  readonly exact: readonly (readonly number[])[];
  readonly near: readonly (readonly number[])[];
  readonly neighbors: NearestRows;
  readonly nameGroups: NameGroups | undefined;
  readonly assessment: LabelAssessment | undefined;
  readonly looks: readonly (ImageLook | undefined)[];
}

/** The nearest others of all rows, told as a stage. */
export async function nearest(
  features: RowSource,
  stages: StageEvents,
  { threads, signal }: Pick<CheckOptions, 'threads' | 'signal'>,
  unit: 'images' | 'texts' = 'images',
): Promise<NearestRows> {
  const { size } = features;
  const neighbors = await nearestRows(features, {
    k: NEIGHBORS,
    threads,
    signal,
    onProgress: (done, total) => stages.update('neighbors', Math.round((done / total) * size), size, unit),
  });
  stages.end();
  return neighbors;
}

/** What a head learns, where the examples have classes. */
export async function assess(
  { samples, features }: { readonly samples: readonly Sample[]; readonly features: RowSource },
  together: readonly (readonly number[])[],
  about: {
    readonly examples: CheckedExamples;
    readonly stages: StageEvents;
    readonly options: Pick<CheckOptions, 'threads' | 'signal' | 'seed'>;
  },
): Promise<LabelAssessment | undefined> {
  const { examples, stages, options } = about;
  if (!hasClasses(examples.task) || examples.classNames.length < 2) return undefined;
  let passes = 0;
  const assessment = await assessLabels(features, {
    samples,
    numClasses: examples.classNames.length,
    together: together.map((places) => places.map((place) => samples[place]!)),
    seed: options.seed ?? 0,
    threads: options.threads,
    signal: options.signal,
    onPass: () => stages.update('labels', ++passes, null, 'steps'),
  });
  stages.end();
  return assessment;
}

/** Groups of what shows the same; `near` are those with more than copies, `linked` are all. */
export function linkedGroups(
  size: number,
  exact: readonly (readonly number[])[],
  pairs: readonly { readonly a: number; readonly b: number }[],
): { readonly near: number[][]; readonly linked: number[][] } {
  const links = new LinkedGroups(size);
  for (const [first, ...others] of exact) for (const other of others) links.link(first!, other);
  for (const { a, b } of pairs) links.link(a, b);
  const linked = links.groups();
  const exactSizes = new Map(exact.map((group) => [group[0]!, group.length]));
  return { near: linked.filter((group) => exactSizes.get(group[0]!) !== group.length), linked };
}

/** The data and further parts of them, as one, and told. @throws {GraftError} What `gather` throws; `dataset`, if parts differ in what they tell. */
export async function gatherParts<S extends Sample>(
  data: string,
  { validation, test, onEvent = () => {} }: Pick<CheckOptions, 'validation' | 'test' | 'onEvent'>,
  gather: (data: string) => Promise<CheckedExamples<S>>,
): Promise<CheckedExamples<S>> {
  const others: CheckedPart<S>[] = [];
  if (validation !== undefined) others.push({ set: 'validation', examples: await gather(validation) });
  if (test !== undefined) others.push({ set: 'test', examples: await gather(test) });
  const examples = joinChecked(await gather(data), others);
  tellChecked(data, examples, onEvent);
  return examples;
}

/** As of an evaluation. */
function tellChecked(data: string, examples: CheckedExamples, emit: EventListener): void {
  const { modality, task, classNames, sets, warnings } = examples;
  const counts = new Map<CheckedExamples['sets'][number], number>();
  for (const set of sets) counts.set(set, (counts.get(set) ?? 0) + 1);
  emit({
    type: 'data',
    data,
    modality,
    task,
    classNames,
    sets: [...counts].map(([set, count]) =>
      set === 'all'
        ? { set, examples: count, source: `all ${modality}s of ${data}` }
        : { set, examples: count },
    ),
    duplicates: reportDuplicates(new IdenticalImages([]), [], classNames),
  });
  for (const text of warnings) emit({ type: 'note', text });
}

/** A path as people know it: from the folder that is checked. */
export function shownFile(file: string, root: string | undefined): string {
  return root === undefined ? file : relative(root, file).split(sep).join('/');
}
