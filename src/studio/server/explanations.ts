/** @file Why a run's model says what it says of an image: what speaks for a class, and which images of the training are like it. */

import { relative } from 'node:path';
import { scaleHeatMap } from '../../artifacts/explain/heat-map.ts';
import { imageFormOf } from '../../artifacts/image-form.ts';
import { createPrediction, predictedIndex } from '../../artifacts/prediction.ts';
import { GraftError } from '../../core/errors/graft-error.ts';
import { readModelFile } from '../../node/files/model-file.ts';
import { heatMapPng } from '../../node/images/heat-map-file.ts';
import { decodeImage } from '../../node/images/image-decoder.ts';
import type { RunEvent } from '../../use-cases/run-event.ts';
import type { ImageExplanation, NeighborImage } from '../engine/run-state.ts';
import { probabilitiesOf, reasonWithoutMap } from '../project/said-of-image.ts';
import { ASKED_NEIGHBORS, trainingNeighbors } from '../project/training-neighbors.ts';
import { type GraftProcess, startGraft } from './graft-process.ts';
import type { OpenedModel } from './opened-model.ts';
import { resolvePlace, withSlashes } from './project-paths.ts';
import { RecentBytes } from './recent-bytes.ts';
import type { StudioProject } from './studio-project.ts';

const SIDES_PX = { small: 256, large: 768 } as const;
const MAX_KEPT_BYTES = 32e6;

export type HeatMapSize = keyof typeof SIDES_PX;

export interface HeatMapRequest {
  /** Of the model file. */
  readonly model: string;
  readonly hash: string;
  readonly size: HeatMapSize;
  /** Default the predicted one. */
  readonly className?: string | undefined;
}

export class Explanations {
  readonly #project: StudioProject;
  readonly #cwd: string;
  readonly #opened: OpenedModel;
  /** Of the model that was asked last: a training may go on, and its file become another. */
  #heatMaps: { readonly of: object; readonly made: RecentBytes } | undefined;

  #search: GraftProcess | undefined;

  constructor(project: StudioProject, cwd: string, opened: OpenedModel) {
    this.#project = project;
    this.#cwd = cwd;
    this.#opened = opened;
  }

  async explain(model: string, hash: string): Promise<ImageExplanation> {
    const bytes = await this.#read(hash);
    const said = await this.#opened.use(model, async (classifier) => ({
      ...(await classifier.predict(bytes)),
      classNames: classifier.classNames,
    }));
    return {
      ...probabilitiesOf(said.classNames, said),
      noHeatMap: await this.#opened.explain(model, async () => null).catch(reasonWithoutMap),
    };
  }

  /** A PNG with what speaks for the class laid over the image; undefined where no image has the hash. */
  async heatMap({ model, hash, size, className }: HeatMapRequest): Promise<Uint8Array | undefined> {
    const image = await this.#project.contents.read(hash);
    if (image === undefined) return undefined;
    return this.#opened.explain(model, async (classifier, maps) => {
      const { info } = classifier.file;
      if (this.#heatMaps?.of !== classifier)
        this.#heatMaps = { of: classifier, made: new RecentBytes(MAX_KEPT_BYTES) };
      const { made: kept } = this.#heatMaps;
      const key = JSON.stringify([hash, size, className]);
      const known = kept.get(key);
      if (known !== undefined) return known;
      const form = imageFormOf(info);
      const pixels = await decodeImage(image.bytes, form);
      const outputs = await classifier.predictPixels(pixels, 1);
      const index =
        className === undefined
          ? predictedIndex(info, createPrediction(info, outputs), outputs)
          : classifier.classNames.indexOf(className);
      if (index < 0) return undefined;
      const map = scaleHeatMap(await maps.explain(pixels, [index]));
      const made = await heatMapPng(image.bytes, map, { maxSidePx: SIDES_PX[size], resize: form.resize });
      kept.set(key, made);
      return made;
    });
  }

  /** In a process of its own, which has the features of all images in memory: the first time, it computes them. */
  async neighbors(model: string, hash: string): Promise<readonly NeighborImage[]> {
    const { root, index, contents } = this.#project;
    const [image] = index.withHash(hash);
    if (image === undefined) throw gone(hash);
    let found: RunEvent | undefined;
    const like = ['--like', root, '--neighbors', String(ASKED_NEIGHBORS), '--json-lines'];
    // Who asks about another image does not wait for this one any more.
    this.#search?.kill();
    const args = ['explain', model, resolvePlace(root, image.path), ...like];
    this.#search = startGraft(args, this.#cwd, (event) => {
      if ((event as RunEvent).type === 'result') found = event as RunEvent;
    });
    const { status, error } = await this.#search.ended;
    const [explanation] =
      found?.type === 'result' && found.useCase === 'explain' ? found.report.explanations : [];
    if (status !== 0 || explanation === undefined || 'error' in explanation) {
      throw new GraftError('model-file', {
        where: 'nearest training images',
        expected: 'to be found',
        received: error || 'none',
        advice: 'The rest of the page is right without them.',
      });
    }
    const near = (explanation.neighbors ?? []).flatMap(({ file, distance }) => {
      const known = index.at(withSlashes(relative(root, file)));
      return known === undefined || known.className === null ? [] : [{ image: known, distance }];
    });
    await contents.hash(near.map(({ image: each }) => each));
    const { trainingImages } = await readModelFile(model);
    return trainingNeighbors(near, hash, trainingImages);
  }

  close(): void {
    this.#search?.kill();
  }

  async #read(hash: string): Promise<Uint8Array> {
    const image = await this.#project.contents.read(hash);
    if (image === undefined) throw gone(hash);
    return image.bytes;
  }
}

function gone(hash: string): GraftError {
  return new GraftError('file-not-found', {
    where: `image ${hash.slice(0, 8)}`,
    expected: 'one of the project',
    received: 'none: it was changed or taken away',
    advice: 'Choose another one.',
  });
}
