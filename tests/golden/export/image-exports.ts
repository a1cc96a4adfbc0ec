/** @file Whole models with their preprocessing inside, as they are exported, and images of noise to try them on. */

import { Functional } from '../../../src/core/layers/functional.ts';
import { layers } from '../../../src/core/layers/layers.ts';
import { convNeXt } from '../../../src/vision/architectures/convnext.ts';
import { mobileNet } from '../../../src/vision/architectures/mobilenet.ts';
import { imageGraph } from '../../../src/vision/preprocessing/image-graph.ts';
import {
  CAFFE_PREPROCESSING,
  INSIDE_PREPROCESSING,
  MINUS_ONE_TO_ONE,
  type Preprocessing,
  TORCH_PREPROCESSING,
} from '../../../src/vision/preprocessing/preprocessing.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { createRandom } from '../../../src/core/tensor/random.ts';
import { type Tensor, tensor } from '../../../src/core/tensor/tensor.ts';
import { everyLayer } from './every-layer.ts';

export interface ImageExport {
  readonly title: string;
  readonly build: () => Functional;
  readonly preprocessing: Preprocessing;
}

export const imageExports: readonly ImageExport[] = [
  {
    title: 'every layer, blue first',
    build: everyLayer,
    preprocessing: { ...CAFFE_PREPROCESSING, scale: 0.01, offset: [-1, -0.9, -0.8] },
  },
  { title: 'every layer, by channel', build: everyLayer, preprocessing: TORCH_PREPROCESSING },
  { title: 'MobileNet', build: smallMobileNet, preprocessing: MINUS_ONE_TO_ONE },
  { title: 'ConvNeXt', build: () => smallConvNeXt()[0]!, preprocessing: INSIDE_PREPROCESSING },
  { title: 'ConvNeXt again', build: () => smallConvNeXt()[1]!, preprocessing: INSIDE_PREPROCESSING },
];

/** The beginning of the network; of two heads on it, both have a layer of one name. */
function smallConvNeXt(): Functional[] {
  const base = convNeXt('tiny', { inputShape: [32, 32, 3] });
  const { output } = base.getLayer('convnext_tiny_stage_0_block_1_layer_scale');
  const pooled = layers.globalAveragePooling2d().apply(output);
  return [3, 4].map((units) => {
    const outputs = layers.dense({ units, activation: 'softmax', name: 'predictions' }).apply(pooled);
    const model = new Functional({ inputs: base.inputs, outputs, name: 'classifier' });
    model.initialize({ seed: 6 });
    // At its initial 1e-6, a factor would hide what it is a factor of.
    for (const { name, weight } of model.weights) {
      if (name.endsWith('/gamma')) weight.value = weight.value.map((_, index) => 0.5 + (index % 7) / 7);
    }
    return model;
  });
}

function smallMobileNet(): Functional {
  const model = mobileNet({ inputShape: [32, 32, 3], alpha: 0.25, includeTop: true, classes: 4 });
  model.initialize({ seed: 5 });
  return model;
}

/** Three images of noise, and what ONNX Runtime says of them. */
export async function predicted(
  model: Functional,
  preprocessing: Preprocessing,
): Promise<{ readonly pixels: Tensor<'uint8'>; readonly expected: Tensor }> {
  const [, height, width] = model.input.shape as readonly number[];
  const random = createRandom(4);
  const data = Uint8Array.from({ length: 3 * height! * width! * 3 }, () => 256 * random.uniform());
  const pixels = tensor('uint8', [3, height!, width!, 3], data);
  const graph = imageGraph(model, model.output, { preprocessing, output: 'probabilities' });
  const { probabilities } = await evaluateGraph(graph, { image: pixels });
  return { pixels, expected: probabilities! };
}
