/** @file Where a training stands, as plain data and a safetensors file of all weights: whoever keeps checkpoints keeps both. */

import * as z from 'zod';
import type { CallbackState, FitState, FitStateView } from '../core/fit/fit-state.ts';
import type { EpochRecord } from '../core/fit/history.ts';
import type { Checkpoint } from '../core/fit/run-checkpoints.ts';
import { createView, type NumbersView } from '../core/steps/training-step.ts';
import { decodeBase64, encodeBase64 } from '../core/tensor/base64.ts';
import { type PiecewiseTensor, readSafetensors } from '../core/weights/safetensors.ts';

/** All but the weights. */
export interface CheckpointState {
  readonly phase: number;
  readonly epoch: number;
  /** Sums as the bytes of float64, in base64. */
  readonly soFar: {
    readonly step: number;
    readonly loss: string;
    readonly metrics: readonly string[];
  } | null;
  readonly learningRate: number;
  readonly iteration: number;
  readonly records: readonly EpochRecord[];
  readonly earlier: {
    readonly records: readonly EpochRecord[];
    readonly bestEpoch: number;
    readonly bestValue: number | null;
  };
  readonly callbacks: readonly ({
    readonly values: Readonly<Record<string, number>>;
    readonly iteration: number | null;
  } | null)[];
}

/** JSON has no infinities, and a metric may be one. */
const metric = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);
const metrics = z.record(z.string(), metric);

const records = z.array(
  z.strictObject({
    epoch: z.int().positive(),
    logs: metrics,
    seconds: z.number(),
    phase: z.int().positive().optional(),
  }),
);

/** The fields of a {@link CheckpointState}. */
export const CHECKPOINT_STATE: { readonly [K in keyof CheckpointState]: z.ZodType<CheckpointState[K]> } = {
  phase: z.int().nonnegative(),
  epoch: z.int().positive(),
  soFar: z
    .strictObject({ step: z.int().positive(), loss: z.base64(), metrics: z.array(z.base64()) })
    .nullable(),
  learningRate: metric,
  iteration: z.int().nonnegative(),
  records,
  earlier: z.strictObject({ records, bestEpoch: z.int().nonnegative(), bestValue: metric.nullable() }),
  callbacks: z.array(z.strictObject({ values: metrics, iteration: z.int().nullable() }).nullable()),
};

/** As {@link CHECKPOINT_STATE} reads it again. */
export function withInfinities(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

export function encodeState({ phase, earlier, fit }: Checkpoint<FitStateView>): CheckpointState {
  const { epoch, soFar, learningRate, records, callbacks } = fit;
  return {
    phase,
    epoch,
    soFar:
      soFar === undefined
        ? null
        : { step: soFar.step, loss: encodeDoubles(soFar.loss), metrics: soFar.metrics.map(encodeDoubles) },
    learningRate,
    iteration: fit.weights.iteration,
    records: copied(records),
    earlier: {
      records: copied(earlier.records),
      bestEpoch: earlier.bestEpoch,
      bestValue: earlier.bestValue ?? null,
    },
    callbacks: callbacks.map((state) =>
      state === undefined
        ? null
        : { values: { ...state.values }, iteration: state.weights?.iteration ?? null },
    ),
  };
}

/**
 * @param bytes - Of the safetensors file. @param name - Its name, for messages.
 * @throws What cannot be read as tensors, or as the numbers of metrics.
 */
export function decodeState(state: CheckpointState, bytes: Uint8Array, name: string): Checkpoint {
  const { tensors } = readSafetensors(bytes, name);
  const { phase, epoch, soFar, learningRate, iteration, records, callbacks, earlier } = state;
  const part = (prefix: string): Map<string, Float32Array> =>
    new Map(
      [...tensors.keys()]
        .filter((key) => key.startsWith(prefix))
        .map((key) => [key.slice(prefix.length), tensors.get(key)!.data]),
    );
  const fit: FitState = {
    epoch,
    soFar:
      soFar === null
        ? undefined
        : {
            step: soFar.step,
            loss: decodeDoubles(soFar.loss),
            metrics: soFar.metrics.map(decodeDoubles),
          },
    learningRate,
    records,
    callbacks: callbacks.map((kept, index): CallbackState | undefined =>
      kept === null
        ? undefined
        : {
            values: kept.values,
            weights:
              kept.iteration === null
                ? undefined
                : { iteration: kept.iteration, weights: part(`callback ${index}/`), slots: new Map() },
          },
    ),
    weights: { iteration, weights: part('weights/'), slots: part('slots/') },
  };
  return { phase, earlier: { ...earlier, bestValue: earlier.bestValue ?? undefined }, fit };
}

/** What the safetensors file of a checkpoint has. */
export function stateTensors({ weights, callbacks }: FitStateView): Map<string, PiecewiseTensor> {
  const tensors = new Map<string, PiecewiseTensor>();
  const addAll = (prefix: string, numbers: Iterable<readonly [string, NumbersView]>): void => {
    for (const [name, view] of numbers) {
      tensors.set(prefix + name, { shape: [view.length], pieces: () => view.pieces() });
    }
  };
  addAll('weights/', weights.weights);
  addAll('slots/', weights.slots);
  callbacks.forEach((state, index) => {
    const kept = state?.weights?.weights ?? new Map<string, Float32Array>();
    for (const [name, numbers] of kept) addAll(`callback ${index}/`, [[name, createView(numbers)]]);
  });
  return tensors;
}

/** JSON would lose -0, and takes twice the room. */
function encodeDoubles({ buffer, byteOffset, byteLength }: Float64Array): string {
  return encodeBase64(new Uint8Array(buffer, byteOffset, byteLength));
}

/** @throws RangeError If it is not of whole numbers. */
function decodeDoubles(base64: string): Float64Array {
  return new Float64Array(decodeBase64(base64).buffer);
}

function copied(records: readonly EpochRecord[]): CheckpointState['records'] {
  return records.map((record) => ({ ...record, logs: { ...record.logs } }));
}
