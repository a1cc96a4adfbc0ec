/** @file A thread makes the ids that the caller's makes, and says in words when it is gone. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { TextTokenizing } from '../../text/modality/text-tokenizing.ts';
import type { TextTokenizer } from '../../text/tokenizers/tokenizer.ts';
import { startTokenizingThread } from './tokenizing-thread.ts';
import { readUseLiteTokenizer } from './use-lite-files.ts';

let tokenizer: TextTokenizer;
beforeAll(async () => {
  tokenizer = await readUseLiteTokenizer();
});

const TEXTS = ['How do I locate my card?', '', '猫と犬', '🙂 🙂', 'half \ud800 a pair', 'word '.repeat(400)];

describe('startTokenizingThread', () => {
  const stops: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(stops.map((stop) => stop())));

  it.each(['head', 'head+tail', 'windows'] as const)('makes the same ids, %s', async (long) => {
    const tokenizing = new TextTokenizing({ tokenizer, maxTokens: 16, long });
    const thread = startTokenizingThread(tokenizing)!;
    stops.push(() => thread.stop());
    const both = await Promise.all([thread.tokenize(TEXTS), thread.tokenize(TEXTS.toReversed())]);
    const own = TEXTS.map((text) => tokenizing.of(text));
    expect(both).toEqual([own, own.toReversed()]);
    expect(own.map(({ isLong }) => isLong)).toEqual([false, false, false, false, false, true]);
  });

  it('says that it is gone', async () => {
    const thread = startTokenizingThread(new TextTokenizing({ tokenizer, maxTokens: 16, long: 'head' }))!;
    const asked = thread.tokenize(TEXTS);
    await thread.stop();
    const message =
      'thread that tokenizes: expected to stay until it is stopped, received stopped. Start again; if it happens again, give the program more memory.';
    await expect(asked).rejects.toThrow(withMessage(message));
    await expect(thread.tokenize(TEXTS)).rejects.toThrow(withMessage(message));
  });

  it('is none for a tokenizer of a program', () => {
    const own = { ...tokenizer, prefix: [], suffix: [], config: undefined };
    expect(
      startTokenizingThread(new TextTokenizing({ tokenizer: own, maxTokens: 16, long: 'head' })),
    ).toBeUndefined();
  });
});
