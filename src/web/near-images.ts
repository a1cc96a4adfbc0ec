/** @file The images of a page that a network sees as the nearest to another one. */

import { GraftError } from '../core/errors/graft-error.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import { nearestImages as nearestOf } from '../inspection/nearest-images.ts';
import { DEFAULT_RECIPE, type ImageRecipe } from '../recipe/recipe.ts';
import { type BackboneSource, openBackbone } from './backbone-source.ts';
import { type GivenSample, givenImages } from './given-images.ts';
import { classNamesOf, samplesOf } from './image-classes.ts';
import { nameOf } from './image-pixels.ts';
import type { ImagesByClass } from './named-images.ts';
import { openStoredFeatures } from './stored-features.ts';

/** What one may say of it. All of it can go to a worker. */
export interface NearestSettings {
  /** The image whose neighbors are wanted. */
  readonly to: GivenSample['image'];
  /** How many, >= 1. Default 5. */
  readonly k?: number | undefined;
  /** How the network sees images, as a recipe says it: that of a training finds its features again. */
  readonly recipe?: Partial<Pick<ImageRecipe, 'cut' | 'sizePx' | 'resize' | 'features'>> | undefined;
  /** The network. Default: the default backbone, which lies beside the program. */
  readonly backbone?: BackboneSource | undefined;
  /** Whether features are kept in the browser's file system, where a worker has one. Default true. */
  readonly cache?: boolean | undefined;
  /** Processor threads, >= 1. Default: as many as the page may have. */
  readonly threads?: number | undefined;
}

/** An image that is like the one that was asked about. */
export interface NearGivenImage {
  readonly className: string;
  /** Its name, or its place: `image 3`. */
  readonly name: string;
  /** 1 less the cosine of their features, 0 to 2. */
  readonly distance: number;
}

/** Finds them in the thread of the caller, see `nearestImages`. */
export async function nearImages(
  images: ImagesByClass,
  options: NearestSettings & RuntimeOptions & { readonly signal?: AbortSignal | undefined },
): Promise<readonly NearGivenImage[]> {
  const { to: image, k = 5, recipe = {}, backbone: source, threads, runtime, signal } = options;
  const { cut, sizePx, resize = 'squash', features = DEFAULT_RECIPE.features } = recipe;
  const classNames = classNamesOf(images);
  const known = samplesOf('images', images, classNames);
  const asked: GivenSample = { file: nameOf(image), label: 0, image };
  const cache = options.cache === false ? undefined : await openStoredFeatures();
  try {
    const backbone = await openBackbone(source, {
      inputShape: sizePx === undefined ? undefined : [sizePx, sizePx, 3],
      cut,
      signal,
    });
    const [near] = await nearestOf(
      backbone,
      { known, asked: [asked] },
      { reader: givenImages, features, resize, featureStores: cache, k, threads, runtime, signal },
    );
    if (near === undefined) throw unreadable(asked.file);
    return near.map(({ sample: { file, label }, distance }) => {
      const className = classNames[label]!;
      return { className, name: file.slice(className.length + 2), distance };
    });
  } finally {
    cache?.close();
  }
}

function unreadable(where: string): GraftError {
  return new GraftError('image', {
    where,
    expected: 'an image',
    received: 'a file that the browser cannot decode',
    advice: 'Give another one.',
  });
}
