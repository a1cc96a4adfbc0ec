/** @file A tokenizer.json that was changed at any place gives a tokenizer, or an error that says what is wrong. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { GraftError } from '../../src/core/errors/graft-error.ts';
import { createTokenizer } from '../../src/text/tokenizers/tokenizer.ts';

type Json = Record<string, unknown>;

const { tokenizers } = JSON.parse(readFileSync('tests/golden/text/tokenizers.json', 'utf8')) as {
  readonly tokenizers: readonly { readonly title: string; readonly json: Json }[];
};

/** Where an object or a list has something else. */
function placesIn(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .slice(0, 40)
    .flatMap(([key, held]) => [[...path, key], ...placesIn(held, [...path, key])]);
}

function changed(json: Json, path: readonly string[], value: unknown): Json {
  const copy = structuredClone(json);
  const holder = path.slice(0, -1).reduce<Json>((held, key) => held[key] as Json, copy);
  if (value === undefined) delete holder[path.at(-1)!];
  else holder[path.at(-1)!] = value;
  return copy;
}

describe.each(tokenizers.map((each) => [each.title, each.json] as const))('%s', (_, json) => {
  it('gives ids or an error of its own, whatever was changed', async () => {
    const values = fc.constantFrom(undefined, null, '', 'x', -1, 1e12, [], {}, [[]], true, '(');
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...placesIn(json)), values, async (path, value) => {
        try {
          const tokenizer = await createTokenizer(JSON.stringify(changed(json, path, value)), 'tokenizer');
          expect(Array.isArray(tokenizer.encode('Two words, and a 3rd.'))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(GraftError);
        }
      }),
      { numRuns: 400, seed: 1 },
    );
  });
});
