/** @file A table of drawn texts, none of them twice. */

import { createRandom } from '../src/core/tensor/random.ts';

const CLASSES = 10;
const VOCABULARY =
  'the a film was good bad quite really never always story actor plot boring great scene music ending slow fast nice awful';

/** @param words - Of a text, on average. @returns CSV with the columns `id`, `text`, `label`; classes `class-0` to `class-9`. */
export function drawTable(texts: number, words: number): string {
  const vocabulary = VOCABULARY.split(' ');
  const random = createRandom(1);
  const lines = Array.from({ length: texts }, (_, index) => {
    const length = words / 2 + random.integer(words);
    const text = Array.from({ length }, () => vocabulary[random.integer(vocabulary.length)]).join(' ');
    return `${index},"${text} ${index}",class-${index % CLASSES}\n`;
  });
  return `id,text,label\n${lines.join('')}`;
}
