/** @file What a worker that runs sessions for another worker is asked, and what it says. */

import type { Tensor } from '../core/tensor/tensor.ts';
import type { WebRuntimeOptions } from './runtime.ts';

/** What it is asked, one after the other: a session first, then any number of runs. */
export type SessionOrder =
  | {
      readonly type: 'session';
      readonly model: Uint8Array;
      /** What messages call the model. */
      readonly name: string;
      readonly settings: WebRuntimeOptions;
    }
  | {
      readonly type: 'run';
      readonly feeds: Readonly<Record<string, Tensor>>;
      readonly fetches: readonly string[];
    };

/** What it says; `ready` first, and then one answer to each order. */
export type SessionAnswer =
  | { readonly type: 'ready' }
  | {
      readonly type: 'session';
      readonly inputNames: readonly string[];
      readonly outputNames: readonly string[];
    }
  | { readonly type: 'ran'; readonly results: Record<string, Tensor> }
  /** Whoever asked tries it otherwise, and hears the reason there. */
  | { readonly type: 'failed' };

/** Tensors whose memory is theirs alone, and so may go to another thread: a view would take all of its buffer along. */
export function ownTensors(tensors: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { dtype, shape, data }]) => [
      name,
      { dtype, shape, data: data.slice() } as Tensor,
    ]),
  );
}

/** What goes to another thread instead of being copied. */
export function buffersOf(tensors: Readonly<Record<string, Tensor>>): ArrayBufferLike[] {
  return Object.values(tensors).map(({ data }) => data.buffer);
}
