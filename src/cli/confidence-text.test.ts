import { expect, it } from 'vitest';
import type { Reliability } from '../runs/confidence/confidence.ts';
import { eceText } from './confidence-text.ts';

const reliability = (loss: number, error: number): Reliability => ({ loss, error, bins: [] });
const SETS = { before: reliability(0.06644, 0.0441), after: reliability(0.04123, 0.0168) };

it('tells the loss of the epochs beside that of the calibrated model', () => {
  expect(eceText('validation', SETS, { temperature: 0.625 })).toBe(
    'validation loss 0.0664 -> 0.0412, ECE 4.4% -> 1.7%',
  );
});

it('tells the error alone where there is no temperature', () => {
  expect(eceText('test', { ...SETS, after: SETS.before }, { temperature: 1 })).toBe('test ECE 4.4%');
});
