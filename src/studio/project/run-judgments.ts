/** @file What the models of runs say of a project's images or texts, each asked once; right or wrong, by the labels of now. */

import { wilsonInterval } from '../../core/evaluation/wilson-interval.ts';
import { decodeHex } from '../../core/tensor/hex.ts';
import type { ImageFilter } from '../../vision/images/image-filter.ts';
import type { ImagePrediction } from '../engine/project-state.ts';
import type { RunResults } from '../engine/run-state.ts';
import type { ImageIndex, IndexedImage } from './image-index.ts';

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
export interface SaidOfImage {
  readonly className: string;
  /** Of the classes, in their order. */
  readonly probabilities: Float32Array;
  readonly isUnknown: boolean;
  readonly similarity: number | undefined;
}

/** What a model said of all images. */
export interface SaidOfImages {
  readonly classNames: readonly string[];
  /** Which images it was trained on, where its file tells. */
  readonly filter: ImageFilter | undefined;
  /** By the hash of the image. */
  readonly said: ReadonlyMap<string, SaidOfImage>;
}

/** Asks a run's model of all images of the project. Rejections carry a message for people. */
export type AskModel = (run: string, signal: AbortSignal) => Promise<SaidOfImages>;

/** What is known of a run's model. */
interface Judgment extends SaidOfImages {
  readonly status: RunResults['status'];
  readonly error: string | null;
  /** Gives the question up. */
  readonly stop: AbortController;
}

const NOTHING: SaidOfImages = { classNames: [], filter: undefined, said: new Map() };

export class RunJudgments {
  readonly #index: ImageIndex;
  readonly #askModel: AskModel;
  readonly #onChange: (results: RunResults) => void;
  readonly #judgments = new Map<string, Judgment>();

  constructor(index: ImageIndex, askModel: AskModel, onChange: (results: RunResults) => void) {
    this.#index = index;
    this.#askModel = askModel;
    this.#onChange = onChange;
  }

  /** Asks the model of all images, if that is not being done. */
  judge(run: string): RunResults {
    if (this.#judgments.get(run)?.status !== 'asking') void this.#ask(run);
    return this.results(run);
  }

  /** Forgets what a model said: its run was trained again. */
  forget(run: string): void {
    this.#judgments.get(run)?.stop.abort();
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
    for (const image of this.#index.all) {
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
    for (const { stop } of this.#judgments.values()) stop.abort();
  }

  async #ask(run: string): Promise<void> {
    const stop = new AbortController();
    const asking: Judgment = { ...NOTHING, status: 'asking', error: null, stop };
    this.#judgments.set(run, asking);
    const judgment = await this.#askModel(run, stop.signal).then(
      (words): Judgment => ({ ...words, status: 'there', error: null, stop }),
      (error: Error): Judgment => ({ ...NOTHING, status: 'failed', error: error.message, stop }),
    );
    // One that was forgotten meanwhile counts no more.
    if (this.#judgments.get(run) !== asking) return;
    this.#judgments.set(run, judgment);
    this.#index.changed();
    this.#onChange(this.results(run));
  }
}

function saidOf({ said }: Judgment, { hash }: IndexedImage): SaidOfImage | undefined {
  return typeof hash === 'string' ? said.get(hash) : undefined;
}

function predictionOf(judgment: Judgment, image: IndexedImage): ImagePrediction | undefined {
  const said = saidOf(judgment, image);
  if (said === undefined) return undefined;
  const { filter, classNames } = judgment;
  const { className, probabilities, isUnknown } = said;
  const probability = probabilities[classNames.indexOf(className)] ?? 0;
  const isTrained = filter?.has(decodeHex(image.hash!)) ?? false;
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
