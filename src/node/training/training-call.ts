/** @file What a program calls to train: on images that were gathered before or on examples, in its thread or another. */

import { readRecipe } from '../../recipe/recipe-input.ts';
import type { Task } from '../../recipe/task.ts';
import type { ClassifierOptions } from '../../runs/classifier-options.ts';
import type { TrainedClassifier } from '../../runs/grow-classifier.ts';
import type { Examples, ImageExample } from '../images/image-examples.ts';
import { type ExampleOptions, gatherExamples, type TaskOfExample } from './gather-examples.ts';
import type { ImageSets } from './image-sets.ts';
import { trainClassifier as trainOnSets } from './train-classifier.ts';
import { trainInWorker } from './train-in-worker.ts';

/** Where a training runs. */
export interface WorkerOptions {
  /**
   * Trains in a thread of its own, so that the event loop goes on: the same events, signal, errors and result, to the bit. What
   * cannot go there is refused: `callbacks`, `checkpoints`, `extracted`, `images`, `runtime`, and stores other than a feature
   * cache. Images in memory are copied. Default false.
   */
  readonly worker?: boolean | undefined;
}

/** What `trainClassifier` takes beside examples. */
export interface ExampleTrainingOptions<E extends ImageExample = ImageExample>
  extends Omit<ClassifierOptions, 'folder' | 'recipe'>,
    ExampleOptions<E>,
    WorkerOptions {
  /** What is not said is taken from `DEFAULT_RECIPE`. */
  readonly recipe?: ClassifierOptions['recipe'] | undefined;
}

/**
 * Trains a classifier on images, or what tells their labels or values, by the images' task, and keeps the weights of the best
 * epoch: by default that of the least validation loss. Features are computed once an image, and kept only where
 * `featureStores` says so.
 *
 * @param images - What `gatherImages`, `gatherFromCsv`, `gatherData` or `gatherExamples` gives.
 * @throws {GraftError} `interrupted`, if the signal aborts before the first epoch has ended; `memory`, `dataset`, `image`,
 *   `not-a-number`, `checkpoint`; `argument`, `weights`, `layer-not-found`, `shape`, where the recipe does not fit.
 */
export function trainClassifier<T extends Task>(
  images: ImageSets<T>,
  options: ClassifierOptions & WorkerOptions,
): Promise<TrainedClassifier<T>>;
/**
 * The same on examples `{ image, label }`, `{ image, labels }` or `{ image, values }`, from memory or by their paths.
 *
 * @param examples - An array, a generator or an async one, gone through once.
 * @throws {GraftError} And what `gatherExamples` throws.
 */
export function trainClassifier<E extends ImageExample>(
  examples: Examples<E>,
  options?: ExampleTrainingOptions<E>,
): Promise<TrainedClassifier<TaskOfExample<E>>>;
export async function trainClassifier(
  data: ImageSets<Task> | Examples,
  { worker = false, ...options }: (ClassifierOptions | ExampleTrainingOptions) & WorkerOptions = {},
): Promise<TrainedClassifier<Task>> {
  const train = worker ? trainInWorker : trainOnSets;
  if (!isIterable(data)) return train<Task>(data, options as ClassifierOptions);
  const { validation, test, classNames, ...training } = options as ExampleTrainingOptions;
  const recipe = readRecipe(training.recipe ?? {});
  const { signal } = training;
  const images = await gatherExamples(data, recipe, { validation, test, classNames, signal });
  return train<Task>(images, { ...training, folder: 'examples', recipe });
}

function isIterable(data: ImageSets<Task> | Examples): data is Examples {
  return Symbol.iterator in data || Symbol.asyncIterator in data;
}
