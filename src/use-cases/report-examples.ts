/** @file The data of a run, as they are now: whether they are those that it was trained on, their sets, some of each class. */

import { isTextInfo } from '../artifacts/model-info.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import { visible } from '../core/errors/visible-text.ts';
import { evenly } from '../core/evaluation/evenly.ts';
import { type ContentHashes, emptyHashes } from '../core/examples/content-hashes.ts';
import type { Sample } from '../core/examples/sample.ts';
import { classBalanceProblems } from '../inspection/class-balance.ts';
import {
  type HeldOutRecord,
  type KeptOutputs,
  keptOutputs,
  orderedHash,
} from '../node/artifacts/held-out-record.ts';
import { dataHash, type TrainingRecord } from '../node/artifacts/training-record.ts';
import { hashImages } from '../node/images/hash-images.ts';
import type { CsvOptions } from '../node/training/csv-image-sets.ts';
import { findDuplicates } from '../node/training/duplicate-report.ts';
import type { ImageSets } from '../node/training/image-sets.ts';
import type { TextSample, TextSets } from '../node/training/text-sets.ts';
import { hasClasses, type Task } from '../recipe/task.ts';
import type {
  FoundData,
  FoundSet,
  ReportedInfo,
  RunReportData,
  ShownExample,
  ShownLeak,
} from '../report/report-data.ts';
import { areTexts, gatherExamples } from './gather-examples.ts';
import type { ModelInUse } from './open-model.ts';
import { measureExamples, reportedExamples } from './report-measured.ts';
import type { EventListener } from './run-event.ts';
import { shown } from './shown-examples.ts';

/** Examples of all classes that are shown: what a page can hold. */
const MAX_SAMPLES = 192;
const SAMPLES_OF_CLASS = 12;
const MAX_LEAKS = 12;
const THUMBNAIL_PX = 112;

export interface ExamineOptions {
  /** Where the data are; undefined where nobody knows. */
  readonly data: string | undefined;
  readonly csv?: CsvOptions | undefined;
  readonly record: TrainingRecord | undefined;
  /** What the training knows that ends now: the data need not be looked for. */
  readonly sets?: ImageSets<Task> | TextSets | undefined;
  readonly modelSha256: string;
  readonly emit: EventListener;
  readonly signal?: AbortSignal | undefined;
}

/** Looks at the data of a run, as far as they are there. @throws {GraftError} `interrupted`; the signal's reason. */
export async function examineRun(
  model: ModelInUse,
  info: ReportedInfo,
  { data, csv = {}, record, sets: known, modelSha256, emit, signal }: ExamineOptions,
): Promise<Pick<RunReportData, 'data' | 'measured'>> {
  const nothing = (missing: string): Pick<RunReportData, 'data'> => ({
    data: { missing, changes: [], sets: [], warnings: [], samples: [] },
  });
  if (data === undefined) return nothing('the run does not say where they are. Give their folder.');
  const kind = isTextInfo(model.info) ? ('texts' as const) : undefined;
  let sets: ImageSets<Task> | TextSets;
  try {
    const asked = { dir: data, recipe: info.recipe, csv: { ...csv, as: kind ?? csv.as } };
    sets = known ?? (await gatherExamples(asked, signal));
  } catch (error) {
    if (!(error instanceof GraftError) || error.code === 'interrupted') throw error;
    return nothing(error.message);
  }
  const { classNames } = info;
  if (sets.classNames.join('\n') !== classNames.join('\n')) {
    return nothing(`they have other names: ${sets.classNames.slice(0, 10).join(', ')}.`);
  }
  const ofSets = foundSets(sets, info);
  const found: FoundData = {
    changes: known === undefined ? await changesOf(sets, info, record, signal) : [],
    sets: ofSets,
    validationSource: sets.validationSource,
    warnings: [...sets.warnings, ...balanceOf(ofSets, classNames, kind ?? 'images')],
    leaks: await leaksOf(sets, signal),
    samples: await samplesOf(sets, classNames.length, signal),
  };
  const kept = await keptOf(sets, record?.heldOut, { modelSha256, isKnown: known !== undefined, signal });
  const measured = await measureExamples(model, info, sets, { kept, emit, signal });
  return { data: found, measured };
}

/** What is not as it was. */
async function changesOf(
  sets: ImageSets<Task> | TextSets,
  info: ReportedInfo,
  record: TrainingRecord | undefined,
  signal: AbortSignal | undefined,
): Promise<string[]> {
  const counts = [
    ['training', sets.train.length, info.train.examples],
    ['validation', sets.validation.length, info.validation.examples],
    ['test', sets.test?.length ?? 0, info.test?.examples ?? 0],
  ] as const;
  const skipped = record?.skipped.length ?? 0;
  const changes = counts.flatMap(([set, now, then]) =>
    now >= then && now - then <= skipped
      ? []
      : [`The data have changed since: ${now} ${set} examples now, ${then} when it was trained.`],
  );
  if (changes.length > 0 || record?.dataSha256 === undefined) return changes;
  const { hashes } = await hashesOf(sets, sets.train, signal);
  if (dataHash(hashes) === record.dataSha256) return [];
  return ['The data have changed since: as many examples, but not the same ones.'];
}

/** What the run kept of the model's outputs, if they are of this model and of these examples, as they are now. */
async function keptOf(
  sets: ImageSets<Task> | TextSets,
  record: HeldOutRecord | undefined,
  about: {
    readonly modelSha256: string;
    readonly isKnown: boolean;
    readonly signal: AbortSignal | undefined;
  },
): Promise<KeptOutputs | undefined> {
  const { set, taken } = reportedExamples(sets);
  if (record === undefined || record.set !== set || record.modelSha256 !== about.modelSha256)
    return undefined;
  if (!about.isKnown) {
    const hashes = await hashesOf(sets, taken, about.signal);
    if (orderedHash(hashes, [...taken.keys()]) !== record.examplesSha256) return undefined;
  }
  return keptOutputs(record, { examples: taken.length, width: sets.classNames.length });
}

async function hashesOf(
  sets: ImageSets<Task> | TextSets,
  samples: readonly Sample[],
  signal: AbortSignal | undefined,
): Promise<ContentHashes> {
  if (areTexts(sets)) {
    const { hashTexts } = await import('./text-work.ts');
    return hashTexts(samples as readonly TextSample[]);
  }
  const known = emptyHashes(samples.length);
  await hashImages(samples, 0, samples.length, known, signal);
  return known;
}

function foundSets(sets: ImageSets<Task> | TextSets, { classNames, recipe }: ReportedInfo): FoundSet[] {
  const isOfClasses = hasClasses(recipe.task);
  const count = (set: FoundSet['set'], samples: readonly Sample[]): FoundSet => {
    const perClass = classNames.map(() => 0);
    for (const { label } of samples) perClass[label]! += 1;
    return { set, examples: samples.length, perClass: isOfClasses ? perClass : undefined };
  };
  return [
    count('training', sets.train),
    count('validation', sets.validation),
    ...(sets.test === undefined ? [] : [count('test', sets.test)]),
  ];
}

/** The first images that lie in several sets, or have several answers. */
async function leaksOf(
  sets: ImageSets<Task> | TextSets,
  signal: AbortSignal | undefined,
): Promise<ShownLeak[] | undefined> {
  if (areTexts(sets)) return undefined;
  const leaks: ShownLeak[] = [];
  for (const { images, differ } of findDuplicates(sets).groups) {
    const inSets = [...new Set(images.map(({ set }) => set))];
    if (inSets.length === 1 && !differ) continue;
    if (leaks.length === MAX_LEAKS) break;
    const some = images.slice(0, SAMPLES_OF_CLASS);
    const examples = await Promise.all(
      some.map(async ({ file, set, label }) => {
        const [example] = await shown([{ file, label: 0 }], THUMBNAIL_PX, signal);
        const photo = example?.photo;
        const about = label === undefined ? set : `${set}, ${label}`;
        return photo && { photo: { ...photo, caption: visible(`${photo.alt} (${about})`) } };
      }),
    );
    leaks.push({ sets: inSets, differ, shown: examples.filter((example) => example !== undefined) });
  }
  return leaks;
}

/** Of classes: what a check says of how many examples they have, in all sets together. */
function balanceOf(sets: readonly FoundSet[], classNames: readonly string[], noun: string): string[] {
  if (sets.some(({ perClass }) => perClass === undefined)) return [];
  const counts = classNames.map((_, label) => sets.reduce((sum, { perClass }) => sum + perClass![label]!, 0));
  return classBalanceProblems(classNames, counts, noun).map(({ text }) => text);
}

/** Some training examples of each class, evenly; where there are no classes, of all. */
async function samplesOf(
  sets: ImageSets<Task> | TextSets,
  classes: number,
  signal: AbortSignal | undefined,
): Promise<ShownExample[][]> {
  const each = Math.min(SAMPLES_OF_CLASS, Math.max(1, Math.floor(MAX_SAMPLES / classes)));
  if (!hasClasses(sets.task)) {
    return [await shown(evenly(sets.train, SAMPLES_OF_CLASS), THUMBNAIL_PX, signal)];
  }
  const all: ShownExample[][] = [];
  for (let label = 0; label < classes; label++) {
    const own = sets.train.filter((sample) => sample.label === label);
    all.push(await shown(evenly(own, each), THUMBNAIL_PX, signal));
  }
  return all;
}
