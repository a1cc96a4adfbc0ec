/** @file Universal Sentence Encoder Lite gives what the package's own runtime does; written by tools/oracle/use_lite.mjs. */

import { createTokenizer } from '../../../src/text/tokenizers/tokenizer.ts';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelGraph } from '../../../src/core/layers/lower-model.ts';
import { readUseLite, readUseLiteTokenizer } from '../../../src/node/text/use-lite-files.ts';
import { createSession } from '../../../src/core/runtime/create-session.ts';
import type { Session } from '../../../src/core/runtime/session.ts';
import { floats } from '../../../src/core/tensor/tensor.ts';
import { padIds } from '../../../src/text/modality/pad-ids.ts';
import { USE_LITE_MAX_TOKENS } from '../../../src/text/encoders/use-lite.ts';

const { cases, tolerance } = JSON.parse(
  readFileSync(new URL('use-lite.json', import.meta.url), 'utf8'),
) as {
  readonly cases: readonly { readonly text: string; readonly ids: number[]; readonly embedding: number[] }[];
  readonly tolerance: { readonly atol: number; readonly rtol: number };
};

describe('use_lite', () => {
  let session: Session;
  beforeAll(async () => {
    session = await createSession(modelGraph(await readUseLite()), { threads: 1 });
  });
  afterAll(() => session.dispose());

  const embed = async (texts: readonly number[][]) => {
    const ids = padIds(texts.map((each) => each.slice(0, USE_LITE_MAX_TOKENS)));
    return (await session.run({ ids }))['unit_normalization']!;
  };

  it('has the ids of the package', async () => {
    const tokenizer = await readUseLiteTokenizer();
    for (const { text, ids } of cases) expect(tokenizer.encode(text)).toEqual(ids);
    const { vocabularySize, prefix, suffix } = await createTokenizer(tokenizer.json, 'tokenizer');
    expect({ vocabularySize, prefix, suffix }).toEqual({ vocabularySize: 8000, prefix: [], suffix: [] });
    expect(tokenizer).toMatchObject({ vocabularySize, prefix, suffix });
    expect(tokenizer.encode('')).toEqual([]);
    expect(tokenizer.decode(tokenizer.encode('How do I locate my card?'))).toBe('How do I locate my card?');
  });

  it('has the embeddings of the package', async () => {
    const result = await embed(cases.map(({ ids }) => ids));
    const expected = floats(
      [cases.length, 512],
      cases.flatMap(({ embedding }) => embedding),
    );
    expect(result).toBeAllClose(expected, tolerance);
  });

  it('gives a text the same alone', async () => {
    const together = await embed(cases.map(({ ids }) => ids));
    for (const [row, { ids }] of cases.entries()) {
      const expected = floats([1, 512], together.data.subarray(row * 512, (row + 1) * 512) as Float32Array);
      expect(await embed([ids])).toBeAllClose(expected, tolerance);
    }
  });

  it('has an answer for no text at all', async () => {
    const { data } = await embed([[], cases[0]!.ids]);
    expect((data as Float32Array).every(Number.isFinite)).toBe(true);
  });
});
