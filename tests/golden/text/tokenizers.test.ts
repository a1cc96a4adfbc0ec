/** @file Ids are those of Rust's tokenizers; written by tools/oracle/tokenizers_rust.py. */

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTokenizer, type TextTokenizer } from '../../../src/text/tokenizers/tokenizer.ts';

interface Fixture {
  readonly tokenizers: readonly {
    readonly title: string;
    readonly json: object;
    readonly cases: readonly { readonly text: string; readonly ids: number[]; readonly decoded: string }[];
  }[];
}

const { tokenizers } = JSON.parse(
  readFileSync(new URL('tokenizers.json', import.meta.url), 'utf8'),
) as Fixture;

describe.each(tokenizers.map((each) => [each.title, each] as const))('%s', (title, { json, cases }) => {
  let tokenizer: TextTokenizer;
  beforeAll(async () => {
    tokenizer = await createTokenizer(JSON.stringify(json), title);
  });

  it('gives the ids of Rust', () => {
    for (const { text, ids } of cases) expect([text, tokenizer.encode(text)]).toEqual([text, ids]);
  });

  it('says what stands around a text', () => {
    const { prefix, suffix } = tokenizer;
    const ids = tokenizer.encode('two words');
    expect(ids).toEqual([...prefix, ...tokenizer.encode('two words', { specialTokens: false }), ...suffix]);
    expect([prefix.length, suffix.length]).toEqual(title === 'WordPiece' ? [1, 1] : [0, 1]);
  });

  it('gives the text of Rust back', () => {
    for (const { ids, decoded } of cases) expect(tokenizer.decode(ids)).toBe(decoded);
  });
});
