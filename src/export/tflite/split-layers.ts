/** @file A model whose layers do one thing each, so that what an activation is applied to is the output of a layer, too. */

import { DepthwiseConv2D } from '../../core/layers/depthwise-conv2d.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import type { Layer, SymbolicTensor } from '../../core/layers/layer.ts';
import { layerFromConfig, layers } from '../../core/layers/layers.ts';
import { SeparableConv2D } from '../../core/layers/separable-conv2d.ts';
import { describeLayer } from '../layer-words.ts';

/** Copies a model; weights are shared, not copied. */
export function splitLayers(model: Functional): Functional {
  const inputs = model.inputs.map(({ shape, layer }) => input({ shape: shape.slice(1), name: layer.name }));
  const made = new Map<SymbolicTensor, SymbolicTensor>(
    model.inputs.map((tensor, index) => [tensor, inputs[index]!]),
  );
  const parts = new Map<Layer, readonly Part[]>();
  for (const output of model.tensors) {
    if (made.has(output)) continue;
    const { layer } = output;
    const own = parts.get(layer) ?? partsOf(layer);
    parts.set(layer, own);
    const sources = output.inputs.map((tensor) => made.get(tensor)!);
    made.set(output, applyParts(own, sources));
  }
  const outputs = model.outputs.map((tensor) => made.get(tensor)!);
  return new Functional({ inputs, outputs, name: model.name });
}

interface Part {
  readonly layer: Layer;
  /** By the weights' names. */
  readonly weights: ReadonlyMap<string, Float32Array>;
}

function applyParts(parts: readonly Part[], sources: readonly SymbolicTensor[]): SymbolicTensor {
  let current = sources;
  for (const { layer, weights } of parts) {
    const output = layer.apply(current);
    for (const weight of layer.weights) weight.value = weights.get(weight.spec.name)!;
    current = [output];
  }
  return current[0]!;
}

function partsOf(layer: Layer): readonly Part[] {
  const { className, config, weights } = describeLayer(layer);
  const { activation } = layer as { readonly activation?: string };
  if (activation === undefined || className === 'Activation') {
    return [{ layer: layerFromConfig(className, config), weights }];
  }
  // Rectifiers are part of TensorFlow Lite's operators.
  const isWithin = ['linear', 'relu', 'relu6'].includes(activation);
  const inner = { ...config, activation: isWithin ? activation : 'linear' };
  const first =
    layer instanceof SeparableConv2D
      ? separated(layer, inner, weights)
      : [{ layer: layerFromConfig(className, inner), weights }];
  if (isWithin) return first;
  const name = `${layer.name}_${activation}`;
  return [...first, { layer: layerFromConfig('Activation', { name, activation }), weights: new Map() }];
}

function separated(
  layer: SeparableConv2D,
  config: Readonly<Record<string, unknown>>,
  weights: ReadonlyMap<string, Float32Array>,
): readonly Part[] {
  const { kernelSize, strides, padding, dilationRate, depthMultiplier, filters, useBias, name } = layer;
  const depthwise = new DepthwiseConv2D({
    ...{ name: `${name}_depthwise`, useBias: false },
    ...{ kernelSize, strides, padding, dilationRate, depthMultiplier },
  });
  const activation = config['activation'] as 'linear';
  const pointwise = layers.conv2d({ name, filters, kernelSize: 1, useBias, activation });
  const renamed = new Map([...weights, ['kernel', weights.get('pointwise_kernel')!]]);
  return [
    { layer: depthwise, weights },
    { layer: pointwise, weights: renamed },
  ];
}
