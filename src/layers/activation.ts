/** @file An activation as a layer. */

import {
  type ActivationName,
  type ActivationOption,
  lowerActivation,
  resolveActivation,
} from './activations.ts';
import { Layer, type LayerOptions, type Lowered, type Lowering } from './layer.ts';
import { baseConfig, type LayerConfig, readBase } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';

export interface ActivationLayerOptions extends LayerOptions {
  readonly activation: ActivationOption;
}

/** Applies one of Keras' activations; the shape stays. */
export class Activation extends Layer {
  readonly className = 'Activation';
  readonly activation: ActivationName;

  constructor(options: ActivationLayerOptions) {
    super(options);
    this.activation = resolveActivation(`layer "${this.name}"`, options.activation);
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return inputs[0]!;
  }

  override lower({ builder }: Lowering, inputs: readonly Lowered[]): Lowered {
    return lowerActivation(builder, this.activation, inputs[0]!, this.name);
  }

  override getConfig(): LayerConfig {
    return { ...baseConfig(this.name, this.trainable), activation: this.activation };
  }

  static fromConfig(config: LayerConfig): Activation {
    const activation = resolveActivation(`layer "${String(config['name'])}"`, config['activation']);
    return new Activation({ ...readBase(config), activation });
  }
}
