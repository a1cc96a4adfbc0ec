/** @file SHA-256 by Node's own library. */

import { createHash, type Hash, hash } from 'node:crypto';
import type { Digest } from '../../core/runtime/runtime.ts';

export function nodeSha256(): Digest {
  return new NodeDigest();
}

class NodeDigest implements Digest {
  #hash: Hash | undefined;
  /** A text that nothing has followed yet: all at once, a short one takes half as long. Bytes may change until then. */
  #text: string | undefined;

  update(data: Uint8Array | string): Digest {
    if (this.#hash === undefined && this.#text === undefined && typeof data === 'string') this.#text = data;
    else this.#begun().update(data);
    return this;
  }

  bytes(): Uint8Array {
    return this.#text === undefined ? this.#begun().digest() : hash('sha256', this.#text, 'buffer');
  }

  hex(): string {
    return this.#text === undefined ? this.#begun().digest('hex') : hash('sha256', this.#text, 'hex');
  }

  hexSoFar(): string {
    return this.#begun().copy().digest('hex');
  }

  #begun(): Hash {
    this.#hash ??= createHash('sha256');
    if (this.#text !== undefined) this.#hash.update(this.#text);
    this.#text = undefined;
    return this.#hash;
  }
}
