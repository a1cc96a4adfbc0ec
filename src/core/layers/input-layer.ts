/** @file Where a model begins. */

import { GraftError } from '../errors/graft-error.ts';
import { Layer, type Lowered, type SymbolicTensor } from './layer.ts';
import { type LayerConfig, readBase } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';

/** What a model is fed with. */
export type InputDType = 'float32' | 'int64' | 'int32';

export interface InputLayerOptions {
  /** Shape of one sample, without the batch: `[height, width, channels]`; null where a size is unknown. */
  readonly shape: LayerShape;
  /** Ids of tokens are `int64` or `int32`. Default `float32`. */
  readonly dtype?: InputDType | undefined;
  readonly name?: string | undefined;
}

/** An input of a model; images are `[N, H, W, C]`, float32, ids of tokens `[N, S]`, int64. */
export class InputLayer extends Layer {
  readonly className = 'InputLayer';
  readonly shape: LayerShape;
  readonly dtype: InputDType;

  constructor(options: InputLayerOptions) {
    super(options);
    this.shape = options.shape;
    this.dtype = options.dtype ?? 'float32';
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
      dtype: this.dtype,
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
    return new InputLayer({
      shape: (batchShape as LayerShape).slice(1),
      dtype: readDType(config),
      ...readBase(config),
    });
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

/** What is neither an id nor a float32 is fed as float32, which Keras' layers compute with. */
function readDType({ dtype }: LayerConfig): InputDType {
  return dtype === 'int64' || dtype === 'int32' ? dtype : 'float32';
}

/** What an input of a model is fed with. */
export function inputDType({ layer }: SymbolicTensor): InputDType {
  return layer instanceof InputLayer ? layer.dtype : 'float32';
}
