/** @file Softmax as a layer. */

import { Layer, type LayerOptions, type Lowered, type Lowering } from './layer.ts';
import { baseConfig, type LayerConfig, readBase, readNumber } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { axisIn } from './layout.ts';

export interface SoftmaxOptions extends LayerOptions {
  /** Along which the results sum to 1. Default -1. */
  readonly axis?: number;
}

/** `exp(x) / sum(exp(x))` along one axis; the shape stays. */
export class Softmax extends Layer {
  readonly className = 'Softmax';
  readonly axis: number;

  constructor(options: SoftmaxOptions = {}) {
    super(options);
    this.axis = options.axis ?? -1;
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower({ builder }: Lowering, inputs: readonly Lowered[]): Lowered {
    const { value, layout } = inputs[0]!;
    const axis = axisIn(layout, this.axis, value.shape.length);
    return { value: builder.op('Softmax', [value], { axis }, { name: `${this.name}/Softmax` }), layout };
  }

  override getConfig(): LayerConfig {
    return { ...baseConfig(this.name, this.trainable), axis: this.axis };
  }

  static fromConfig(config: LayerConfig): Softmax {
    return new Softmax({ ...readBase(config), axis: readNumber(config, 'axis', -1) });
  }
}
