/** @file A layer that is applied more than once has one set of weights; a weight can be frozen by itself. */

import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { Functional } from './functional.ts';
import { input } from './input-layer.ts';
import { layers } from './layers.ts';
import { modelGraph } from './lower-model.ts';

function towers(): Functional {
  const [left, right] = [input({ shape: [4], name: 'left' }), input({ shape: [4], name: 'right' })];
  const tower = layers.dense({ units: 3, name: 'tower' });
  const joined = layers.concatenate().apply([tower.apply(left), tower.apply(right)]);
  const output = layers.dense({ units: 1 }).apply(joined);
  return new Functional({ inputs: [left, right], outputs: output, name: 'siamese' });
}

describe('a layer that is applied twice', () => {
  it('stands once among the layers, twice among the tensors, and has one set of weights', () => {
    const model = towers();
    expect(model.layers.map(({ name }) => name)).toEqual(['left', 'right', 'tower', 'concatenate', 'dense']);
    expect(model.tensors.map(({ layer }) => layer.name)).toEqual([
      'left',
      'right',
      'tower',
      'tower',
      'concatenate',
      'dense',
    ]);
    expect(model.countParams().total).toBe(4 * 3 + 3 + 6 + 1);
  });

  it('has its weights once in a graph', () => {
    const model = towers();
    model.initialize({ seed: 1 });
    const graph = modelGraph(model);
    expect([...graph.constants.keys()].filter((name) => name.startsWith('tower'))).toEqual([
      'tower/kernel',
      'tower/bias',
    ]);
  });

  it('is shown with both connections', () => {
    const lines = towers().summary().split('\n');
    const cellOf = (layer: string) =>
      lines
        .find((line) => line.startsWith(`│ ${layer} (`))
        ?.split('│')
        .at(-2)
        ?.trim();
    expect([cellOf('tower'), cellOf('concatenate')]).toEqual([
      'left[0][0], right[0][0]',
      'tower[0][0], tower[1][0]',
    ]);
  });

  it('refuses inputs that need other weights', () => {
    const tower = layers.dense({ units: 3, name: 'tower' });
    tower.apply(input({ shape: [4] }));
    expect(() => tower.apply(input({ shape: [5] }))).toThrow(
      withMessage(
        'layer "tower": expected inputs for the weights of its first application, kernel [4, 3], bias [3], ' +
          'received inputs for kernel [5, 3], bias [3]. Apply it to tensors of the same width, or make another layer.',
      ),
    );
  });
});

describe('trainability of a weight', () => {
  it('counts where its layer is trainable', () => {
    const model = towers();
    const { layer } = model.output;
    layer.weight('bias').trainable = false;
    expect(model.countParams()).toEqual({ total: 22, trainable: 21, nonTrainable: 1 });
    layer.trainable = false;
    expect(model.countParams().trainable).toBe(15);
  });

  it('cannot be given to a statistic', () => {
    const normalization = layers.batchNormalization();
    normalization.apply(input({ shape: [2] }));
    expect(normalization.weight('moving_mean').trainable).toBe(false);
    expect(() => {
      normalization.weight('moving_mean').trainable = true;
    }).toThrow(
      withMessage(
        'weight "moving_mean": expected trainable to stay false, as of every statistic, received true. ' +
          'Set it on a weight that has a gradient.',
      ),
    );
  });
});
