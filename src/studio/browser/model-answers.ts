/** @file What the models of runs say of images that the browser keeps, and why. */

import { overlayHeatMap, scaleHeatMap } from '../../artifacts/explain/heat-map.ts';
import { imageFormOf } from '../../artifacts/image-form.ts';
import type { PredictionConfidence } from '../../artifacts/prediction.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { ClassPrediction } from '../../recipe/tasks/classification.ts';
import { decodeImageFilter } from '../../vision/images/image-filter.ts';
import { imagePixels } from '../../web/image-pixels.ts';
import type { ImageExplanation, TryResult } from '../engine/run-state.ts';
import type { SaidOfImage, SaidOfImages } from '../project/run-judgments.ts';
import { probabilitiesOf, reasonWithoutMap } from '../project/said-of-image.ts';
import { AskedModel } from './asked-model.ts';
import type { HeatMapRequest } from './engine-messages.ts';
import type { KeptFiles } from './kept-files.ts';
import { imagePlace } from './kept-places.ts';
import type { KeptRuns } from './kept-runs.ts';

const SIDES_PX = { small: 256, large: 768 } as const;
/** Images of one question, between which others have their turn. */
const BATCH = 4;

export class ModelAnswers {
  readonly #files: KeptFiles;
  readonly #runs: KeptRuns;
  readonly #model: AskedModel;

  constructor(files: KeptFiles, runs: KeptRuns) {
    this.#files = files;
    this.#runs = runs;
    this.#model = new AskedModel((run) => runs.model(run));
  }

  /** Closes the model that is open: a run that was resumed has another one. */
  close(): Promise<void> {
    return this.#model.close();
  }

  async try(run: string, image: Blob): Promise<TryResult> {
    return this.#model.use(run, async (classifier) =>
      probabilitiesOf(classifier.classNames, await classifier.predict(image)),
    );
  }

  /** Of all images, by their hashes; one that cannot be read is left out. */
  async ask(run: string, hashes: readonly string[], signal: AbortSignal): Promise<SaidOfImages> {
    const { info, trainingImages } = await this.#runs.model(run);
    const { classNames } = info;
    const said = new Map<string, SaidOfImage>();
    for (let start = 0; start < hashes.length; start += BATCH) {
      signal.throwIfAborted();
      const some = await this.#kept(hashes.slice(start, start + BATCH));
      const predictions = await this.#model.use(run, (classifier) =>
        // Not as one batch: they are done side by side.
        Promise.all(some.map(({ image }) => classifier.predict(image))),
      );
      predictions.forEach((prediction, index) => {
        said.set(some[index]!.hash, saidOf(classNames, prediction));
      });
    }
    const filter = trainingImages === undefined ? undefined : decodeImageFilter(trainingImages);
    return { classNames, filter, said };
  }

  async explain(run: string, hash: string): Promise<ImageExplanation> {
    const image = await this.image(hash);
    return {
      ...(await this.try(run, image)),
      noHeatMap: await this.#model.explain(run, async () => null).catch(reasonWithoutMap),
    };
  }

  /** A PNG with what speaks for the class laid over the image. */
  async heatMap({ run, hash, size, className }: HeatMapRequest): Promise<Blob> {
    const image = await this.image(hash);
    return this.#model.explain(run, async (classifier, maps) => {
      const form = imageFormOf(classifier.file.info);
      const explained = className ?? (await classifier.predict(image)).label;
      const index = Math.max(0, classifier.classNames.indexOf(explained));
      const map = scaleHeatMap(await maps.explain(await imagePixels(image, form), [index]));
      const shown = await shownSize(image, SIDES_PX[size], form.resize ?? 'squash');
      const pixels = await imagePixels(image, { ...shown, resize: form.resize });
      return encodePng(overlayHeatMap(pixels, shown, map), shown);
    });
  }

  /** An image of the project. @throws {GraftError} `file-not-found`. */
  async image(hash: string): Promise<File> {
    const image = await this.#files.read(imagePlace(hash));
    if (image !== undefined) return image;
    throw new GraftError('file-not-found', {
      where: `image ${hash.slice(0, 8)}`,
      expected: 'one of the project',
      received: 'none',
      advice: 'Choose another one.',
    });
  }

  async #kept(hashes: readonly string[]): Promise<{ readonly hash: string; readonly image: File }[]> {
    const found = await Promise.all(
      hashes.map(async (hash) => ({ hash, image: await this.#files.read(imagePlace(hash)) })),
    );
    return found.flatMap(({ hash, image }) => (image === undefined ? [] : [{ hash, image }]));
  }
}

function saidOf(
  classNames: readonly string[],
  { label, probabilities, unknown = false, similarity }: ClassPrediction & PredictionConfidence,
): SaidOfImage {
  return {
    className: label,
    probabilities: Float32Array.from(classNames, (name) => probabilities[name] ?? 0),
    isUnknown: unknown,
    similarity,
  };
}

/** A squashed image in its own shape, of any other what the network saw. */
async function shownSize(
  image: Blob,
  maxSidePx: number,
  resize: string,
): Promise<{ readonly width: number; readonly height: number }> {
  const bitmap = await createImageBitmap(image);
  const { width, height } = bitmap;
  bitmap.close();
  const side = (resize === 'crop' ? Math.min : Math.max)(width, height);
  const shown = resize === 'squash' ? { width, height } : { width: side, height: side };
  const scale = Math.min(1, maxSidePx / Math.max(shown.width, shown.height));
  return {
    width: Math.max(1, Math.round(shown.width * scale)),
    height: Math.max(1, Math.round(shown.height * scale)),
  };
}

async function encodePng(
  pixels: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    image.data.set(pixels.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
    image.data[4 * pixel + 3] = 255;
  }
  canvas.getContext('2d')!.putImageData(image, 0, 0);
  return canvas.convertToBlob({ type: 'image/png' });
}
