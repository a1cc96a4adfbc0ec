/** @file What a run's model says of a project's images or texts, asked once in a process of its own; right or wrong, by the labels of now. */

import { relative } from 'node:path';
import { wilsonInterval } from '../../core/evaluation/wilson-interval.ts';
import { readAnyModelFile } from '../../node/files/model-file.ts';
import type { FilePrediction, FilePredictionError } from '../../use-cases/predict-report.ts';
import type { RunEvent } from '../../use-cases/run-event.ts';
import { decodeImageFilter, type ImageFilter } from '../../vision/images/image-filter.ts';
import type { ImagePrediction } from '../engine/project-state.ts';
import type { RunResults } from '../engine/run-state.ts';
import { type GraftProcess, startGraft } from './graft-process.ts';
import type { IndexedImage } from './image-index.ts';
import { withSlashes } from './project-paths.ts';
import type { StudioProject } from './studio-project.ts';
import { hashOfText } from './text-content.ts';

/** What a model says of images, by their hashes. */
export interface Judge {
  readonly classNames: readonly string[];
  /** Undefined for an image of which it was not asked. */
  of(image: IndexedImage): ImagePrediction | undefined;
  /** Probability of a class, in [0, 1]. */
  probability(image: IndexedImage, className: string): number;
  /** To the images of the training, in [-1, 1]; 1 if the model cannot tell. */
  similarity(image: IndexedImage): number;
}

/** What a model said of one image. */
interface Said {
  readonly className: string;
  /** Of the classes, in their order. */
  readonly probabilities: Float32Array;
  readonly isUnknown: boolean;
  readonly similarity: number | undefined;
}

/** What is known of a run's model. */
interface Judgment {
  status: RunResults['status'];
  error: string | null;
  classNames: readonly string[];
  filter: ImageFilter | undefined;
  /** By the hash of the image. */
  readonly said: Map<string, Said>;
  process: GraftProcess | undefined;
}

export class RunJudgments {
  readonly #project: StudioProject;
  readonly #cwd: string;
  readonly #onChange: (results: RunResults) => void;
  readonly #judgments = new Map<string, Judgment>();

  constructor(project: StudioProject, cwd: string, onChange: (results: RunResults) => void) {
    this.#project = project;
    this.#cwd = cwd;
    this.#onChange = onChange;
  }

  /** Asks the model of all images, if that is not being done. */
  judge(run: string, model: string): RunResults {
    const known = this.#judgments.get(run);
    if (known?.status !== 'asking') void this.#ask(run, model);
    return this.results(run);
  }

  /** Forgets what a model said: its run was trained again. */
  forget(run: string): void {
    this.#judgments.get(run)?.process?.kill();
    this.#judgments.delete(run);
  }

  /** Undefined where the model was not asked to the end. */
  judgeOf(run: string): Judge | undefined {
    const judgment = this.#judgments.get(run);
    if (judgment?.status !== 'there') return undefined;
    const { classNames } = judgment;
    return {
      classNames,
      of: (image) => predictionOf(judgment, image),
      probability: (image, className) =>
        saidOf(judgment, image)?.probabilities[classNames.indexOf(className)] ?? 0,
      similarity: (image) => saidOf(judgment, image)?.similarity ?? 1,
    };
  }

  /** As they are by the labels that images have now. */
  results(run: string): RunResults {
    const judgment = this.#judgments.get(run);
    if (judgment === undefined) return emptyResults(run);
    const { status, error, classNames } = judgment;
    const confusion = classNames.map(() => classNames.map(() => 0));
    let [images, unasked, unknown] = [0, 0, 0];
    for (const image of this.#project.index.all) {
      if (image.className === null) continue;
      const prediction = predictionOf(judgment, image);
      if (prediction === undefined) unasked++;
      else {
        images++;
        if (prediction.isUnknown) unknown++;
        const truth = classNames.indexOf(image.className);
        if (truth >= 0 && !prediction.isTrained)
          confusion[truth]![classNames.indexOf(prediction.className)]! += 1;
      }
    }
    return {
      run,
      status,
      error,
      classNames,
      images,
      unasked,
      unknown: tellsUnknown(judgment) ? unknown : null,
      confusion,
      ...summaryOf(classNames, confusion),
    };
  }

  close(): void {
    for (const { process } of this.#judgments.values()) process?.kill();
  }

  async #ask(run: string, model: string): Promise<void> {
    const judgment: Judgment = {
      status: 'asking',
      error: null,
      classNames: [],
      filter: undefined,
      said: new Map(),
      process: undefined,
    };
    this.#judgments.set(run, judgment);
    try {
      const file = await readAnyModelFile(model);
      judgment.classNames = file.info.classNames;
      judgment.filter =
        file.trainingImages === undefined ? undefined : decodeImageFilter(file.trainingImages);
      const images = this.#project.index.all.filter(({ className }) => className !== null);
      await this.#project.contents.hash(images);
      const predictions = await this.#predict(judgment, model);
      this.#keep(judgment, predictions);
      judgment.status = 'there';
    } catch (error) {
      judgment.status = 'failed';
      judgment.error = (error as Error).message;
    }
    this.#project.index.changed();
    if (this.#judgments.get(run) === judgment) this.#onChange(this.results(run));
  }

  async #predict(
    judgment: Judgment,
    model: string,
  ): Promise<readonly (FilePrediction | FilePredictionError)[]> {
    let found: readonly (FilePrediction | FilePredictionError)[] = [];
    const args = ['predict', model, ...this.#project.asked, '--json-lines'];
    judgment.process = startGraft(args, this.#cwd, (document) => {
      const event = document as RunEvent;
      if (event.type === 'result' && event.useCase === 'predict') found = event.report.predictions;
    });
    const { status, error } = await judgment.process.ended;
    if (status !== 0) throw new Error(error || 'The model was not asked to the end.');
    return found;
  }

  #keep(
    { classNames, said }: Judgment,
    predictions: readonly (FilePrediction | FilePredictionError)[],
  ): void {
    const { root, index } = this.#project;
    for (const each of predictions) {
      if (!('label' in each)) continue;
      const hash =
        each.text === undefined
          ? index.at(withSlashes(relative(root, each.file)))?.hash
          : hashOfText(each.text);
      if (typeof hash !== 'string') continue;
      const { label, probabilities, unknown = false, similarity } = each;
      said.set(hash, {
        className: label,
        probabilities: Float32Array.from(classNames, (name) => probabilities[name] ?? 0),
        isUnknown: unknown,
        similarity,
      });
    }
  }
}

function saidOf({ said }: Judgment, { hash }: IndexedImage): Said | undefined {
  return typeof hash === 'string' ? said.get(hash) : undefined;
}

function predictionOf(judgment: Judgment, image: IndexedImage): ImagePrediction | undefined {
  const said = saidOf(judgment, image);
  if (said === undefined) return undefined;
  const { filter, classNames } = judgment;
  const { className, probabilities, isUnknown } = said;
  const probability = probabilities[classNames.indexOf(className)] ?? 0;
  const isTrained = filter?.has(Buffer.from(image.hash!, 'hex')) ?? false;
  return { className, probability, isTrained, isUnknown };
}

function tellsUnknown({ said }: Judgment): boolean {
  const [first] = said.values();
  return first?.similarity !== undefined;
}

function summaryOf(
  classNames: readonly string[],
  confusion: readonly (readonly number[])[],
): Pick<RunResults, 'heldOut' | 'heldOutRight' | 'interval' | 'baseline' | 'perClass'> {
  const supports = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  const heldOut = supports.reduce((sum, count) => sum + count, 0);
  const heldOutRight = confusion.reduce((sum, row, index) => sum + row[index]!, 0);
  return {
    heldOut,
    heldOutRight,
    interval: heldOut === 0 ? null : wilsonInterval(heldOutRight, heldOut),
    baseline: heldOut === 0 ? null : Math.max(...supports) / heldOut,
    perClass: classNames.map((className, index) => {
      const right = confusion[index]![index]!;
      const said = confusion.reduce((sum, row) => sum + row[index]!, 0);
      const support = supports[index]!;
      return {
        className,
        precision: said === 0 ? null : right / said,
        recall: support === 0 ? null : right / support,
        support,
      };
    }),
  };
}

function emptyResults(run: string): RunResults {
  const none = { classNames: [], images: 0, unasked: 0, unknown: null, confusion: [] };
  return { run, status: 'none', error: null, ...none, ...summaryOf([], []) };
}
