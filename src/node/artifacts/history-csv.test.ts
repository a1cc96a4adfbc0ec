import { expect, it } from 'vitest';
import { historyCsv } from './history-csv.ts';

it('writes one line an epoch under the names that Keras uses', () => {
  const csv = historyCsv([
    { epoch: 1, logs: { loss: 0.5, accuracy: 0.75, val_loss: 0.6, learning_rate: 0.001 }, seconds: 2 },
    { epoch: 2, logs: { loss: 0.25, accuracy: 1, learning_rate: 0.001 }, seconds: 1.5 },
  ]);
  expect(csv).toBe(
    'epoch,loss,accuracy,val_loss,learning_rate,seconds\n1,0.5,0.75,0.6,0.001,2\n2,0.25,1,,0.001,1.5\n',
  );
});

it('says the phase where there are several', () => {
  const csv = historyCsv([
    { epoch: 1, phase: 1, logs: { loss: 0.5 }, seconds: 2 },
    { epoch: 2, phase: 2, logs: { loss: 0.25 }, seconds: 1 },
  ]);
  expect(csv).toBe('epoch,phase,loss,seconds\n1,1,0.5,2\n2,2,0.25,1\n');
});
