/** @file Where a model begins. */

import { GraftError } from '../errors/graft-error.ts';
import { Layer, type Lowered, type SymbolicTensor } from './layer.ts';
import { type LayerConfig, readBase } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';

export interface InputLayerOptions {
  /** Shape of one sample, without the batch: `[height, width, channels]`. */
  readonly shape: LayerShape;
  readonly name?: string | undefined;
}

/** An input of a model, float32; images are `[N, H, W, C]`. */
export class InputLayer extends Layer {
  readonly className = 'InputLayer';
  readonly shape: LayerShape;

  constructor(options: InputLayerOptions) {
    super(options);
    this.shape = options.shape;
  }

  protected override outputShape(): LayerShape {
    return [null, ...this.shape];
  }

  override lower(): Lowered {
    throw new GraftError('graph', {
      where: `layer "${this.name}"`,
      expected: 'a value that is fed for the input layer',
      received: 'none',
      advice: 'Give lowerModel a value for every input of the model.',
    });
  }

  override getConfig(): LayerConfig {
    return {
      batch_shape: [null, ...this.shape],
      dtype: 'float32',
      sparse: false,
      ragged: false,
      name: this.name,
    };
  }

  static fromConfig(config: LayerConfig): InputLayer {
    const batchShape = config['batch_shape'] ?? config['batch_input_shape'];
    if (!Array.isArray(batchShape) || batchShape.length === 0) {
      throw new GraftError('model-file', {
        where: `configuration of layer "${String(config['name'])}"`,
        expected: 'a shape as "batch_shape"',
        received: JSON.stringify(batchShape) ?? 'none',
        advice: 'Save the model with a fixed input shape.',
      });
    }
    return new InputLayer({ shape: (batchShape as LayerShape).slice(1), ...readBase(config) });
  }
}

/**
 * Starts a model.
 *
 * @param options.shape - Of one sample, without the batch; null where a size is unknown.
 * @returns The tensor to which the first layer is applied.
 */
export function input(options: InputLayerOptions): SymbolicTensor {
  return new InputLayer(options).apply([]);
}
