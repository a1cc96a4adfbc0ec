/** @file Checks images that a page has: what `graft check` finds in a folder of them. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import { StageEvents } from '../events/stage-events.ts';
import type {
  DataEvent,
  NoteEvent,
  ProgressEvent,
  SkippedEvent,
  StageEvent,
} from '../events/training-event.ts';
import { checkReport } from '../inspection/check-findings.ts';
import type { CheckReport } from '../inspection/check-report.ts';
import { type CheckedExamples, checkedData } from '../inspection/checked-examples.ts';
import { imageEvidence } from '../inspection/image-evidence.ts';
import { interruptedCheck } from '../inspection/interrupted-check.ts';
import { DEFAULT_TASK } from '../recipe/task.ts';
import type { ResizeMode } from '../vision/images/resize-mode.ts';
import { type BackboneSource, openBackbone } from './backbone-source.ts';
import { checkedImages } from './checked-images.ts';
import type { GivenSample } from './given-images.ts';
import { classNamesOf, samplesOf } from './image-classes.ts';
import type { ImagesByClass } from './named-images.ts';
import { openStoredFeatures } from './stored-features.ts';

/** What one may say of a check in a page. All of it can go to a worker. */
export interface CheckSettings {
  /** Further images that validate. */
  readonly validation?: ImagesByClass | undefined;
  /** Further images that test. */
  readonly test?: ImagesByClass | undefined;
  /** The network whose features are compared. Default: the default backbone, which lies beside the program. */
  readonly backbone?: BackboneSource | undefined;
  /** Pixels of the images' sides, as in a recipe. Default: the network's own. */
  readonly sizePx?: number | undefined;
  /** What becomes of images that are not square, as in a recipe. Default `squash`. */
  readonly resize?: ResizeMode | undefined;
  /** Of folds, parts and resampling, any integer. Default 0. */
  readonly seed?: number | undefined;
  /** Unreadable images are fatal. Default: they are left out and told. */
  readonly strict?: boolean | undefined;
  /** Whether features are kept in the browser's file system, where a worker has one. Default true. */
  readonly cache?: boolean | undefined;
  /** Processor threads, >= 1. Default: as many as the page may have. */
  readonly threads?: number | undefined;
}

/** What is heard of a check. */
export type CheckEvent =
  | NoteEvent
  | DataEvent
  | ProgressEvent
  | StageEvent
  | SkippedEvent
  | { readonly type: 'result'; readonly useCase: 'check'; readonly report: CheckReport };

/** Who hears of it, and who may end it. */
export interface CheckCalls {
  /** Hears every event. What it throws ends the check. */
  readonly onEvent?: ((event: CheckEvent) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Checks in the thread of the caller, see `check`. */
export async function checkImages(
  images: ImagesByClass,
  options: CheckSettings & CheckCalls & RuntimeOptions,
): Promise<CheckReport> {
  const { onEvent: emit = () => {}, signal, sizePx } = options;
  const examples = gatherGiven(images, options);
  emit(checkedData('images', examples));
  const cache = options.cache === false ? undefined : await openStoredFeatures();
  try {
    const backbone = await openBackbone(options.backbone, {
      inputShape: sizePx === undefined ? undefined : [sizePx, sizePx, 3],
      signal,
    });
    const evidence = await imageEvidence(backbone, examples, checkedImages, {
      ...options,
      stages: new StageEvents((event) => {
        if (event.type !== 'step') emit(event);
      }),
      featureStores: cache,
      shown: (file) => file.slice(1),
      onSkipped: emit,
    });
    const report = checkReport(evidence);
    emit({ type: 'result', useCase: 'check', report });
    return report;
  } catch (error) {
    throw signal?.aborted && !(error instanceof GraftError) ? interruptedCheck() : error;
  } finally {
    cache?.close();
  }
}

/** All images, whatever is wrong with them: of one class, or of classes that one part alone has. @throws {GraftError} `dataset`, without any. */
function gatherGiven(
  images: ImagesByClass,
  { validation, test }: Pick<CheckSettings, 'validation' | 'test'>,
): CheckedExamples<GivenSample> {
  const hasParts = validation !== undefined || test !== undefined;
  const parts = Object.entries(hasParts ? { train: images, validation, test } : { all: images }).flatMap(
    ([set, given]) => (given === undefined ? [] : [{ set: set as 'train' | 'all', given }]),
  );
  const classNames = classNamesOf(...parts.map(({ given }) => given));
  const found = parts.flatMap(({ set, given }) =>
    samplesOf(`${set} images`, given, classNames).map((sample) => ({ set, sample })),
  );
  if (found.length === 0) throw noImages();
  return {
    modality: 'image',
    where: 'images',
    task: DEFAULT_TASK,
    classNames,
    samples: found.map(({ set, sample }) =>
      hasParts ? { ...sample, file: `/${set}${sample.file}` } : sample,
    ),
    sets: found.map(({ set }) => set),
    skipped: [],
    warnings: [],
  };
}

function noImages(): GraftError {
  return new GraftError('dataset', {
    where: 'images',
    expected: 'at least 1 image',
    received: 'none',
    advice: 'Give images by class: { cat: files, dog: files }.',
  });
}
