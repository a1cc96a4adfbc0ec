/** @file What a tokenizer says about files that are none, and does with texts that are no Unicode. */

import { beforeAll, describe, expect, it } from 'vitest';
import { createKnownTokenizer, createTokenizer, type TextTokenizer } from './tokenizer.ts';
import { unigramJson } from './unigram-json.ts';

const WHERE = 'tokenizer "tokenizer.json"';
const ADVICE =
  'Save it again with the "fast" tokenizer of transformers: save_pretrained writes tokenizer.json.';

describe('createTokenizer', () => {
  it.each([
    ['no JSON', '{"version":', 'a tokenizer in JSON, received something else'],
    ['another file', '{"hidden_size":3}', 'a "model" with a "vocab", received none'],
    ['nothing', 'null', 'a "model" with a "vocab", received none'],
    [
      'a model of another kind',
      '{"model":{"type":"WordLevel","vocab":{}}}',
      'a model of type WordPiece, Unigram or BPE, received "WordLevel"',
    ],
    [
      'a part of another kind',
      '{"model":{"type":"BPE","vocab":{},"merges":[]},"added_tokens":[],"decoder":null,"post_processor":null,"pre_tokenizer":null,"normalizer":{"type":"Odd"}}',
      'parts that @huggingface/tokenizers has, received Unknown Normalizer type: Odd',
    ],
  ])('refuses %s', async (_, json, what) => {
    await expect(createTokenizer(json, WHERE)).rejects.toThrow(`${WHERE}: expected ${what}. ${ADVICE}`);
  });

  const pieces = [
    ['?', 0],
    ['<s>', 0],
    ['▁', -2],
    ['a', -2],
    ['b', null],
    ['▁a', -3],
    ['<', -5],
  ] as const;
  let tokenizer: TextTokenizer;
  beforeAll(async () => {
    tokenizer = await createTokenizer(unigramJson(pieces, 2), WHERE);
  });

  it('counts a score that is null as 0', () => {
    expect(tokenizer.encode('ab a')).toEqual([5, 4, 5]);
  });

  it('has no piece of the reserved ones in a text', () => {
    expect(tokenizer.encode('<s>')).toEqual([2, 6, 0]);
  });

  it('is the same where it is made late, and not made before', async () => {
    const { json, config, ...facts } = tokenizer;
    const known = { vocabularySize: 7, prefix: [], suffix: [] };
    expect(facts).toMatchObject(known);
    const late = await createKnownTokenizer(json, WHERE, known);
    expect(late).toMatchObject({ json, config, ...known });
    expect(late.encode('ab a')).toEqual([5, 4, 5]);
    expect(late.decode([5, 4])).toBe('ab');
    expect(late.idOf('b')).toBe(4);
    const broken = await createKnownTokenizer('{', WHERE, known);
    expect(() => broken.encode('a')).toThrow(`${WHERE}: expected a tokenizer in JSON`);
  });

  it('reads half a surrogate pair as what is unknown', () => {
    expect(tokenizer.encode('a\ud83d')).toEqual([5, 0]);
    expect(tokenizer.idOf('▁a')).toBe(5);
  });
});
