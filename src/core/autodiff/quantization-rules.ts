/** @file Quantized values are of a frozen part: nothing is differentiated through them. */

import type { QuantizationOp } from '../graph/operator-families.ts';
import { type GradientRules, notDifferentiable } from './gradient-rule.ts';

export const QUANTIZATION_GRADIENTS: GradientRules<QuantizationOp> = {
  QuantizeLinear: notDifferentiable('rounds to whole numbers'),
  DequantizeLinear: notDifferentiable('reads whole numbers'),
};
