import { describe, expect, it, vi } from 'vitest';
import { GraftError } from '../../core/errors/graft-error.ts';
import { QueuedTrainings } from './queued-trainings.ts';

const PARTS = { where: 'here', expected: 'this', received: 'that', advice: 'Try.' };

describe('a training in the page that fails before its first epoch', () => {
  it.each([
    ['is forgotten, where nothing goes on with it', new GraftError('dataset', PARTS), 1],
    ['keeps its checkpoints, where it was refused on other examples', new GraftError('checkpoint', PARTS), 0],
  ])('%s', async (_, error, forgotten) => {
    const onNothing = vi.fn(async () => {});
    const failed = vi.fn();
    const trainings = new QueuedTrainings({
      training: {
        require: () => {},
        canResume: () => true,
        train: async () => Promise.reject(error),
      },
      onChange(training) {
        if (training?.status === 'failed') failed(training.error);
      },
      onBegin: async () => {},
      onEnd: async () => {},
      onNothing,
    });
    trainings.resume('cats-1', {});
    await vi.waitFor(() => expect(failed).toHaveBeenCalledWith('here: expected this, received that. Try.'));
    expect(onNothing).toHaveBeenCalledTimes(forgotten);
  });
});
