/** @file Layers that an export has to write in another way, beside those of the comparison with Keras. */

import { Functional } from '../../../src/core/layers/functional.ts';
import { input } from '../../../src/core/layers/input-layer.ts';
import type { Layer, SymbolicTensor } from '../../../src/core/layers/layer.ts';
import { modelGraph } from '../../../src/core/layers/lower-model.ts';
import { layers } from '../../../src/core/layers/layers.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { createRandom } from '../../../src/core/tensor/random.ts';
import { floats, type Tensor } from '../../../src/core/tensor/tensor.ts';
import { layerCases, modelOf } from '../layers/layer-cases.ts';

export interface LayerExport {
  readonly title: string;
  readonly model: Functional;
  readonly inputs: readonly Tensor[];
  /** Keras' own numbers where there are some, else ours. */
  readonly expected: () => Promise<Tensor>;
}

/** Every layer with its options, and their combinations that one reader or another treats on its own. */
export function layerExports(): readonly LayerExport[] {
  const known = layerCases.map((layerCase): LayerExport => {
    const { shape, values } = layerCase.output;
    return {
      title: layerCase.title,
      model: modelOf(layerCase).model,
      inputs: layerCase.inputs.map((each) => floats(each.shape, each.values)),
      expected: async () => floats(shape, values),
    };
  });
  const together = Object.entries(COMBINATIONS).map(([title, layer]) => combination(title, layer));
  return [...known, ...together, towers()];
}

const COMBINATIONS: Readonly<Record<string, () => Layer>> = {
  'conv with an activation that is written out': () =>
    layers.conv2d({ filters: 3, kernelSize: 3, activation: 'hard_silu' }),
  'depthwise in groups, with an activation that is written out': () =>
    layers.conv2d({ filters: 4, kernelSize: 3, groups: 4, activation: 'hard_silu' }),
  'depthwise in groups, dilated': () =>
    layers.conv2d({ filters: 4, kernelSize: 3, groups: 4, dilationRate: 2, padding: 'same' }),
  'depthwise dilated along the width, multiplied': () =>
    layers.depthwiseConv2d({ kernelSize: [2, 3], dilationRate: [1, 2], depthMultiplier: 2 }),
  'depthwise with leaky_relu': () =>
    layers.depthwiseConv2d({ kernelSize: 3, useBias: false, activation: 'leaky_relu' }),
  'separable dilated': () =>
    layers.separableConv2d({ filters: 3, kernelSize: 3, dilationRate: 2, padding: 'same' }),
  'separable with relu6': () =>
    layers.separableConv2d({ filters: 3, kernelSize: 3, activation: 'relu6' }),
  'dense with hard_sigmoid': () => layers.dense({ units: 3, activation: 'hard_sigmoid' }),
  'frozen batch normalization': () => layers.batchNormalization({ trainable: false }),
};

/** Layers that came with Keras 3 say so themselves: its older readers are refused them. */
export function isOnlyInKeras3({ layers }: Functional): boolean {
  return layers.some((layer) => (layer.constructor as { onlyInKeras3?: boolean }).onlyInKeras3 === true);
}

/** A layer that is applied to what it gave. */
function towers(): LayerExport {
  const x = input({ shape: [4], name: 'x' });
  const tower = layers.dense({ units: 4, activation: 'tanh', name: 'tower' });
  const once = tower.apply(x);
  const sum = layers.add({ name: 'sum' }).apply([once, tower.apply(once)]);
  return exported('a layer that is applied twice', new Functional({ inputs: x, outputs: sum, name: 'one' }), [4]);
}

function combination(title: string, make: () => Layer): LayerExport {
  const x = input({ shape: [7, 6, 4], name: 'x' });
  const model = new Functional({ inputs: x, outputs: make().apply(x) as SymbolicTensor, name: 'one' });
  return exported(title, model, [7, 6, 4]);
}

function exported(title: string, model: Functional, shape: readonly number[]): LayerExport {
  model.initialize({ seed: 1 });
  const random = createRandom(2);
  for (const { weight } of model.weights) {
    weight.value = weight.value.map((value) => value * (1 + 0.2 * random.uniform()) + 0.1 * random.uniform());
  }
  const length = 2 * shape.reduce((product, size) => product * size, 1);
  const pixels = floats([2, ...shape], Float32Array.from({ length }, () => 2 * random.normal()));
  return {
    title,
    model,
    inputs: [pixels],
    expected: async () => Object.values(await evaluateGraph(modelGraph(model), { x: pixels }))[0]!,
  };
}
