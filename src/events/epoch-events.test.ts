import { expect, it } from 'vitest';
import type { Recipe } from '../recipe/recipe.ts';
import type { ClassifierModel } from '../runs/classifier-options.ts';
import { EpochEvents } from './epoch-events.ts';
import { StageEvents } from './stage-events.ts';
import type { EpochEvent, TrainingEvent } from './training-event.ts';

const recipe = { monitor: 'val_loss', epochs: 5, unfreeze: null } as unknown as Recipe;

function heard(phases: number): { readonly events: TrainingEvent[]; readonly epochs: EpochEvents } {
  const events: TrainingEvent[] = [];
  const emit = (event: TrainingEvent): void => void events.push(event);
  const epochs = new EpochEvents(emit, new StageEvents(emit));
  epochs.onModel({
    recipe: { ...recipe, phases: Array.from({ length: phases - 1 }, () => ({})) },
  } as unknown as ClassifierModel);
  return { events, epochs };
}

const record = (epoch: number, val_loss: number, phase?: number) => ({
  epoch,
  phase,
  logs: { loss: 1, val_loss, learning_rate: 0.01 },
  seconds: 0.5,
});
const ended = (events: readonly TrainingEvent[]): EpochEvent[] =>
  events.filter((event) => event.type === 'epoch');

it('counts epochs over all phases and within each, and marks what is best so far', () => {
  const { events, epochs } = heard(2);
  epochs.onPhase(0, recipe, 10);
  epochs.onEpoch(record(1, 0.5, 1));
  epochs.onEpoch(record(2, 0.6, 1));
  epochs.onPhase(1, { ...recipe, epochs: 3, unfreeze: 'block_2' }, 10);
  epochs.onEpoch(record(3, 0.4, 2));
  expect(
    ended(events).map(({ epoch, phase, epochOfPhase, epochs: max, isBest }) => [
      epoch,
      phase,
      epochOfPhase,
      max,
      isBest,
    ]),
  ).toEqual([
    [1, 1, 1, 5, true],
    [2, 1, 2, 5, false],
    [3, 2, 1, 3, true],
  ]);
  expect(ended(events)[0]).toMatchObject({ metrics: { loss: 1, val_loss: 0.5 }, learningRate: 0.01 });
  expect(events.filter(({ type }) => type === 'phase')).toEqual([
    { type: 'phase', phase: 1, phases: 2, unfreeze: null, epochs: 5, monitor: 'val_loss' },
    { type: 'phase', phase: 2, phases: 2, unfreeze: 'block_2', epochs: 3, monitor: 'val_loss' },
  ]);
});

it('goes on where a resumed run stood', () => {
  const { events, epochs } = heard(2);
  epochs.resume([record(1, 0.5, 1), record(2, 0.3, 1), { ...record(1, 0.4, 2) }]);
  epochs.onPhase(1, { ...recipe, epochs: 3 }, 0);
  epochs.onEpoch(record(4, 0.35, 2));
  epochs.onEpoch(record(5, 0.2, 2));
  expect(ended(events).map(({ epoch, epochOfPhase, isBest }) => [epoch, epochOfPhase, isBest])).toEqual([
    [4, 2, false],
    [5, 3, true],
  ]);
});

it('has no phase where there is one alone', () => {
  const { events, epochs } = heard(1);
  epochs.resume([{ ...record(1, 0.5, 1) }]);
  epochs.onPhase(0, recipe, 0);
  epochs.onEpoch(record(2, 0.6));
  expect(ended(events)[0]).toMatchObject({ epoch: 2, phase: null, epochOfPhase: 2, isBest: false });
});
