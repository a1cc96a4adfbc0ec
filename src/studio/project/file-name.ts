/** @file The name that an added file gets: of what a page or an archive calls it, no more is taken than any file system takes. */

import { composed } from '../../core/examples/similar-names.ts';
import type { ImageFormat } from '../../vision/images/image-format.ts';

const ENDINGS: Readonly<Record<ImageFormat, string>> = {
  jpeg: 'jpg',
  png: 'png',
  webp: 'webp',
  gif: 'gif',
  tiff: 'tif',
  avif: 'avif',
  heic: 'heic',
};
const MAX_STEM = 80;

/**
 * A file name with the ending of what the image is.
 *
 * @param given - Names in lower case that are taken; the new one is added.
 */
export function safeImageName(name: string, format: ImageFormat, given: Set<string>): string {
  return safeName(name, { ending: ENDINGS[format], otherwise: 'image' }, given);
}

/** As {@link safeImageName}, of a text. */
export function safeTextName(name: string, given: Set<string>): string {
  return safeName(name, { ending: 'txt', otherwise: 'text' }, given);
}

function safeName(
  name: string,
  { ending, otherwise }: { readonly ending: string; readonly otherwise: string },
  given: Set<string>,
): string {
  const letters = composed(name)
    .replace(/^.*[/\\]/su, '')
    .replace(/\.[^.]*$/u, '')
    .replace(/[^\p{L}\p{N}\p{M} _()-]+/gu, '-')
    .replace(/^[-. ]+|[-. ]+$/gu, '');
  const stem = [...letters].slice(0, MAX_STEM).join('').trim();
  const base = stem === '' || /^(?:con|prn|aux|nul|com\d|lpt\d)$/i.test(stem) ? otherwise : stem;
  const first = `${base}.${ending}`;
  const file = given.has(first.toLowerCase())
    ? `${base}-${crypto.randomUUID().slice(0, 8)}.${ending}`
    : first;
  given.add(file.toLowerCase());
  return file;
}
