/** @file Gradients of convolutions, pools and batch normalization. */

import type { Value } from '../graph/graph.ts';
import type { WindowOp } from '../graph/operator-families.ts';
import { shared } from './axis-rules.ts';
import { dataGradient, kernelGradient } from './convolution-gradients.ts';
import type { Backward, GradientRules } from './gradient-rule.ts';
import {
  averagePoolGradient,
  globalAverageGradient,
  maxPoolGradient,
  spatialAxes,
} from './pool-gradients.ts';
import { resizeGradient } from './resize-gradient.ts';

export const WINDOW_GRADIENTS: GradientRules<WindowOp> = {
  Conv: ({ ops, inputs: [x, kernel, bias], attributes, dy, refuse }) => {
    const convolution = { x: x!, kernel: kernel!, attributes, dy, refuse };
    return [
      () => dataGradient(ops, convolution),
      () => kernelGradient(ops, convolution),
      bias && (() => ops.sum(dy, [0, ...spatialAxes(dy)], 0)),
    ];
  },
  // The adjoint of a convolution: its gradient is that convolution, and the roles of x and dy are exchanged.
  ConvTranspose: ({ ops, inputs: [x, kernel, bias], attributes, dy, refuse }) => {
    const { output_padding: _, output_shape, ...window } = attributes;
    const checked = () => {
      if (output_shape !== undefined) throw refuse('has no gradient with output_shape');
    };
    return [
      () => {
        checked();
        return ops.conv([dy, kernel!], window);
      },
      () => {
        checked();
        return kernelGradient(ops, { x: dy, kernel: kernel!, attributes: window, dy: x!, refuse });
      },
      bias && (() => ops.sum(dy, [0, ...spatialAxes(dy)], 0)),
    ];
  },
  MaxPool: (backward) => [() => maxPoolGradient(backward)],
  AveragePool: (backward) => [() => averagePoolGradient(backward)],
  GlobalAveragePool: ({ ops, inputs: [x], dy }) => [() => globalAverageGradient(ops, x!, dy)],
  GlobalMaxPool: (backward) => [() => shared(backward, backward.y, backward.dy, spatialAxes(backward.y))],
  BatchNormalization: frozenStatistics,
  Resize: (backward) => [() => resizeGradient(backward)],
};

/** `y = scale * (x - mean) / sqrt(variance + epsilon) + bias`, the statistics being inputs like the others. */
function frozenStatistics({ ops: e, inputs, attributes, dy }: Backward<'BatchNormalization'>) {
  const [x, scale, , mean, variance] = inputs as [Value, Value, Value, Value, Value];
  const perChannel = (value: Value) => e.reshape(value, [-1, ...spatialAxes(x).map(() => 1)]);
  const overAllElse = (value: Value) => e.sum(value, [0, ...spatialAxes(x)], 0);
  const deviation = () => e.sqrt(e.add(variance, attributes.epsilon ?? 1e-5));
  const slope = () => e.div(scale, deviation());
  const centered = () => e.sub(x, perChannel(mean));
  return [
    () => e.mul(dy, perChannel(slope())),
    () => e.div(overAllElse(e.mul(dy, centered())), deviation()),
    () => overAllElse(dy),
    () => e.neg(e.mul(overAllElse(dy), slope())),
    () => {
      const cube = e.mul(e.add(variance, attributes.epsilon ?? 1e-5), deviation());
      return e.mul(e.div(e.mul(overAllElse(e.mul(dy, centered())), scale), cube), -0.5);
    },
  ];
}
