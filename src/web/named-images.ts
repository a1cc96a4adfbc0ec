/** @file Images by their classes, as a page gives them, and what each is called. */

import type { GivenSample } from './given-images.ts';
import { isBlob } from './is-blob.ts';

/** An image with a name of its own; a split and a `group` go by names. */
export interface NamedImage {
  readonly image: GivenSample['image'];
  readonly name: string;
}

/** Images by the names of their classes: files (`File`, `Blob`) or pixels (`ImageData`), whose name is that of the file, or their place. */
export type ImagesByClass = Readonly<Record<string, Iterable<GivenSample['image'] | NamedImage>>>;

/** The same with every image named, so that they can go to a worker, where files have lost the folder that they were chosen in. */
export function nameImages(images: ImagesByClass): Record<string, NamedImage[]> {
  const named = Object.entries(images).map(
    ([className, each]) => [className, [...each].map(nameImage)] as const,
  );
  return Object.fromEntries(named);
}

/** By the name that it has, or by its place. */
export function nameImage(given: GivenSample['image'] | NamedImage, index: number): NamedImage {
  const place = `image ${index + 1}`;
  const { image, name, webkitRelativePath: path } = Object(given) as Partial<Record<string, unknown>>;
  if (image !== undefined) {
    return { image: image as NamedImage['image'], name: typeof name === 'string' ? name : place };
  }
  const only = given as NamedImage['image'];
  if (!isBlob(given)) return { image: only, name: place };
  // Of a chosen folder, the way below its class folder: as the command line knows the file.
  if (typeof path === 'string' && path !== '') {
    return { image: only, name: path.split('/').slice(2).join('/') };
  }
  return { image: only, name: typeof name === 'string' && name !== '' ? name : place };
}
