import { expect, it } from 'vitest';
import { historyCsv } from './history-csv.ts';

it('writes one line an epoch under the names that Keras uses', () => {
  const csv = historyCsv([
    { epoch: 1, loss: 0.5, accuracy: 0.75, valLoss: 0.6, valAccuracy: 0.7, learningRate: 0.001, seconds: 2 },
    { epoch: 2, loss: 0.25, accuracy: 1, learningRate: 0.001, seconds: 1.5 },
  ]);
  expect(csv).toBe(
    'epoch,accuracy,loss,val_accuracy,val_loss,learning_rate,seconds\n1,0.75,0.5,0.7,0.6,0.001,2\n2,1,0.25,,,0.001,1.5\n',
  );
});
