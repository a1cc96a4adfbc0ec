import { describe, expect, it } from 'vitest';
import { nodeSha256 } from '../node/runtime/sha256.ts';
import { webSha256 } from './sha256.ts';

describe('SHA-256 in a browser', () => {
  it("gives Node's digests, of text and of bytes in parts", () => {
    const parts = [
      'view 1',
      Uint8Array.from({ length: 1000 }, (_, index) => index),
      '',
      'ü',
      new Uint8Array(0),
    ];
    const [web, node] = [webSha256(), nodeSha256()];
    for (const part of parts) {
      web.update(part);
      node.update(part);
    }
    expect(web.hexSoFar()).toBe(node.hexSoFar());
    expect(web.update('more').hex()).toBe(node.update('more').hex());
    expect([...webSha256().update('abc').bytes()]).toEqual([...nodeSha256().update('abc').bytes()]);
  });
});
