/** @file A convolution with random weights, as an ONNX file: the smallest network that a page can be given. */

import { Functional } from '../../src/core/layers/functional.ts';
import { input } from '../../src/core/layers/input-layer.ts';
import { layers } from '../../src/core/layers/layers.ts';
import { modelGraph } from '../../src/core/layers/lower-model.ts';
import { encodeModel } from '../../src/core/onnx/encoder.ts';

export function convolutionFile(sizePx: number, filters: number, kernelSize: number): File {
  const image = input({ shape: [sizePx, sizePx, 3], name: 'image' });
  const outputs = layers.conv2d({ filters, kernelSize, activation: 'relu' }).apply(image);
  const model = new Functional({ inputs: image, outputs, name: 'small' });
  model.initialize({ seed: 1 });
  return new File([encodeModel(modelGraph(model)) as Uint8Array<ArrayBuffer>], 'small.onnx');
}
