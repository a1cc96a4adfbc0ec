import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { featuresInMemory } from '../../../src/core/features/feature-set.ts';
import { Lbfgs } from '../../../src/core/fit/solver/lbfgs.ts';
import { evaluateLinear, type LinearData } from '../../../src/core/fit/solver/linear-objective.ts';
import { plainLinearProducts } from '../../../src/core/fit/solver/linear-products.ts';
import { LinearRows } from '../../../src/core/fit/solver/linear-rows.ts';
import type { Loss } from '../../../src/core/losses/loss.ts';
import { losses } from '../../../src/core/losses/losses.ts';

interface Fixture {
  readonly rows: number;
  readonly width: number;
  readonly l2: number;
  readonly x: readonly number[];
  readonly labels: readonly number[];
  readonly classWeights: readonly number[];
  readonly manyLabels: readonly number[];
  readonly values: readonly number[];
  readonly cases: readonly { readonly name: string; readonly kernel: number[]; readonly bias: number[] }[];
}

// Written by tools/oracle/linear_solver.py.
const fixture: Fixture = JSON.parse(
  readFileSync(new URL('linear-solver.json', import.meta.url), 'utf8'),
) as Fixture;
const { rows, width, l2 } = fixture;

interface Setup {
  readonly loss: Loss;
  readonly outputs: number;
  readonly labels?: readonly number[];
  readonly values?: readonly number[];
  readonly classWeights?: readonly number[];
}

const SETUPS: Readonly<Record<string, Setup>> = {
  multinomial: { loss: losses.sparseCategoricalCrossentropy(), outputs: 4, labels: fixture.labels },
  weighted: {
    loss: losses.categoricalCrossentropy(),
    outputs: 4,
    labels: fixture.labels,
    classWeights: fixture.classWeights,
  },
  binary: {
    loss: losses.binaryCrossentropy(),
    outputs: 1,
    labels: fixture.labels.map((label) => (label > 1 ? 1 : 0)),
  },
  'multi-label': { loss: losses.binaryCrossentropy(), outputs: 3, values: fixture.manyLabels },
  ridge: { loss: losses.meanSquaredError(), outputs: 2, values: fixture.values },
};

async function solve({ loss, outputs, labels, values, classWeights }: Setup): Promise<Float64Array> {
  const set = featuresInMemory(Float32Array.from(fixture.x), {
    labels: Uint32Array.from(labels ?? new Array<number>(rows).fill(0)),
    targets: values && { values: Float32Array.from(values), width: outputs },
    width,
    numClasses: Math.max(2, outputs),
  });
  const linear = new LinearRows(set, outputs);
  const data: LinearData = { rows: linear, scale: await linear.scale(), loss, outputs, classWeights };
  const products = plainLinearProducts(width);
  const solver = new Lbfgs(new Float64Array((width + 1) * outputs), { gradientTolerance: 1e-7 });
  while (solver.ended === undefined) {
    const [found] = await evaluateLinear(data, products, [{ l2 }], [solver.trial]);
    solver.tell(found!.value, found!.gradient);
  }
  return solver.point;
}

describe('the optimum of a linear layer', () => {
  for (const { name, kernel, bias } of fixture.cases) {
    it(`is that of scikit-learn: ${name}`, async () => {
      const point = await solve(SETUPS[name]!);
      expect([...point]).toBeAllClose([...kernel, ...bias], { atol: 1e-4, rtol: 1e-4 });
    });
  }
});
