/** @file The fully connected layer. */

import { GraftError } from '../errors/graft-error.ts';
import {
  type ActivationName,
  type ActivationOption,
  lowerActivation,
  resolveActivation,
} from './activations.ts';
import {
  type Initializer,
  type InitializerOption,
  initializerToConfig,
  resolveInitializer,
} from './initializers.ts';
import { Layer, type LayerOptions, type Lowered, type Lowering, type WeightSpec } from './layer.ts';
import {
  baseConfig,
  type LayerConfig,
  readBase,
  readBoolean,
  readInitializer,
  readNumber,
  requirePositiveIntegers,
} from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { asPlain } from './layout.ts';
import { showShape } from './windows.ts';

export interface DenseOptions extends LayerOptions {
  /** Width of the output. */
  readonly units: number;
  /** Default `linear`. */
  readonly activation?: ActivationOption;
  /** Default true. */
  readonly useBias?: boolean;
  /** Default `glorotUniform`. */
  readonly kernelInitializer?: InitializerOption;
  /** Default `zeros`. */
  readonly biasInitializer?: InitializerOption;
}

/**
 * `y = activation(x . kernel + bias)` along the last axis: input `[N, ..., D]`, kernel `[D, units]`, bias `[units]`.
 *
 * @throws {GraftError} `shape`, if the last size of the input is unknown or is the batch.
 */
export class Dense extends Layer {
  readonly className = 'Dense';
  readonly units: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly kernelInitializer: Initializer;
  readonly biasInitializer: Initializer;

  constructor(options: DenseOptions) {
    super(options);
    this.units = options.units;
    this.activation = resolveActivation(`layer "${this.name}"`, options.activation);
    this.useBias = options.useBias ?? true;
    this.kernelInitializer = resolveInitializer(options.kernelInitializer ?? 'glorotUniform');
    this.biasInitializer = resolveInitializer(options.biasInitializer ?? 'zeros');
    requirePositiveIntegers(`layer "${this.name}"`, 'units', this.units);
  }

  protected override weightSpecs(inputs: readonly LayerShape[]): readonly WeightSpec[] {
    const shape = inputs[0] ?? [];
    const width = shape.at(-1);
    if (shape.length < 2 || typeof width !== 'number') {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: 'one input [N, ..., D] with a known D',
        received: showShape(shape),
        advice: 'Give the input layer a full shape.',
      });
    }
    const kernel = { name: 'kernel', shape: [width, this.units], initializer: this.kernelInitializer };
    if (!this.useBias) return [kernel];
    return [kernel, { name: 'bias', shape: [this.units], initializer: this.biasInitializer }];
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    return [...inputs[0]!.slice(0, -1), this.units];
  }

  override lower(lowering: Lowering, inputs: readonly Lowered[]): Lowered {
    const { builder } = lowering;
    const x = asPlain(builder, inputs[0]!);
    const kernel = lowering.weight(this, 'kernel');
    const bias = this.useBias ? lowering.weight(this, 'bias') : undefined;
    const named = (op: string): { name: string } => ({ name: `${this.name}/${op}` });
    let value = x;
    if (x.shape.length === 2) {
      value = builder.op('Gemm', [x, kernel, bias], {}, named('Gemm'));
    } else if (bias === undefined) {
      value = builder.op('MatMul', [x, kernel], {}, named('MatMul'));
    } else {
      value = builder.op(
        'Add',
        [builder.op('MatMul', [x, kernel], {}, named('MatMul')), bias],
        {},
        named('Add'),
      );
    }
    return lowerActivation(builder, this.activation, { value, layout: 'plain' }, this.name);
  }

  override getConfig(): LayerConfig {
    return {
      ...baseConfig(this.name, this.trainable),
      units: this.units,
      activation: this.activation,
      use_bias: this.useBias,
      kernel_initializer: initializerToConfig(this.kernelInitializer),
      bias_initializer: initializerToConfig(this.biasInitializer),
    };
  }

  static fromConfig(config: LayerConfig): Dense {
    return new Dense({
      ...readBase(config),
      units: readNumber(config, 'units'),
      activation: resolveActivation(`layer "${String(config['name'])}"`, config['activation']),
      useBias: readBoolean(config, 'use_bias', true),
      kernelInitializer: readInitializer(config, 'kernel_initializer', 'GlorotUniform'),
      biasInitializer: readInitializer(config, 'bias_initializer', 'Zeros'),
    });
  }
}
