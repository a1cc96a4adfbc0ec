import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Lbfgs, type LbfgsOptions } from './lbfgs.ts';

type Evaluate = (x: Float64Array) => { readonly value: number; readonly gradient: Float64Array };

function minimize(evaluate: Evaluate, start: readonly number[], options: LbfgsOptions = {}): Lbfgs {
  const solver = new Lbfgs(Float64Array.from(start), options);
  while (solver.ended === undefined) {
    const { value, gradient } = evaluate(solver.trial);
    solver.tell(value, gradient);
  }
  return solver;
}

/** `sum a_i (x_i - b_i)^2 + log(sum exp(x))`: convex, not quadratic. */
function convex(a: readonly number[], b: readonly number[]): Evaluate {
  return (x) => {
    const most = Math.max(...x);
    const sum = x.reduce((total, number) => total + Math.exp(number - most), 0);
    const gradient = x.map((number, i) => 2 * a[i]! * (number - b[i]!) + Math.exp(number - most) / sum);
    const value = x.reduce((total, number, i) => total + a[i]! * (number - b[i]!) ** 2, 0);
    return { value: value + most + Math.log(sum), gradient };
  };
}

describe('L-BFGS', () => {
  it('ends where the gradient is zero, whatever the start and the scales', () => {
    const triple = fc.tuple(
      fc.double({ min: 1e-2, max: 1e2, noNaN: true }),
      fc.double({ min: -10, max: 10, noNaN: true }),
      fc.double({ min: -20, max: 20, noNaN: true }),
    );
    fc.assert(
      fc.property(fc.array(triple, { minLength: 1, maxLength: 12 }), (triples) => {
        const [a, b, start] = [0, 1, 2].map((i) => triples.map((each) => each[i]!)) as [
          number[],
          number[],
          number[],
        ];
        const evaluate = convex(a, b);
        const solver = minimize(evaluate, start, { gradientTolerance: 1e-5, maxIterations: 500 });
        expect(solver.ended).toBe('converged');
        for (const slope of evaluate(solver.point).gradient) expect(Math.abs(slope)).toBeLessThan(1e-5);
      }),
      { numRuns: 100, seed: 1 },
    );
  });

  it("finds the bottom of Rosenbrock's valley", () => {
    const solver = minimize(
      ([x = 0, y = 0]) => ({
        value: (1 - x) ** 2 + 100 * (y - x * x) ** 2,
        gradient: Float64Array.of(-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)),
      }),
      [-1.2, 1],
    );
    expect(solver.ended).toBe('converged');
    expect([...solver.point]).toBeAllClose([1, 1], { atol: 1e-5, rtol: 0 });
  });

  it('ends after as many iterations as it may take, with the best so far', () => {
    const evaluate = convex([1, 50], [3, -2]);
    const solver = minimize(evaluate, [10, 10], { maxIterations: 2 });
    expect(solver.ended).toBe('iterations');
    expect(solver.iterations).toBe(2);
    expect(solver.value).toBe(evaluate(solver.point).value);
  });

  it('ends where no step makes the value less', () => {
    const solver = minimize((x) => ({ value: 1, gradient: Float64Array.from(x, () => 1) }), [0]);
    expect(solver.ended).toBe('stalled');
    expect([...solver.point]).toEqual([0]);
  });
});
