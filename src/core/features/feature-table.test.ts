import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import type { FeatureStore } from '../runtime/feature-store.ts';
import { floats, tensor } from '../tensor/tensor.ts';
import { RowBuffer } from './feature-set.ts';
import { FEATURE_MEMORY_BYTES, FeatureTable, memoryBudgets } from './feature-table.ts';
import { type FeatureDType, RowLayout } from './row-layout.ts';
import type { SetName } from './sample-sets.ts';

const MIB = 1024 * 1024;
/** float16 numbers of a row of 1 MiB. */
const WIDTH = MIB / 2;
const ONE = 0x3c00;

/** A store in which every row is there, and full of its own number; it counts how often it is read. */
function storeOf(rows: number) {
  let reads = 0;
  const store: FeatureStore = {
    locate: () => Int32Array.from({ length: rows }, (_, row) => row),
    put: async () => undefined,
    flush: async () => {},
    read(_, wanted, target) {
      reads += 1;
      new Uint16Array(target.buffer, target.byteOffset, wanted.length * WIDTH).fill(ONE);
      return [];
    },
  };
  return { store, reads: () => reads };
}

function layoutOf(width: number, dtype: FeatureDType): RowLayout {
  return new RowLayout([{ name: 'features', dtype, shape: [width] }]);
}

async function readsAfter(rows: number, budgets: (name: SetName) => { bytes: number }, name: SetName) {
  const { store, reads } = storeOf(rows);
  const set = await FeatureTable.make({
    examples: Array.from({ length: rows }, (_, row) => ({ file: `${row}.jpg`, label: row % 2 })),
    keys: new Uint8Array(rows * 32),
    kept: new Map(),
    compute: async () => new Map(),
    layout: layoutOf(WIDTH, 'float16'),
    numClasses: 2,
    store,
    memory: budgets(name),
  });
  const buffer = new RowBuffer();
  for (let pass = 0; pass < 3; pass++) {
    buffer.take(2 * WIDTH).fill(Number.NaN);
    const [rowsRead] = await set.read(Uint32Array.of(1, 0), buffer);
    expect((rowsRead!.data as Float32Array).every((value) => value === 1)).toBe(true);
  }
  return reads();
}

describe('memoryBudgets', () => {
  it.each([
    ['train', 12],
    ['validation', 4],
    ['test', 4],
  ] as const)(
    'keeps features of %s in memory up to %d MiB, and reads more from the store',
    async (name, max) => {
      expect(await readsAfter(max, memoryBudgets(true), name)).toBe(1);
      expect(await readsAfter(max + 1, memoryBudgets(true), name)).toBe(3);
    },
  );

  it('gives sets that are not trained on one share, beside that of the others', async () => {
    const budgets = memoryBudgets(true);
    expect(await readsAfter(3, budgets, 'validation')).toBe(1);
    expect(await readsAfter(2, budgets, 'test')).toBe(3);
    expect(await readsAfter(12, budgets, 'train')).toBe(1);
    expect(await readsAfter(2, budgets, 'train')).toBe(3);
    expect(FEATURE_MEMORY_BYTES).toBe(24 * MIB);
  });

  it('sets no bound without a store', () => {
    expect(memoryBudgets(false)('validation').bytes).toBe(Number.POSITIVE_INFINITY);
  });
});

it('keeps class indices above 65,535', async () => {
  const labels = [0, 65_536, 199_999];
  const set = await FeatureTable.make({
    examples: labels.map((label) => ({ file: `${label}.jpg`, label })),
    keys: new Uint8Array(labels.length * 32),
    kept: new Map(labels.map((_, row) => [row, new Uint8Array(4)])),
    compute: async () => new Map(),
    layout: layoutOf(1, 'float32'),
    numClasses: 200_000,
    store: undefined,
    memory: memoryBudgets(false)('train'),
  });
  expect([...set.labels]).toEqual(labels);
});

describe('rows of different lengths', () => {
  const layout = new RowLayout([
    { name: 'features', dtype: 'float16', shape: [null, 1] },
    { name: 'features/ids', dtype: 'int32', shape: [null], padding: -1 },
  ]);
  /** Of `length` positions: halves of 1, and the number of the row. */
  const rowOf = (row: number, length: number): Uint8Array =>
    layout.pack(
      [
        tensor('float16', [1, length, 1], new Uint16Array(length).fill(ONE)),
        tensor('int32', [1, length], new Int32Array(length).fill(row)),
      ],
      Uint32Array.of(length),
    ).bytes;
  const LENGTHS = [2, 0, 3, 1];
  const bytesOf = LENGTHS.map((length, row) => rowOf(row, length));

  /** Has rows 0, 2 and 3; what is lost is said once, and put again. */
  function stored(lost: Set<number>): FeatureStore {
    return {
      locate: (keys) =>
        Int32Array.from({ length: keys.length / 32 }, (_, i) => (keys[32 * i] === 1 ? -1 : keys[32 * i]!)),
      put: async () => undefined,
      flush: async () => {},
      lengths: (locations, rows) => Uint32Array.from(rows, (row) => bytesOf[locations[row]!]?.length ?? 0),
      read(locations, rows, target) {
        const bad: number[] = [];
        let at = 0;
        rows.forEach((row, index) => {
          const place = locations[row]!;
          if (lost.has(place)) bad.push(index);
          else target.set(bytesOf[place]!, at);
          at += bytesOf[place]!.length;
        });
        return bad;
      },
    };
  }

  const make = (lost: Set<number>, bytes: number, recomputed: number[][], length = LENGTHS) =>
    FeatureTable.make({
      examples: LENGTHS.map(() => ({ label: 0 })),
      keys: Uint8Array.from({ length: 4 * 32 }, (_, i) => Math.floor(i / 32)),
      kept: new Map([[1, bytesOf[1]!]]),
      compute: async (positions) => {
        recomputed.push([...positions]);
        for (const position of positions) lost.delete(position);
        return new Map(positions.map((position) => [position, rowOf(position, length[position]!)]));
      },
      layout,
      numClasses: 2,
      store: stored(lost),
      memory: { bytes },
    });

  it.each([
    ['from the store', 0],
    ['from memory', 1e6],
  ])('are read %s, in any order, and what is lost is computed again', async (_, bytes) => {
    const recomputed: number[][] = [];
    const set = await make(new Set([2]), bytes, recomputed);
    expect(set.tensors.map(({ dtype }) => dtype)).toEqual(['float32', 'int32']);
    for (let pass = 0; pass < 2; pass++) {
      const [states, ids] = await set.read(Uint32Array.of(2, 1, 0), new RowBuffer());
      expect(states).toEqual(floats([3, 3, 1], [1, 1, 1, 0, 0, 0, 1, 1, 0]));
      expect(ids).toEqual(tensor('int32', [3, 3], Int32Array.of(2, 2, 2, -1, -1, -1, 0, 0, -1)));
    }
    expect(recomputed).toEqual([[2]]);
  });

  it('are refused where an example has another length than before', async () => {
    const set = await make(new Set([2]), 0, [], [2, 0, 5, 1]);
    await expect(set.read(Uint32Array.of(2), new RowBuffer())).rejects.toThrow(
      withMessage(
        'feature cache: expected an example whose features were lost to be readable still, received one that is gone. Put its file back, and start again.',
      ),
    );
  });
});
