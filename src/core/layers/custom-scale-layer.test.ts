import { expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { input } from './input-layer.ts';
import { layerFromConfig, layers } from './layers.ts';

it('refuses any but two inputs', () => {
  const tensors = [1, 2, 3].map(() => input({ shape: [2, 2, 3] }));
  expect(() => layers.customScaleLayer({ scale: 0.1 }).apply(tensors)).toThrow(
    withMessage(
      'layer "custom_scale_layer": expected two inputs of one shape, ' +
        'received [N, 2, 2, 3] and [N, 2, 2, 3] and [N, 2, 2, 3]. Apply the layer to [x, residual].',
    ),
  );
});

it('needs a scale in its configuration', () => {
  expect(() => layerFromConfig('CustomScaleLayer', { name: 'block' })).toThrow(
    withMessage(
      'configuration of layer "block": expected a number as "scale", received none. ' +
        'The layer has options that Graft does not know; check the file.',
    ),
  );
});
