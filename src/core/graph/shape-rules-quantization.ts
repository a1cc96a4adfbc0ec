/** @file Shape rules of what leads from numbers to the integers that stand for them, and back. */

import type { DType } from '../tensor/dtype.ts';
import { compatible, formatShape } from './dimension.ts';
import type { Value } from './graph.ts';
import type { QuantizationOp } from './operator-families.ts';
import { type Application, type Rules, rule } from './shape-rule.ts';

const BYTES: readonly DType[] = ['uint8', 'int8'];

export const QUANTIZATION_RULES: Rules<QuantizationOp> = {
  QuantizeLinear: rule(2, 3, (application) => {
    const x = application.typed(0, 'x', ['float32']);
    checkParameter(application, x, application.typed(1, 'y_scale', ['float32']), 'y_scale');
    if (application.inputs[2] === undefined) return { dtype: 'uint8', shape: x.shape };
    const zero = application.typed(2, 'y_zero_point', BYTES);
    checkParameter(application, x, zero, 'y_zero_point');
    return { dtype: zero.dtype, shape: x.shape };
  }),
  DequantizeLinear: rule(2, 3, (application) => {
    const x = application.typed(0, 'x', [...BYTES, 'int32']);
    checkParameter(application, x, application.typed(1, 'x_scale', ['float32']), 'x_scale');
    if (application.inputs[2] !== undefined) {
      const zero = application.typed(2, 'x_zero_point', [x.dtype]);
      checkParameter(application, x, zero, 'x_zero_point');
    }
    return { dtype: 'float32', shape: x.shape };
  }),
};

/** A scalar, or one number for each index of the axis. */
function checkParameter(
  application: Application<QuantizationOp>,
  x: Value,
  { shape }: Value,
  what: string,
): void {
  if (shape.length === 0) return;
  // ONNX' default axis is 1; a vector of one number serves any rank.
  const single = shape.length === 1 && shape[0] === 1;
  if (single) return;
  const axis = application.axis(application.attributes.axis ?? 1, x.shape.length);
  if (shape.length === 1 && compatible(shape[0]!, x.shape[axis]!)) return;
  throw application.error(
    `${what} as a scalar or [${x.shape[axis]}]`,
    formatShape(shape),
    'Fit it to the axis.',
  );
}
