/** @file Why does a model say that of these images or texts? */

import { basename, extname, join } from 'node:path';
import { ActivationMaps } from '../artifacts/explain/activation-maps.ts';
import { type HeatMap, scaleHeatMap } from '../artifacts/explain/heat-map.ts';
import { occlusionMap } from '../artifacts/explain/occlusion.ts';
import { imageFormOf } from '../artifacts/image-form.ts';
import { createPrediction, predictedIndex } from '../artifacts/prediction.ts';
import type { TextClassifier } from '../artifacts/text-classifier.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import { formatNames } from '../core/examples/labels/csv-labels.ts';
import { StageEvents } from '../events/stage-events.ts';
import type { Classifier } from '../node/artifacts/classifier.ts';
import { makeFolder } from '../node/files/make-folder.ts';
import { heatMapPng } from '../node/images/heat-map-file.ts';
import { decodeImage } from '../node/images/image-decoder.ts';
import { listImages } from '../node/images/image-list.ts';
import type { Task } from '../recipe/task.ts';
import type { ResizeMode } from '../vision/images/resize-mode.ts';
import type { ExplainMethod, ExplainReport, Explanation, ExplanationError } from './explain-report.ts';
import { openRunCache } from './feature-cache.ts';
import { type AnyClassifier, isOfTexts, openModel } from './open-model.ts';
import { outputPlace } from './output-place.ts';
import type { EventListener } from './run-event.ts';
import type { FeatureOptions } from './use-case-options.ts';

/** What `explain` takes beside the model and the images. */
export interface ExplainOptions extends Pick<FeatureOptions, 'onEvent' | 'signal' | 'cache'> {
  /** Default `grad-cam`; of texts always `occlusion`. */
  readonly method?: ExplainMethod | undefined;
  /** The class, label or value that is explained. Default: of each example the predicted one. */
  readonly target?: string | undefined;
  /** The folder for heat maps, PNG files. Default: nothing is written; of texts nothing is, either. */
  readonly out?: string | undefined;
  /** Heat maps of the same name are replaced. Default false: the next free name is taken. */
  readonly overwrite?: boolean | undefined;
  /** Of occlusion: patches along a side, >= 1. Default 7. */
  readonly patches?: number | undefined;
  /** The folder that was trained on: each image is told its nearest ones in it. */
  readonly like?: string | undefined;
  /** How many of those, >= 1. Default 5. */
  readonly neighbors?: number | undefined;
  /** Of a model of texts: the column of texts in tables. */
  readonly textColumn?: string | undefined;
}

/**
 * Explains what a model says of image files or texts: heat maps by the gradients of the model file's own graph, or by covering parts;
 * of texts, by leaving out words. As `graft explain`. Events: `progress` and `stage`, `result`.
 *
 * @param model - The `model.onnx` of a run.
 * @param paths - Images or folders of images; of a model of texts as of `predict`.
 * @throws {GraftError} `file-not-found`, `model-file`; `gradient`, if the model's graph has no gradients there (occlusion needs none);
 *   `argument`, if the target is none of the model's, or an option is not for such a model; `interrupted`, if the signal aborts.
 */
export async function explain(
  model: string,
  paths: readonly string[],
  options: ExplainOptions = {},
): Promise<ExplainReport> {
  const { onEvent: emit = () => {}, signal } = options;
  return openModel(model, { signal }, async (classifier) => {
    const target = indexOfTarget(classifier, options.target);
    requireFitting(classifier, options);
    const { method = 'grad-cam' } = options;
    const report: ExplainReport = {
      model,
      modality: isOfTexts(classifier) ? 'text' : 'image',
      task: classifier.task,
      classNames: classifier.classNames,
      method: isOfTexts(classifier) ? 'occlusion' : method,
      explanations: isOfTexts(classifier)
        ? await explainTexts(classifier, paths, target, options, emit)
        : await explainImages(classifier, paths, target, options, emit),
    };
    emit({ type: 'result', useCase: 'explain', report });
    return report;
  });
}

async function explainImages(
  classifier: Classifier<Task>,
  paths: readonly string[],
  target: number | undefined,
  { method = 'grad-cam', out, overwrite, patches, like, neighbors: k, cache, signal }: ExplainOptions,
  emit: EventListener,
): Promise<(Explanation | ExplanationError)[]> {
  const listed = await listImages(paths);
  if (out !== undefined) await makeFolder(out);
  const { file, classNames, task } = classifier;
  const form = imageFormOf(file.info);
  const maps = method === 'occlusion' ? undefined : await ActivationMaps.of(file, { method });
  const stages = new StageEvents(emit);
  try {
    stages.update('explanations', 0, listed.length, 'images');
    const results: (Explanation | ExplanationError)[] = [];
    for (const { file: path, error } of listed) {
      signal?.throwIfAborted();
      const one = async (): Promise<Explanation | ExplanationError> => {
        if (error !== undefined) return { file: path, error };
        const pixels = await decodeImage(path, form);
        const outputs = await classifier.predictPixels(pixels, 1);
        const said = createPrediction(file.info, outputs);
        const index = target ?? predictedIndex(file.info, said, outputs);
        const raw =
          maps === undefined
            ? await occlusionMap(
                pixels,
                form,
                index,
                (covered, count) => classifier.predictPixels(covered, count),
                { patches, task, signal },
              )
            : await maps.explain(pixels, [index]);
        const map = scaleHeatMap(raw);
        return {
          file: path,
          target: classNames[index]!,
          ...said,
          map: { height: map.height, width: map.width, values: [...map.values] },
          heatMap: await writtenTo(out, path, { method, overwrite, resize: form.resize }, map),
        };
      };
      results.push(
        await one().catch((failure: unknown) => {
          if (!(failure instanceof GraftError) || failure.code !== 'image') throw failure;
          return { file: path, error: failure.parts.received };
        }),
      );
      stages.update('explanations', results.length, listed.length, 'images');
    }
    stages.end();
    if (like === undefined) return results;
    const store = await openRunCache(cache, { onNote: (text) => emit({ type: 'note', text }) });
    try {
      const readable = results.filter((result) => !('error' in result)).map(({ file: path }) => path);
      const { nearestTrainingImages } = await import('./nearest-training-images.ts');
      const near = await nearestTrainingImages(file, readable, like, {
        k,
        featureCache: store,
        signal,
        onProgress: (done, total) => stages.update('features', done, total, 'images'),
      });
      stages.end();
      const byFile = new Map(readable.map((path, place) => [path, near[place]]));
      return results.map((result) =>
        'error' in result ? result : { ...result, neighbors: byFile.get(result.file) },
      );
    } finally {
      await store?.close();
    }
  } finally {
    await maps?.dispose();
  }
}

async function writtenTo(
  out: string | undefined,
  file: string,
  options: {
    readonly method: ExplainMethod;
    readonly overwrite: boolean | undefined;
    readonly resize: ResizeMode | undefined;
  },
  map: HeatMap,
): Promise<string | undefined> {
  if (out === undefined) return undefined;
  const { method, overwrite, resize } = options;
  const name = basename(file, extname(file));
  const place = await outputPlace(undefined, join(out, `${name}-${method}.png`), {
    flag: '--out',
    overwrite,
  });
  return place.write(await heatMapPng(file, map, { resize }));
}

async function explainTexts(
  classifier: TextClassifier,
  named: readonly string[],
  target: number | undefined,
  { signal, textColumn }: ExplainOptions,
  emit: EventListener,
): Promise<(Explanation | ExplanationError)[]> {
  const { askedTexts, tokenAttributions } = await import('./text-work.ts');
  const asked = await askedTexts(named, textColumn);
  const stages = new StageEvents(emit);
  const results: (Explanation | ExplanationError)[] = [];
  stages.update('explanations', 0, asked.length, 'texts');
  for (const { file, text } of asked) {
    signal?.throwIfAborted();
    if (text === '') {
      results.push({ file, error: 'empty text' });
      continue;
    }
    const outputs = await classifier.predictTexts([text], { signal });
    const { info } = classifier.file;
    const said = createPrediction(info, outputs);
    const index = target ?? predictedIndex(info, said, outputs);
    results.push({
      file,
      text,
      target: classifier.classNames[index]!,
      ...said,
      tokens: await tokenAttributions(classifier, text, index, { signal }),
    });
    stages.update('explanations', results.length, asked.length, 'texts');
  }
  stages.end();
  return results;
}

/** @throws {GraftError} `argument`. */
function indexOfTarget({ classNames, file }: AnyClassifier, target: string | undefined): number | undefined {
  if (target === undefined) return undefined;
  const index = classNames.indexOf(target);
  if (index >= 0) return index;
  throw new GraftError('argument', {
    where: `model "${file.path}"`,
    expected: `one of ${formatNames(classNames)}, for --target`,
    received: `"${target}"`,
    advice: 'Give a name of the model, or leave it out: of each example the predicted class is explained.',
  });
}

/** @throws {GraftError} `argument`, if an option is not for such a model. */
function requireFitting(classifier: AnyClassifier, { method, like, patches }: ExplainOptions): void {
  if (isOfTexts(classifier)) {
    if (method !== undefined && method !== 'occlusion') refuse(`--method ${method}`);
    if (like !== undefined) refuse('--like');
  } else if (patches !== undefined && method !== 'occlusion') {
    throw new GraftError('argument', {
      where: 'graft explain',
      expected: '--method occlusion, for --patches',
      received: method === undefined ? 'the default, grad-cam' : method,
      advice: 'Add --method occlusion, or leave out --patches.',
    });
  }
}

function refuse(flag: string): never {
  throw new GraftError('argument', {
    where: 'graft explain',
    expected: `a model of images, for ${flag}`,
    received: 'one of texts',
    advice: 'Leave it out: words are left out one by one.',
  });
}
