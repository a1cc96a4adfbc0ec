import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StageEvents } from './stage-events.ts';
import type { TrainingEvent } from './training-event.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

function heard(): { readonly events: TrainingEvent[]; readonly stages: StageEvents } {
  const events: TrainingEvent[] = [];
  return { events, stages: new StageEvents((event) => events.push(event)) };
}

it('tells of a stage when it begins, every 50 ms, and when another begins', () => {
  const { events, stages } = heard();
  for (let done = 0; done <= 100; done++) {
    stages.update('features', done, 100, 'images');
    vi.advanceTimersByTime(1);
  }
  stages.update('learning rates', 1, 5, 'steps');
  expect(events).toEqual([
    { type: 'progress', stage: 'features', done: 0, total: 100, unit: 'images', seconds: 0 },
    { type: 'progress', stage: 'features', done: 50, total: 100, unit: 'images', seconds: 0.05 },
    { type: 'progress', stage: 'features', done: 100, total: 100, unit: 'images', seconds: 0.1 },
    { type: 'stage', stage: 'features', done: 100, unit: 'images', seconds: 0.101 },
    { type: 'progress', stage: 'learning rates', done: 1, total: 5, unit: 'steps', seconds: 0 },
  ]);
});

it('tells of steps every 50 ms, and of views only as of their epoch', () => {
  const { events, stages } = heard();
  vi.advanceTimersByTime(50);
  stages.update('views', 3, 6, 'images', 1);
  for (let step = 1; step <= 60; step++) {
    vi.advanceTimersByTime(1);
    stages.step({ epoch: 1, epochs: 2, step, steps: 60, loss: 0.5 });
  }
  expect(events).toEqual([
    { type: 'progress', stage: 'views', done: 3, total: 6, unit: 'images', seconds: 0, epoch: 1 },
    { type: 'step', epoch: 1, epochs: 2, step: 50, steps: 60, loss: 0.5 },
  ]);
});

it('ends a stage once, and says so in plain data', () => {
  const { events, stages } = heard();
  stages.update('download', 5, null, 'bytes');
  stages.end();
  stages.end();
  expect(JSON.parse(JSON.stringify(events))).toEqual([
    { type: 'progress', stage: 'download', done: 5, total: null, unit: 'bytes', seconds: 0 },
    { type: 'stage', stage: 'download', done: 5, unit: 'bytes', seconds: 0 },
  ]);
});
