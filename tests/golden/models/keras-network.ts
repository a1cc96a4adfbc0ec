/** @file A network against the fixtures of tools/oracle/keras_networks.py. */

import { describe, it } from 'vitest';
import type { Functional } from '../../../src/core/layers/functional.ts';
import type { ArchitectureOptions, InputShape } from '../../../src/vision/architectures/architecture.ts';
import { expectSamples, images, run, type Sample, setFormulaWeights } from './model-inputs.ts';
import { expectLayers, type NetworkRow, TOLERANCE } from './network-fixture.ts';

interface Computed {
  readonly inputShape: readonly number[];
  readonly outputs: readonly Sample[];
}

export interface NetworkFixture {
  readonly withTop: NetworkRow;
  readonly pooled: NetworkRow;
  readonly small: NetworkRow;
  readonly computed: Computed;
  /** With a top of a few classes. */
  readonly computedTop?: Computed & { readonly classes: number };
}

export type Build = (options: ArchitectureOptions) => Functional;

/** The tests that every network passes. */
export function describeNetwork(name: string, build: Build, fixture: NetworkFixture): void {
  describe(name, () => {
    it('has the layers of Keras', () => {
      expectLayers(build({ inputShape: shapeOf(fixture.small) }), fixture.small);
    });

    it('has them with its top', () => {
      expectLayers(build({ inputShape: shapeOf(fixture.withTop), includeTop: true }), fixture.withTop);
    });

    it('has them with pooling', () => {
      expectLayers(build({ inputShape: shapeOf(fixture.pooled), pooling: 'max' }), fixture.pooled);
    });

    it('gives the numbers of Keras', async () => {
      await expectOutputs(build({ inputShape: shapeOf(fixture.computed) }), fixture.computed);
    });

    const { computedTop } = fixture;
    if (computedTop !== undefined) {
      it('gives the numbers of Keras with its top', async () => {
        const { classes } = computedTop;
        await expectOutputs(
          build({ inputShape: shapeOf(computedTop), includeTop: true, classes }),
          computedTop,
        );
      });
    }
  });
}

async function expectOutputs(model: Functional, { outputs }: Computed): Promise<void> {
  setFormulaWeights(model);
  const [, height, width] = model.input.shape;
  const [output] = await run(model, model.outputs, images(2, height!, width!));
  expectSamples(output!, outputs, TOLERANCE);
}

function shapeOf({ inputShape }: { readonly inputShape: readonly number[] }): InputShape {
  const [height, width, channels] = inputShape;
  return [height!, width!, channels!];
}
