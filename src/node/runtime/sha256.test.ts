/** @file A digest of one text, of several, and of bytes that are used again. */

import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { nodeSha256 } from './sha256.ts';

const expected = (...data: readonly (string | Uint8Array)[]) => {
  const hash = createHash('sha256');
  for (const each of data) hash.update(each);
  return hash.digest('hex');
};

it('is of all that was said, as it was then', () => {
  expect(nodeSha256().hex()).toBe(expected());
  expect(nodeSha256().update('').hex()).toBe(expected(''));
  expect(nodeSha256().update('日本\ud800').hex()).toBe(expected('日本\ud800'));
  expect(nodeSha256().update('a').update('b').hex()).toBe(expected('ab'));
  const bytes = Uint8Array.of(1, 2, 3);
  const digest = nodeSha256().update(bytes);
  bytes.fill(9);
  expect(digest.update('a').hex()).toBe(expected(Uint8Array.of(1, 2, 3), 'a'));
  const going = nodeSha256().update('a');
  expect([going.hexSoFar(), going.update('b').hex()]).toEqual([expected('a'), expected('ab')]);
  expect(Buffer.from(nodeSha256().update('ab').bytes()).toString('hex')).toBe(expected('ab'));
});
