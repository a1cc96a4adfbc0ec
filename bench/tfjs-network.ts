/** @file A frozen network of ours in TensorFlow.js, as its converter writes one: folded and fused. */

import type { Tensor4D } from '@tensorflow/tfjs-core';
import { Functional } from '../src/core/layers/functional.ts';
import type { Layer, SymbolicTensor } from '../src/core/layers/layer.ts';
import type { Tfjs } from './tfjs-backend.ts';

type Padding = 'same' | 'valid';
type Run = (inputs: readonly Tensor4D[]) => Tensor4D;

/**
 * Convolution, batch normalization and ReLU become one operation, as in a model that `tensorflowjs_converter` wrote.
 *
 * @returns From float32 `[N, H, W, 3]` to the wanted tensor. Call it inside `tf.tidy`.
 */
export function networkInTfjs(
  tf: Tfjs,
  model: Functional,
  wanted: SymbolicTensor,
): (pixels: Tensor4D) => Tensor4D {
  const { layers } = new Functional({ inputs: model.input, outputs: wanted });
  const users = new Map<Layer, Layer[]>();
  for (const layer of layers) {
    for (const input of layer.output.inputs) {
      users.set(input.layer, [...(users.get(input.layer) ?? []), layer]);
    }
  }
  const steps: { from: readonly Layer[]; to: Layer; run: Run }[] = [];
  const fused = new Set<Layer>();
  for (const layer of layers) {
    if (layer.className === 'InputLayer' || fused.has(layer)) continue;
    const from = layer.output.inputs.map((input) => input.layer);
    if (!layer.className.endsWith('Conv2D')) {
      steps.push({ from, to: layer, run: plainStep(tf, layer) });
      continue;
    }
    let to = layer;
    const next = (...names: string[]): Layer | undefined => {
      const [only, ...others] = users.get(to) ?? [];
      if (only === undefined || others.length > 0 || !names.includes(only.className)) return undefined;
      fused.add(only);
      to = only;
      return only;
    };
    const normalization = next('BatchNormalization');
    const activation = next('Activation', 'ReLU');
    steps.push({ from, to, run: convolution(tf, layer, normalization, activation) });
  }
  const last = new Map<Layer, number>();
  steps.forEach(({ from }, index) => {
    for (const layer of from) last.set(layer, index);
  });
  return (pixels) => {
    const values = new Map<Layer, Tensor4D>([[model.input.layer, pixels]]);
    steps.forEach(({ from, to, run }, index) => {
      values.set(to, run(from.map((layer) => values.get(layer)!)));
      for (const layer of new Set(from)) {
        if (last.get(layer) === index && layer !== model.input.layer) values.get(layer)!.dispose();
      }
    });
    return values.get(wanted.layer)!;
  };
}

interface Config {
  readonly strides: [number, number];
  readonly padding: Padding;
  readonly pool_size: [number, number];
  readonly epsilon: number;
  readonly max_value: number | null;
}

function configOf(layer: Layer): Config {
  return layer.getConfig() as unknown as Config;
}

function weightOf(layer: Layer | undefined, name: string): Float32Array | undefined {
  return layer?.weights.find(({ spec }) => spec.name === name)?.value;
}

/** Scale and offset of a frozen batch normalization go into the kernel. */
function convolution(
  tf: Tfjs,
  layer: Layer,
  normalization: Layer | undefined,
  activation: Layer | undefined,
): Run {
  const { strides, padding } = configOf(layer);
  const isDepthwise = layer.className === 'DepthwiseConv2D';
  const kernel = layer.weights.find(({ spec }) => spec.name.endsWith('kernel'))!;
  const shape = kernel.spec.shape as [number, number, number, number];
  const channels = layer.output.shape.at(-1)!;
  const scales = new Float32Array(channels).fill(1);
  const biases = Float32Array.from(weightOf(layer, 'bias') ?? new Float32Array(channels));
  if (normalization !== undefined) {
    const [gamma, beta] = [weightOf(normalization, 'gamma'), weightOf(normalization, 'beta')];
    const mean = weightOf(normalization, 'moving_mean')!;
    const variance = weightOf(normalization, 'moving_variance')!;
    for (let channel = 0; channel < channels; channel++) {
      scales[channel] =
        (gamma?.[channel] ?? 1) / Math.sqrt(variance[channel]! + configOf(normalization).epsilon);
      biases[channel] = (beta?.[channel] ?? 0) + (biases[channel]! - mean[channel]!) * scales[channel]!;
    }
  }
  const filter = tf.tensor4d(
    kernel.value.map((value, index) => value * scales[index % channels]!),
    shape,
  );
  const bias = tf.tensor1d(biases);
  const kind = activation && (configOf(activation).max_value === 6 ? ('relu6' as const) : ('relu' as const));
  const operation = isDepthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
  return ([x]) =>
    operation({ x: x!, filter, strides, pad: padding, bias, ...(kind ? { activation: kind } : {}) });
}

function plainStep(tf: Tfjs, layer: Layer): Run {
  const { strides, padding, pool_size: size } = configOf(layer);
  switch (layer.className) {
    case 'MaxPooling2D':
      return ([x]) => tf.maxPool(x!, size, strides, padding);
    case 'AveragePooling2D':
      return ([x]) => tf.avgPool(x!, size, strides, padding);
    case 'Concatenate':
      return (inputs) => tf.concat4d([...inputs], 3);
    case 'Add':
      return ([x, y]) => tf.add(x!, y!);
    case 'ZeroPadding2D': {
      const [vertical, horizontal] = layer.getConfig()['padding'] as [[number, number], [number, number]];
      return ([x]) => tf.pad4d(x!, [[0, 0], vertical, horizontal, [0, 0]]);
    }
    case 'Activation':
      return ([x]) => tf.relu(x!);
    case 'ReLU':
      return ([x]) => tf.relu6(x!);
    default:
      throw new Error(`bench/tfjs-network.ts does not know ${layer.className}`);
  }
}
