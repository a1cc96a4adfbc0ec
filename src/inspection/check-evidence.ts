/** @file What is known of examples that are checked, of whatever kind, before it is put into words. */

import type { Sample, SkippedFile } from '../core/examples/sample.ts';
import { assessLabels, type LabelAssessment } from '../core/inspection/assess-labels.ts';
import { LinkedGroups } from '../core/inspection/linked-groups.ts';
import type { NameGroups } from '../core/inspection/name-groups.ts';
import { type NearestRows, nearestRows } from '../core/inspection/nearest-rows.ts';
import type { RowSource } from '../core/inspection/row-source.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import type { StageEvents } from '../events/stage-events.ts';
import { hasClasses } from '../recipe/task.ts';
import type { ImageLook } from '../vision/inspection/image-look.ts';
import type { CheckedExamples } from './checked-examples.ts';

/** What is known of examples of any kind. */
export interface CheckEvidence<E extends CheckedExamples = CheckedExamples> {
  readonly examples: E;
  /** Those that could be read; places below are among them. */
  readonly samples: readonly Sample[];
  readonly sets: readonly string[];
  readonly skipped: readonly SkippedFile[];
  /** A file's name as people know it. */
  shown(file: string): string;
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

/** How neighbors and labels are computed. */
export interface EvidenceOptions extends RuntimeOptions {
  readonly stages: StageEvents;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Neighbors that are looked at: the distance to the last one tells outliers. */
const NEIGHBORS = 10;

/** The nearest others of all rows, told as a stage. */
export async function nearest(
  features: RowSource,
  { stages, ...options }: EvidenceOptions,
  unit: 'images' | 'texts' = 'images',
): Promise<NearestRows> {
  const { size } = features;
  const neighbors = await nearestRows(features, {
    ...options,
    k: NEIGHBORS,
    onProgress: (done, total) => stages.update('neighbors', Math.round((done / total) * size), size, unit),
  });
  stages.end();
  return neighbors;
}

/** What a head learns, where the examples have classes. @param together - Groups of places that stay on one side. */
export async function assess(
  { samples, features }: { readonly samples: readonly Sample[]; readonly features: RowSource },
  together: readonly (readonly number[])[],
  about: EvidenceOptions & {
    readonly examples: CheckedExamples;
    /** Default 0. */
    readonly seed?: number | undefined;
  },
): Promise<LabelAssessment | undefined> {
  const { examples, stages, seed = 0, ...options } = about;
  if (!hasClasses(examples.task) || examples.classNames.length < 2) return undefined;
  let passes = 0;
  const assessment = await assessLabels(features, {
    ...options,
    samples,
    numClasses: examples.classNames.length,
    together: together.map((places) => places.map((place) => samples[place]!)),
    seed,
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
