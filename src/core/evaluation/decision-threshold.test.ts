import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { chooseThreshold, decisionRates, formatGoal, parseGoal } from './decision-threshold.ts';

describe('parseGoal', () => {
  it.each(['recall=0.99', 'precision=0.95', 'f1', 'recall=0.9,class=wild cats'])('reads %s', (text) => {
    expect(formatGoal(parseGoal(text))).toBe(text);
  });

  it.each(['recall', 'recall=1.5', 'precision=0', 'f1=0.5', 'accuracy=0.9', ''])('refuses "%s"', (text) => {
    expect(() => parseGoal(text)).toThrow(
      withMessage(
        `threshold: expected recall=RATE or precision=RATE with a rate above 0 and up to 1, or f1, received "${text}". As in --threshold recall=0.99.`,
      ),
    );
  });
});

describe('chooseThreshold', () => {
  const probabilities = [0.9, 0.8, 0.7, 0.6, 0.2];
  const truths = [1, 1, 0, 1, 0];

  it('takes the best precision among those that find enough', () => {
    const { threshold, rates, isReached } = chooseThreshold(probabilities, truths, {
      metric: 'recall',
      value: 1,
    });
    expect(threshold).toBeCloseTo(0.4, 6);
    expect(rates).toEqual({ precision: 0.75, recall: 1, f1: 6 / 7, support: 3 });
    expect(isReached).toBe(true);
  });

  it('takes the best recall among those that are right often enough', () => {
    const { threshold, rates } = chooseThreshold(probabilities, truths, { metric: 'precision', value: 0.9 });
    expect(threshold).toBeCloseTo(0.75, 6);
    expect(rates).toMatchObject({ precision: 1, recall: 2 / 3 });
  });

  it('says where nothing reaches the goal, and comes as near as it can', () => {
    const { rates, isReached } = chooseThreshold([0.9, 0.8, 0.3], [0, 1, 0], {
      metric: 'precision',
      value: 0.9,
    });
    expect(isReached).toBe(false);
    expect(rates).toMatchObject({ precision: 0.5, recall: 1 });
  });

  it('says so of a class that no example is of', () => {
    const { isReached, rates } = chooseThreshold([0.3, 0.4], [0, 0], { metric: 'recall', value: 0.9 });
    expect(isReached).toBe(false);
    expect(rates.recall).toBeNull();
  });

  it('lies between 0 and 1, whatever the probabilities are', () => {
    const { threshold } = chooseThreshold([0, 0, 0], [1, 0, 1], { metric: 'recall', value: 1 });
    expect(threshold).toBeGreaterThan(0);
    expect(chooseThreshold([1, 1], [1, 1], { metric: 'f1' }).threshold).toBeLessThan(1);
  });

  it('decides as it was measured, also where probabilities are equal', () => {
    const equal = [0.5, 0.5, 0.5, 0.4];
    const { threshold, rates } = chooseThreshold(equal, [1, 0, 1, 0], { metric: 'f1' });
    expect(decisionRates(equal, [1, 0, 1, 0], threshold)).toEqual(rates);
    expect(rates.recall).toBe(1);
  });
});
