/** @file Texts that are the same letter for letter. */

import type { TextExample } from './text-example.ts';

/**
 * Groups of texts that are the same, as positions: in the order of their first ones, and so within each.
 *
 * Texts in a pool become strings when they are asked for, and here one at a time: all of a large table take more memory than the pool.
 */
export function repeatedTexts(texts: readonly Pick<TextExample, 'text'>[]): number[][] {
  const keys = Float64Array.from(texts, ({ text }) => keyOf(text));
  const sorted = keys.slice().sort();
  const suspects = new Set(sorted.filter((key, index) => key === sorted[index - 1]));
  const groups = new Map<string, number[]>();
  keys.forEach((key, position) => {
    if (!suspects.has(key)) return;
    const { text } = texts[position]!;
    const group = groups.get(text);
    if (group === undefined) groups.set(text, [position]);
    else group.push(position);
  });
  return [...groups.values()].filter(({ length }) => length > 1);
}

/** 53 bits of a text: two of FNV-1a's, of other beginnings and each mixed. */
function keyOf(text: string): number {
  let [one, other] = [0x811c9dc5, 0x9747b28c];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    one = Math.imul(one ^ code, 0x01000193);
    other = Math.imul(other ^ code, 0x85ebca6b);
  }
  one = Math.imul(one ^ (one >>> 15), 0xc2b2ae35);
  other = Math.imul(other ^ (other >>> 13), 0x27d4eb2f);
  return ((other ^ (other >>> 16)) & 0x1fffff) * 2 ** 32 + ((one ^ (one >>> 16)) >>> 0);
}
