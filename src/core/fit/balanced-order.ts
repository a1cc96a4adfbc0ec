/** @file An order of samples in which all classes come equally often, however many samples each has. */

import type { Random } from '../tensor/random.ts';

/**
 * As many samples as there are, every class of them equally often (by one more or less), shuffled. A class's samples
 * come one after another, in an order of their own, and again from the beginning when it has fewer than its part:
 * within a class none comes twice more often than another.
 *
 * @param labels - Class index of each sample. Classes without samples count for nothing.
 * @returns Indices into `labels`.
 */
export function balancedOrder(labels: ArrayLike<number>, random: Random): Uint32Array {
  const byClass = new Map<number, number[]>();
  for (let index = 0; index < labels.length; index++) {
    const members = byClass.get(labels[index]!);
    if (members === undefined) byClass.set(labels[index]!, [index]);
    else members.push(index);
  }
  const order = new Uint32Array(labels.length);
  // Sorted, so that the order hangs on the seed and not on which class came first; shuffled, so that no class always
  // gets one more.
  const classes = random.shuffle([...byClass.keys()].sort((a, b) => a - b));
  let end = 0;
  classes.forEach((label, rank) => {
    const members = byClass.get(label)!;
    const begin = end;
    end = Math.round(((rank + 1) * labels.length) / classes.length);
    for (let i = begin; i < end; i++) {
      const turn = (i - begin) % members.length;
      if (turn === 0) random.shuffle(members);
      order[i] = members[turn]!;
    }
  });
  return random.shuffle(order);
}
