/** @file Epochs of a page's trainings that last a known time, and that a test holds: how fast the machine is decides nothing. */

import { setTimeout } from 'node:timers/promises';
import type { SiteAddition } from './site-server.ts';

/** A worker that trains waits after each epoch, which it has told of, until the server answers. It may stand in several of its scripts. */
const PROGRAM = `if (!globalThis.isPaced) {
  globalThis.isPaced = true;
  const say = globalThis.postMessage;
  globalThis.postMessage = (message, ...rest) => {
    say.call(globalThis, message, ...rest);
    if (message?.type !== 'event' || message.event.type !== 'epoch') return;
    const request = new XMLHttpRequest();
    request.open('GET', '/epoch/' + message.event.epoch, false);
    request.send();
  };
}
`;

export interface PacedEpochs extends SiteAddition {
  /** Epochs that were trained, in their order, of all trainings since the last call. */
  taken(): number[];
  /** From now on a training stands still after this epoch. @returns Resolves when one does. */
  hold(epoch: number): Promise<void>;
  /** Lets the training that is held go on. */
  release(): void;
}

/** @param epochMs - What every epoch lasts at least. */
export function paceEpochs(epochMs: number): PacedEpochs {
  const trained: number[] = [];
  let held: { readonly epoch: number; readonly begins: () => void } | undefined;
  let release = (): void => {};
  return {
    program: Buffer.from(PROGRAM),
    async answer(request, response) {
      const epoch = Number(/^\/epoch\/(\d+)$/.exec(request.url!)?.[1]);
      if (Number.isNaN(epoch)) return false;
      trained.push(epoch);
      await setTimeout(epochMs);
      if (epoch === held?.epoch) {
        const { begins } = held;
        held = undefined;
        await new Promise<void>((resolve) => {
          release = resolve;
          begins();
        });
      }
      response.end();
      return true;
    },
    taken: () => trained.splice(0),
    hold: (epoch) =>
      new Promise((resolve) => {
        held = { epoch, begins: resolve };
      }),
    release: () => release(),
  };
}
