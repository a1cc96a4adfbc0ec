/** @file SHA-256 by Node's own library. */

import { createHash, type Hash } from 'node:crypto';
import type { Digest } from '../../core/runtime/runtime.ts';

export function nodeSha256(): Digest {
  return new NodeDigest(createHash('sha256'));
}

class NodeDigest implements Digest {
  readonly #hash: Hash;

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  update(data: Uint8Array | string): Digest {
    this.#hash.update(data);
    return this;
  }

  bytes(): Uint8Array {
    return this.#hash.digest();
  }

  hex(): string {
    return this.#hash.digest('hex');
  }
}
