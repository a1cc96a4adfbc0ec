/** @file An activation as a layer. */

import { lowerActivation } from './activations.ts';
import type { Lowered, Lowering } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';

const OPTIONS = {
  activation: { type: 'activation' },
} as const;

export type ActivationLayerOptions = OptionsOf<typeof OPTIONS>;

export interface Activation extends ValuesOf<typeof OPTIONS> {}

/** Applies one of Keras' activations; the shape stays. */
export class Activation extends LayerWithOptions<typeof OPTIONS> {
  static readonly className = 'Activation';
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower({ builder: ops }: Lowering, inputs: readonly Lowered[]): Lowered {
    return lowerActivation(ops, this.activation, inputs[0]!, this.name);
  }
}
