/** @file What a report shows of examples: some of each class, those of each cell, those with the largest loss and why. */

import { ActivationMaps } from '../artifacts/explain/activation-maps.ts';
import { scaleHeatMap } from '../artifacts/explain/heat-map.ts';
import type { TextClassifier } from '../artifacts/text-classifier.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import { visible } from '../core/errors/visible-text.ts';
import { computeCalibration } from '../core/evaluation/calibration.ts';
import { classificationReport } from '../core/evaluation/classification-report.ts';
import { thresholdCurves } from '../core/evaluation/threshold-curves.ts';
import { emptyHashes } from '../core/examples/content-hashes.ts';
import type { Sample } from '../core/examples/sample.ts';
import { indexOfLargest } from '../core/tensor/probabilities.ts';
import type { Classifier } from '../node/artifacts/classifier.ts';
import { dataHash, type TrainingRecord } from '../node/artifacts/training-record.ts';
import { hashImages } from '../node/images/hash-images.ts';
import { heatMapThumbnail, thumbnail } from '../node/images/heat-map-file.ts';
import { decodeImage } from '../node/images/image-decoder.ts';
import type { CsvOptions } from '../node/training/csv-image-sets.ts';
import type { ImageSets } from '../node/training/image-sets.ts';
import type { TextSample, TextSets } from '../node/training/text-sets.ts';
import { type Task, taskNamed } from '../recipe/task.ts';
import {
  type FoundData,
  type FoundSet,
  type MeasuredClasses,
  type MeasuredExamples,
  type ReportedInfo,
  type RunReportData,
  type ShownExample,
  storedConfidence,
  type WorstExample,
} from '../report/report-data.ts';
import { areTexts, gatherExamples } from './gather-examples.ts';
import { classification } from './metrics-report.ts';
import { type AnyClassifier, isOfTexts } from './open-model.ts';
import type { EventListener } from './run-event.ts';
import { StageEvents } from './stage-events.ts';

/** Of more examples, so many are taken, evenly. */
const MAX_MEASURED = 2000;
/** Examples of all classes, and of all cells, that are shown: what a page can hold. */
const [MAX_SAMPLES, MAX_CELL_EXAMPLES] = [192, 320];
const [SAMPLES_OF_CLASS, EXAMPLES_OF_HIT, EXAMPLES_OF_MISTAKE] = [12, 12, 24];
const MAX_WORST = 12;
/** Sides of what is shown. */
const [THUMBNAIL_PX, WORST_PX] = [112, 192];

export interface ExamineOptions {
  /** Where the data are; undefined where nobody knows. */
  readonly data: string | undefined;
  readonly csv?: CsvOptions | undefined;
  readonly record: TrainingRecord | undefined;
  readonly emit: EventListener;
  readonly signal?: AbortSignal | undefined;
}

/** Looks at the data of a run, as far as they are there. @throws {GraftError} `interrupted`; the signal's reason. */
export async function examineRun(
  classifier: AnyClassifier,
  info: ReportedInfo,
  { data, csv = {}, record, emit, signal }: ExamineOptions,
): Promise<Pick<RunReportData, 'data' | 'measured'>> {
  const nothing = (missing: string): Pick<RunReportData, 'data'> => ({
    data: { missing, changes: [], sets: [], warnings: [], samples: [] },
  });
  if (data === undefined) return nothing('the run does not say where they are. Give their folder.');
  const kind = isOfTexts(classifier) ? ('texts' as const) : undefined;
  let sets: ImageSets<Task> | TextSets;
  try {
    sets = await gatherExamples(
      { dir: data, recipe: info.recipe, csv: { ...csv, as: kind ?? csv.as } },
      signal,
    );
  } catch (error) {
    if (!(error instanceof GraftError) || error.code === 'interrupted') throw error;
    return nothing(error.message);
  }
  const { classNames } = info;
  if (sets.classNames.join('\n') !== classNames.join('\n')) {
    return nothing(`they have other names: ${sets.classNames.slice(0, 10).join(', ')}.`);
  }
  const found: FoundData = {
    changes: await changesOf(sets, info, record, signal),
    sets: foundSets(sets, info),
    validationSource: sets.validationSource,
    warnings: sets.warnings,
    samples: await samplesOf(sets, classNames.length, signal),
  };
  const measured = await measureExamples(classifier, info, sets, emit, signal);
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
  const hashes = areTexts(sets) ? await textHashes(sets.train) : await imageHashes(sets.train, signal);
  if (dataHash(hashes) === record.dataSha256) return [];
  return ['The data have changed since: as many examples, but not the same ones.'];
}

async function textHashes(samples: readonly TextSample[]): Promise<Uint8Array> {
  const { knownTexts } = await import('./text-work.ts');
  return knownTexts(samples).hashes.hashes;
}

async function imageHashes(samples: readonly Sample[], signal: AbortSignal | undefined): Promise<Uint8Array> {
  const known = emptyHashes(samples.length);
  await hashImages(samples, 0, samples.length, known, signal);
  return known.hashes;
}

function foundSets(sets: ImageSets<Task> | TextSets, { classNames, recipe }: ReportedInfo): FoundSet[] {
  const hasClasses = taskNamed<Task>(recipe.task).targets === 'class';
  const count = (set: FoundSet['set'], samples: readonly Sample[]): FoundSet => {
    const perClass = classNames.map(() => 0);
    for (const { label } of samples) perClass[label]! += 1;
    return { set, examples: samples.length, perClass: hasClasses ? perClass : undefined };
  };
  return [
    count('training', sets.train),
    count('validation', sets.validation),
    ...(sets.test === undefined ? [] : [count('test', sets.test)]),
  ];
}

/** Some training examples of each class, evenly; where there are no classes, of all. */
async function samplesOf(
  sets: ImageSets<Task> | TextSets,
  classes: number,
  signal: AbortSignal | undefined,
): Promise<ShownExample[][]> {
  const each = Math.min(SAMPLES_OF_CLASS, Math.max(1, Math.floor(MAX_SAMPLES / classes)));
  if (taskNamed<Task>(sets.task).targets !== 'class') {
    return [await shown(evenly(sets.train, SAMPLES_OF_CLASS), THUMBNAIL_PX, signal)];
  }
  const all: ShownExample[][] = [];
  for (let label = 0; label < classes; label++) {
    const own = sets.train.filter((sample) => sample.label === label);
    all.push(await shown(evenly(own, each), THUMBNAIL_PX, signal));
  }
  return all;
}

/** At most so many of a list, from all of it. */
function evenly<T>(list: readonly T[], most: number): readonly T[] {
  if (list.length <= most) return list;
  return Array.from({ length: most }, (_, place) => list[Math.floor((place * list.length) / most)]!);
}

/** Examples as a page shows them; images that cannot be read are left out. */
async function shown(
  samples: readonly Sample[],
  sidePx: number,
  signal: AbortSignal | undefined,
): Promise<ShownExample[]> {
  signal?.throwIfAborted();
  const all = await Promise.all(
    samples.map(async (sample): Promise<ShownExample | undefined> => {
      if ('text' in sample) return { text: shortText((sample as TextSample).text) };
      try {
        const src = dataUri(await thumbnail(sample.content ?? sample.file, sidePx));
        return { photo: { src, alt: fileName(sample) } };
      } catch (error) {
        if (error instanceof GraftError) return undefined;
        throw error;
      }
    }),
  );
  return all.filter((example) => example !== undefined);
}

interface Row {
  readonly sample: Sample;
  readonly outputs: Float32Array;
  readonly loss: number;
}

async function measureExamples(
  classifier: AnyClassifier,
  info: ReportedInfo,
  sets: ImageSets<Task> | TextSets,
  emit: EventListener,
  signal: AbortSignal | undefined,
): Promise<MeasuredExamples | undefined> {
  const [set, all] = sets.test === undefined ? ['validation', sets.validation] : ['test', sets.test];
  const taken = evenly<Sample>(all, MAX_MEASURED);
  const rows = isOfTexts(classifier)
    ? await textRows(classifier, taken as readonly TextSample[], emit, signal)
    : await imageRows(classifier, taken, emit, signal);
  if (rows.length === 0) return undefined;
  const explained = await worstOf(classifier, info, rows, emit, signal);
  const isClassifier = taskNamed<Task>(info.recipe.task).name === 'classification';
  return {
    set: set as MeasuredExamples['set'],
    examples: rows.length,
    of: all.length,
    classes: isClassifier ? await measureClasses(info, rows, signal) : undefined,
    ...explained,
  };
}

async function imageRows(
  classifier: Classifier<Task>,
  samples: readonly Sample[],
  emit: EventListener,
  signal: AbortSignal | undefined,
): Promise<Row[]> {
  const stages = new StageEvents(emit);
  const rows: Row[] = [];
  const width = classifier.classNames.length;
  stages.update('predictions', 0, samples.length, 'images');
  for await (const batch of classifier.predictFiles(samples, { signal })) {
    batch.samples.forEach((sample, row) => {
      const outputs = batch.probabilities.slice(row * width, (row + 1) * width);
      rows.push({ sample, outputs, loss: lossOf(classifier.task, sample, outputs) });
    });
    stages.update('predictions', rows.length, samples.length, 'images');
  }
  stages.end();
  return rows;
}

async function textRows(
  classifier: TextClassifier,
  samples: readonly TextSample[],
  emit: EventListener,
  signal: AbortSignal | undefined,
): Promise<Row[]> {
  const stages = new StageEvents(emit);
  const texts = samples.map(({ text }) => text);
  const onProgress = (done: number): void => stages.update('predictions', done, texts.length, 'texts');
  const all = await classifier.predictTexts(texts, { signal, onProgress });
  stages.end();
  const width = classifier.classNames.length;
  return samples.map((sample, row) => {
    const outputs = all.slice(row * width, (row + 1) * width);
    return { sample, outputs, loss: lossOf(classifier.task, sample, outputs) };
  });
}

/** How wrong the model is about an example: cross-entropy, or the squared error. */
function lossOf(task: Task, { label, target }: Sample, outputs: Float32Array): number {
  const log = (probability: number): number => -Math.log(Math.max(probability, 1e-12));
  if (target === undefined) return log(outputs[label]!);
  const { isProbability } = taskNamed<Task>(task).output;
  const losses = Array.from(outputs, (value, index) => {
    const truth = target[index]!;
    return isProbability ? log(truth === 1 ? value : 1 - value) : (value - truth) ** 2;
  });
  return losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
}

async function measureClasses(
  info: ReportedInfo,
  rows: readonly Row[],
  signal: AbortSignal | undefined,
): Promise<MeasuredClasses> {
  const { classNames } = info;
  const width = classNames.length;
  const decided = storedConfidence(info).decision?.thresholds[0];
  const positive = decided === undefined ? 1 : Math.max(0, classNames.indexOf(decided.className));
  const probabilities = new Float32Array(rows.length * width);
  rows.forEach(({ outputs }, row) => {
    probabilities.set(outputs, row * width);
  });
  const labels = rows.map(({ sample }) => sample.label);
  const { perClass, confusion } = classification(classificationReport(probabilities, labels, classNames));
  const positives = width === 2 ? [positive] : [...classNames.keys()];
  return {
    perClass,
    confusion,
    cells: await cellsOf(rows, confusion, signal),
    calibration: computeCalibration(probabilities, labels),
    curves: positives.flatMap((index) => {
      const scores = rows.map(({ outputs }) => outputs[index]!);
      const curves = thresholdCurves(
        scores,
        labels.map((label) => label === index),
      );
      return curves === undefined ? [] : [{ className: classNames[index]!, curves }];
    }),
    threshold: width === 2 ? (decided?.threshold ?? 0.5) : undefined,
  };
}

/** Mistakes first: the most confident ones of each cell. */
async function cellsOf(
  rows: readonly Row[],
  confusion: readonly (readonly number[])[],
  signal: AbortSignal | undefined,
): Promise<MeasuredClasses['cells']> {
  const filled = confusion.flatMap((row, truth) =>
    row.flatMap((number, predicted) => (number > 0 ? [{ truth, predicted, number }] : [])),
  );
  const isHit = ({ truth, predicted }: { truth: number; predicted: number }): boolean => truth === predicted;
  const ordered = filled.toSorted((a, b) => Number(isHit(a)) - Number(isHit(b)) || b.number - a.number);
  let left = MAX_CELL_EXAMPLES;
  const cells: MeasuredClasses['cells'][number][] = [];
  for (const { truth, predicted } of ordered) {
    const most = Math.min(left, truth === predicted ? EXAMPLES_OF_HIT : EXAMPLES_OF_MISTAKE);
    if (most === 0) break;
    const own = rows
      .filter(({ sample, outputs }) => sample.label === truth && indexOfLargest(outputs) === predicted)
      .toSorted((a, b) => b.loss - a.loss);
    const samples = (truth === predicted ? evenly(own, most) : own.slice(0, most)).map(
      ({ sample }) => sample,
    );
    const plain = await shown(samples, THUMBNAIL_PX, signal);
    // Who looks at mistakes wants to find the files.
    const examples = truth === predicted ? plain : plain.map(withName);
    left -= examples.length;
    if (examples.length > 0) cells.push({ truth, predicted, shown: examples });
  }
  return cells.toSorted((a, b) => a.truth - b.truth || a.predicted - b.predicted);
}

function withName(example: ShownExample): ShownExample {
  const { photo } = example;
  return photo === undefined ? example : { ...example, photo: { ...photo, caption: visible(photo.alt) } };
}

async function worstOf(
  classifier: AnyClassifier,
  info: ReportedInfo,
  rows: readonly Row[],
  emit: EventListener,
  signal: AbortSignal | undefined,
): Promise<Pick<MeasuredExamples, 'worst' | 'unexplained'>> {
  const worst = rows.toSorted((a, b) => b.loss - a.loss).slice(0, MAX_WORST);
  const stages = new StageEvents(emit);
  const unit = isOfTexts(classifier) ? 'texts' : 'images';
  let unexplained: string | undefined;
  let maps: ActivationMaps | undefined;
  if (!isOfTexts(classifier)) {
    try {
      maps = await ActivationMaps.of(classifier.file);
    } catch (error) {
      if (!(error instanceof GraftError) || error.code !== 'gradient') throw error;
      unexplained = `There are no heat maps: ${error.message}`;
    }
  }
  try {
    const examples: WorstExample[] = [];
    for (const { sample, outputs, loss } of worst) {
      signal?.throwIfAborted();
      const index = indexOfLargest(outputs);
      const facts = { ...verdict(info, sample, outputs), loss };
      if (isOfTexts(classifier)) {
        const { tokenAttributions } = await import('./text-work.ts');
        const { text } = sample as TextSample;
        const isShort = text.length <= MAX_EXPLAINED_TEXT;
        const tokens = isShort ? await tokenAttributions(classifier, text, index, { signal }) : undefined;
        examples.push({ ...facts, text: shortText(text), tokens });
      } else {
        const photo = await worstPhotos(classifier, sample, maps, index);
        if (photo !== undefined) examples.push({ ...facts, ...photo });
      }
      stages.update('explanations', examples.length, worst.length, unit);
    }
    stages.end();
    return { worst: examples, unexplained };
  } finally {
    await maps?.dispose();
  }
}

/** Characters of a text whose words are left out one by one. */
const MAX_EXPLAINED_TEXT = 600;

async function worstPhotos(
  { file: { info } }: Classifier<Task>,
  sample: Sample,
  maps: ActivationMaps | undefined,
  index: number,
): Promise<Pick<WorstExample, 'photo' | 'heatMap'> | undefined> {
  const source = sample.content ?? sample.file;
  const name = fileName(sample);
  const { widthPx: width, heightPx: height, interpolation = 'libvips' } = info.input;
  try {
    const photo = { src: dataUri(await thumbnail(source, WORST_PX)), alt: name, caption: visible(name) };
    if (maps === undefined) return { photo };
    const pixels = await decodeImage(source, { width, height, interpolation });
    const map = scaleHeatMap(await maps.explain(pixels, [index]));
    const heatMap = dataUri(await heatMapThumbnail(source, map, WORST_PX));
    return { photo, heatMap: { src: heatMap, alt: `what speaks for ${info.classNames[index]} in ${name}` } };
  } catch (error) {
    if (error instanceof GraftError && error.code === 'image') return undefined;
    throw error;
  }
}

/** What an example is of, and what the model says. */
function verdict(
  { classNames, recipe }: ReportedInfo,
  { label, target }: Sample,
  outputs: Float32Array,
): Pick<WorstExample, 'truth' | 'predicted' | 'isRight'> {
  if (target === undefined) {
    const index = indexOfLargest(outputs);
    const percent = `${((outputs[index] ?? 0) * 100).toFixed(1)}%`;
    return {
      truth: classNames[label]!,
      predicted: `${classNames[index]} ${percent}`,
      isRight: index === label,
    };
  }
  if (!taskNamed<Task>(recipe.task).output.isProbability) {
    const told = (values: ArrayLike<number>): string =>
      classNames.map((name, index) => `${name} ${Number(values[index]!.toPrecision(4))}`).join(', ');
    return { truth: told(target), predicted: told(outputs), isRight: false };
  }
  const told = (has: (index: number) => boolean): string =>
    classNames.filter((_, index) => has(index)).join(', ') || 'none';
  const [truth, predicted] = [told((index) => target[index] === 1), told((index) => outputs[index]! > 0.5)];
  return { truth, predicted, isRight: truth === predicted };
}

function fileName({ file }: Sample): string {
  return file.split(/[\\/]/).slice(-2).join('/');
}

function shortText(text: string): string {
  return text.length <= 400 ? text : `${text.slice(0, 399).trimEnd()}…`;
}

function dataUri(webp: Uint8Array): string {
  return `data:image/webp;base64,${Buffer.from(webp).toString('base64')}`;
}
