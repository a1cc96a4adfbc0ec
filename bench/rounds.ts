/** @file Contenders take turns, so that whatever disturbs the machine disturbs all of them. */

import { setTimeout as pause } from 'node:timers/promises';

/** Tells what is being measured. */
export type Report = (line: string) => void;

/** Threads of the one before may spin for a while before they sleep. */
const PAUSE_MS = 250;

/**
 * @param measure - Runs one contender once.
 * @returns For every contender what it gave, round by round. Every other round goes backwards, so that nobody
 *   always comes after the same one.
 */
export async function inTurns<C, R>(
  contenders: readonly C[],
  rounds: number,
  measure: (contender: C) => Promise<R>,
): Promise<R[][]> {
  const results: R[][] = contenders.map(() => []);
  const order = contenders.map((_, index) => index);
  for (let round = 0; round < rounds; round++) {
    for (const index of round % 2 === 0 ? order : order.toReversed()) {
      await pause(PAUSE_MS);
      results[index]!.push(await measure(contenders[index]!));
    }
  }
  return results;
}
