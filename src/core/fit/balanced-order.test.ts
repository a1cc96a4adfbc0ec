import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createRandom } from '../tensor/random.ts';
import { balancedOrder } from './balanced-order.ts';

function counts(items: Iterable<number>): Map<number, number> {
  const result = new Map<number, number>();
  for (const item of items) result.set(item, (result.get(item) ?? 0) + 1);
  return result;
}

const spread = (numbers: number[]) => Math.max(...numbers) - Math.min(...numbers);

it('gives every class its part, and every sample of a class its turn', () => {
  const labels = [...Array(90).fill(0), ...Array(9).fill(3), 7];
  const order = balancedOrder(labels, createRandom(1));
  expect(order).toHaveLength(100);
  const byClass = counts([...order].map((index) => labels[index]!));
  expect([...byClass.keys()].sort()).toEqual([0, 3, 7]);
  expect(spread([...byClass.values()])).toBeLessThanOrEqual(1);
  const times = counts(order);
  expect([...times].filter(([index]) => labels[index] === 0).every(([, count]) => count === 1)).toBe(true);
  expect(spread([...times].filter(([index]) => labels[index] === 3).map(([, count]) => count))).toBe(1);
  expect(times.get(99)).toBe(byClass.get(7));
});

it('does so for any labels, in another order for another seed', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 80 }), fc.integer(), (labels, seed) => {
      const order = balancedOrder(labels, createRandom(seed));
      expect(order).toHaveLength(labels.length);
      expect(order).toEqual(balancedOrder(labels, createRandom(seed)));
      if (labels.length === 0) return;
      const byClass = counts([...order].map((index) => labels[index]!));
      const present = new Set(labels);
      if (labels.length >= present.size) expect(byClass.size).toBe(present.size);
      expect(spread([...byClass.values()])).toBeLessThanOrEqual(1);
      const times = counts(order);
      for (const label of present) {
        const each = labels.flatMap((other, index) => (other === label ? (times.get(index) ?? 0) : []));
        expect(spread(each)).toBeLessThanOrEqual(1);
      }
    }),
  );
  const labels = Array.from({ length: 50 }, (_, i) => i % 3);
  expect(balancedOrder(labels, createRandom(1))).not.toEqual(balancedOrder(labels, createRandom(2)));
});

it('mixes the classes', () => {
  const labels = Array.from({ length: 300 }, (_, i) => (i < 290 ? 0 : 1));
  const drawn = [...balancedOrder(labels, createRandom(4))].map((index) => labels[index]!);
  const front = drawn.slice(0, 150).filter((label) => label === 1).length;
  expect(front).toBeGreaterThan(50);
  expect(front).toBeLessThan(100);
});
