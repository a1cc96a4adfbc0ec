import { describe, expect, it } from 'vitest';
import type { FeatureStore } from '../runtime/feature-store.ts';
import { FEATURE_MEMORY_BYTES, FeatureTable, memoryBudgets } from './feature-table.ts';
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

async function readsAfter(rows: number, budgets: (name: SetName) => { bytes: number }, name: SetName) {
  const { store, reads } = storeOf(rows);
  const set = await FeatureTable.make({
    samples: Array.from({ length: rows }, (_, row) => ({ file: `${row}.jpg`, label: row % 2 })),
    keys: new Uint8Array(rows * 32),
    kept: new Map(),
    compute: async () => new Map(),
    width: WIDTH,
    dtype: 'float16',
    classes: 2,
    store,
    memory: budgets(name),
  });
  const numbers = new Float32Array(2 * WIDTH);
  for (let pass = 0; pass < 3; pass++) {
    numbers.fill(Number.NaN);
    await set.read(Uint32Array.of(1, 0), numbers);
    expect(numbers.every((value) => value === 1)).toBe(true);
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
    expect(FEATURE_MEMORY_BYTES).toBe(16 * MIB);
  });

  it('sets no bound without a store', () => {
    expect(memoryBudgets(false)('validation').bytes).toBe(Number.POSITIVE_INFINITY);
  });
});

it('keeps class indices above 65,535', async () => {
  const labels = [0, 65_536, 199_999];
  const set = await FeatureTable.make({
    samples: labels.map((label) => ({ file: `${label}.jpg`, label })),
    keys: new Uint8Array(labels.length * 32),
    kept: new Map(labels.map((_, row) => [row, new Uint8Array(4)])),
    compute: async () => new Map(),
    width: 1,
    dtype: 'float32',
    classes: 200_000,
    store: undefined,
    memory: memoryBudgets(false)('train'),
  });
  expect([...set.labels]).toEqual(labels);
});
