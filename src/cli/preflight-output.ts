/** @file What people hear before a training starts: how much there is to do, what it needs, what is wasteful. */

import { sizeText } from '../errors/size-text.ts';
import { visible } from '../errors/visible-text.ts';
import type { Preflight } from '../runs/estimate/estimate-report.ts';
import { countOf, duration, say, styled } from './terminal.ts';

/** Two lines, and one for each choice that is wasteful. */
export function sayPreflight(estimate: Preflight): void {
  const { features, seconds, phases, memoryBytes, diskBytes, warnings } = estimate;
  const missing = features.total - features.known;
  const epochs = phases.reduce((sum, phase) => sum + phase.epochs, 0);
  const work =
    missing === 0
      ? `features of all ${countOf(features.total, 'image')} from the cache`
      : `${countOf(missing, 'image')} to compute, about ${duration(seconds.features)}${features.known === 0 ? '' : ` (${count(features.known)} in the cache)`}`;
  say(`to do: ${work}; training at most ${duration(seconds.training)} for ${countOf(epochs, 'epoch')}`);
  const disk = diskBytes.cache + diskBytes.model + diskBytes.checkpoints;
  say(`needs about ${sizeText(memoryBytes.total)} of memory and at most ${sizeText(disk)} of disk`);
  for (const { text } of warnings) say(`${styled('yellow', 'note')} ${visible(text)}`);
}

function count(value: number): string {
  return value.toLocaleString('en');
}
