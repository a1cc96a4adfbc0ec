/** @file What the two pooling layers with a window share. */

import type { SymbolicTensor } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';
import { LayerWithOptions } from './layer-with-options.ts';
import type { OptionsOf, ValuesOf } from './option-table.ts';
import { imageShape, resolvePads, type Window, windowedSize } from './windows.ts';

const OPTIONS = {
  /** Default 2. */
  poolSize: { type: 'pair', default: 2 },
  /** Default `valid`. */
  padding: { type: 'choice', choices: ['valid', 'same'], default: 'valid' },
  /** Default: `poolSize`. */
  strides: { type: 'pair', sameAs: 'poolSize' },
  dataFormat: { type: 'fixed', value: 'channels_last' },
} as const;

export type Pooling2DOptions = OptionsOf<typeof OPTIONS>;

export interface Pooling2D extends ValuesOf<typeof OPTIONS> {}

/** Input `[N, H, W, C]`; the channels stay. */
export abstract class Pooling2D extends LayerWithOptions<typeof OPTIONS> {
  static override readonly options: typeof OPTIONS = OPTIONS;

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const image = imageShape(this.name, inputs[0]);
    return [image.batch, ...windowedSize(this.name, image, this.#window), image.channels];
  }

  /** The attributes of ONNX' operator. */
  protected poolAttributes(output: SymbolicTensor): {
    readonly kernel_shape: readonly number[];
    readonly strides: readonly number[];
    readonly pads: readonly number[];
  } {
    const pads = resolvePads(this.name, imageShape(this.name, output.inputs[0]?.shape), this.#window);
    return { kernel_shape: this.poolSize, strides: this.strides, pads };
  }

  get #window(): Window {
    return { size: this.poolSize, strides: this.strides, dilations: [1, 1], padding: this.padding };
  }
}
