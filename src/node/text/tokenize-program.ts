/** @file The thread that tokenizes: texts in, ids out, see tokenizing-thread.ts. */

import { parentPort, workerData } from 'node:worker_threads';
import { TextTokenizing } from '../../text/modality/text-tokenizing.ts';
import { createTokenizer } from '../../text/tokenizers/tokenizer.ts';
import type { TokenizedMessage, TokenizeRequest } from './tokenizing-thread.ts';

const { json, config, maxTokens, long } = workerData as TokenizeRequest;
const begun = createTokenizer(json, 'tokenizer', config).then(
  (tokenizer) => new TextTokenizing({ tokenizer, maxTokens, long }),
);

parentPort!.on('message', async (texts: readonly string[]) => {
  const tokenizing = await begun;
  const made = texts.map((text) => tokenizing.numbersOf(text));
  const lengths = Uint32Array.from(made, ({ ids }) => ids.length);
  const ids = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let start = 0;
  for (const each of made) {
    ids.set(each.ids, start);
    start += each.ids.length;
  }
  const isLong = Uint8Array.from(made, (each) => (each.isLong ? 1 : 0));
  const message: TokenizedMessage = { ids, lengths, isLong };
  parentPort!.postMessage(message, [ids.buffer, lengths.buffer, isLong.buffer]);
});
