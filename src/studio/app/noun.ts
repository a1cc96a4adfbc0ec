/** @file What the examples of the project are called. */

import { computed } from '@preact/signals';
import { project } from './store.ts';
import { formatCount } from './words.ts';

const NOUNS = {
  images: { one: 'image', several: 'images' },
  texts: { one: 'text', several: 'texts' },
} as const;

export const isOfTexts = computed(() => project.value?.holds === 'texts');

/** Whose labels are cells: alone of these, texts may have none. */
export const isTable = computed(() => project.value?.unlabeled !== undefined);

/** `image` and `images`, or `text` and `texts`. */
export const noun = computed(() => NOUNS[isOfTexts.value ? 'texts' : 'images']);

/** `3 images`. @param before - `validation `, for `3 validation images`. */
export function countExamples(number: number, before = ''): string {
  return formatCount(number, `${before}${noun.value.one}`);
}
