/** @file What the phases of a training came to, side by side. */

import { Monitor } from '../core/fit/callbacks/monitor.ts';
import type { EpochRecord } from '../core/fit/history.ts';

export interface PhaseResult {
  /** From 1. */
  readonly phase: number;
  /** Counted over all phases, as `bestEpoch`. */
  readonly firstEpoch: number;
  readonly epochs: number;
  /** The phase's own best epoch by the monitored metric. */
  readonly bestEpoch: number;
  /** The monitored metric there. */
  readonly value: number;
  /** What people look at, there, if it is another metric: the accuracy, F1 of labels, the mean absolute error of numbers. */
  readonly beside?: { readonly name: string; readonly value: number } | undefined;
  /** Whether the weights that were kept are of this phase. */
  readonly isKept: boolean;
}

const LOOKED_AT = ['val_accuracy', 'val_f1_score', 'val_mae'] as const;

/**
 * Results of several phases; none of a single one.
 *
 * @param monitor - By what the best epoch is chosen.
 * @param bestEpoch - The epoch whose weights were kept.
 */
export function phaseResults(
  records: readonly EpochRecord[],
  monitor: string,
  bestEpoch: number,
): PhaseResult[] {
  const numbers = [...new Set(records.flatMap(({ phase }) => phase ?? []))];
  if (numbers.length < 2) return [];
  return numbers.map((phase) => {
    const own = records.filter((record) => record.phase === phase);
    const watch = new Monitor('phases', { monitor });
    let best = own[0]!;
    for (const record of own) if (watch.improves(record)) best = record;
    const kept = own.find(({ epoch }) => epoch === bestEpoch);
    const shown = kept ?? best;
    const name = LOOKED_AT.find((each) => each in shown.logs && each !== monitor);
    return {
      phase,
      firstEpoch: own[0]!.epoch,
      epochs: own.length,
      bestEpoch: shown.epoch,
      value: watch.valueOf(shown),
      beside: name === undefined ? undefined : { name, value: shown.logs[name]! },
      isKept: kept !== undefined,
    };
  });
}

/** The phase before the one that was kept that was best by what people look at, if it was better; undefined if none was. */
export function lostTo(phases: readonly PhaseResult[]): PhaseResult | undefined {
  const kept = phases.find(({ isKept }) => isKept);
  if (kept?.beside === undefined) return undefined;
  const { name, value } = kept.beside;
  const sign = name === 'val_mae' ? -1 : 1;
  const better = phases.filter(
    (phase) =>
      phase.phase < kept.phase && phase.beside !== undefined && sign * (phase.beside.value - value) > 0,
  );
  return better.toSorted((a, b) => sign * (b.beside!.value - a.beside!.value))[0];
}
