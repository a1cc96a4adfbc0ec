/** @file SHA-256 in JavaScript: the browser's own gives its result later, and wants all bytes at once. */

import { sha256 } from '@noble/hashes/sha2';
import type { Digest } from '../core/runtime/runtime.ts';
import { encodeHex } from '../core/tensor/hex.ts';

export function webSha256(): Digest {
  const hash = sha256.create();
  return {
    update(data) {
      hash.update(data);
      return this;
    },
    bytes: () => hash.digest(),
    hex: () => encodeHex(hash.digest()),
    hexSoFar: () => encodeHex(hash.clone().digest()),
  };
}
