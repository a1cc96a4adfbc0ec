import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { TrainingState } from '../engine/training-state.ts';
import { type TrainingEnd, TrainingQueue } from './training-queue.ts';

interface Begun {
  readonly run: string;
  interrupts: number;
  end(end: TrainingEnd): Promise<void>;
}

const DONE: TrainingEnd = { status: 'ended', error: null };

function queued(): {
  readonly queue: TrainingQueue;
  readonly begun: Begun[];
  readonly told: (string | undefined)[];
  statuses(): string[];
} {
  const begun: Begun[] = [];
  const told: (string | undefined)[] = [];
  const queue = new TrainingQueue({
    begin({ run }: TrainingState) {
      let resolve: (end: TrainingEnd) => void = () => {};
      const ended = new Promise<TrainingEnd>((taken) => {
        resolve = taken;
      });
      const one: Begun = {
        run,
        interrupts: 0,
        async end(end) {
          resolve(end);
          await turn();
        },
      };
      begun.push(one);
      return { ended, interrupt: () => void one.interrupts++ };
    },
    onChange: (training) => told.push(training && `${training.run} ${training.status}`),
    onEnd: () => told.push('end'),
  });
  return { queue, begun, told, statuses: () => queue.all.map(({ run, status }) => `${run} ${status}`) };
}

it('runs one training after the other, also behind one that fails', async () => {
  const { queue, begun, told, statuses } = queued();
  expect(queue.add('a', { epochs: '3' }, false)).toMatchObject({
    status: 'running',
    choice: { epochs: '3' },
  });
  queue.add('b', {}, false);
  expect(begun.map(({ run }) => run)).toEqual(['a']);
  await begun[0]!.end({ status: 'failed', error: 'no' });
  expect([begun.map(({ run }) => run), statuses()]).toEqual([
    ['a', 'b'],
    ['a failed', 'b running'],
  ]);
  expect(queue.find('a')?.error).toBe('no');
  await begun[1]!.end(DONE);
  expect(told).toEqual([undefined, 'a running', undefined, 'a failed', 'end', 'b running', 'b ended', 'end']);
});

it('takes one that waits out of the queue, and interrupts the one that runs', async () => {
  const { queue, begun, statuses } = queued();
  for (const run of ['a', 'b', 'c']) queue.add(run, {}, false);
  queue.stop('b');
  queue.stop('a');
  queue.stop('a');
  expect([statuses(), begun[0]!.interrupts]).toEqual([['a stopping', 'b stopped', 'c waiting'], 1]);
  await begun[0]!.end({ status: 'stopped', error: null });
  expect(statuses()).toEqual(['a stopped', 'b stopped', 'c running']);
});

it('puts a run that goes on in the place of the one that stopped', async () => {
  const { queue, begun, statuses } = queued();
  queue.add('a', {}, false);
  await begun[0]!.end({ status: 'stopped', error: null });
  queue.add('b', {}, false);
  queue.add('a', {}, true);
  expect(statuses()).toEqual(['b running', 'a waiting']);
  expect(queue.find('a')?.isResumed).toBe(true);
});

it('shows the last twenty that have ended', async () => {
  const { queue, begun } = queued();
  for (let index = 0; index < 25; index++) {
    queue.add(`${index}`, {}, false);
    await begun.at(-1)!.end(DONE);
  }
  queue.add('last', {}, false);
  expect(queue.all.map(({ run }) => run)).toEqual([
    ...Array.from({ length: 20 }, (_, i) => `${i + 5}`),
    'last',
  ]);
});

it('begins none when it is closed, and waits for the one that runs', async () => {
  const { queue, begun, statuses } = queued();
  queue.add('a', {}, false);
  queue.add('b', {}, false);
  let isClosed = false;
  const closed = queue.close().then(() => {
    isClosed = true;
  });
  await turn();
  expect([isClosed, begun[0]!.interrupts]).toEqual([false, 1]);
  await begun[0]!.end({ status: 'stopped', error: null });
  await closed;
  expect(statuses()).toEqual(['a stopped', 'b waiting']);
});

it('keeps every event, and tells of steps now and then', async () => {
  const { queue, told } = queued();
  queue.add('a', {}, false);
  const before = told.length;
  for (let done = 0; done < 50; done++)
    queue.hear('a', { type: 'progress', stage: 'features', done, total: 50, unit: 'images', seconds: done });
  expect(queue.find('a')?.progress?.done).toBe(49);
  expect(told.length - before).toBeLessThan(50);
  queue.hear('a', { type: 'note', text: 'odd' });
  expect([queue.find('a')?.notes, told.at(-1)]).toEqual([['odd'], 'a running']);
});

it('says notes and errors in the words of the form', async () => {
  const { queue, begun } = queued();
  queue.add('a', {}, false);
  queue.hear('a', { type: 'note', text: 'Give more with --validation.' });
  await begun[0]!.end({ status: 'failed', error: 'Give a smaller --size.' });
  expect(queue.find('a')).toMatchObject({
    notes: ['Give more with "Validation".'],
    error: 'Give a smaller "Size".',
  });
});
