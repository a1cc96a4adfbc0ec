import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import type { Value } from '../graph/graph.ts';
import { Functional } from './functional.ts';
import { input } from './input-layer.ts';
import type { Lowered, Lowering, SymbolicTensor } from './layer.ts';
import { layers } from './layers.ts';
import { graphShape, lowerModel, modelGraph } from './lower-model.ts';

interface Mask {
  readonly layer: string;
  readonly rate: number;
  readonly shape: readonly number[];
}

function lowerForTraining(model: Functional): { outputs: Lowered[]; builder: GraphBuilder; masks: Mask[] } {
  const builder = new GraphBuilder('training');
  const masks: Mask[] = [];
  const lowering: Lowering = {
    builder,
    training: true,
    weight: (layer, name): Value =>
      builder.input(`${layer.name}/${name}`, 'float32', graphShape(layer.weight(name).spec)),
    dropoutMask(layer, rate, shape) {
      masks.push({ layer: layer.name, rate, shape });
      return builder.input(`${layer.name}/mask`, 'float32', ['N', ...shape]);
    },
    moveStatistic: () => {},
  };
  const given = new Map<SymbolicTensor, Lowered>(
    model.inputs.map((tensor) => {
      const shape = ['N', ...tensor.shape.slice(1).map(Number)];
      return [tensor, { value: builder.input(tensor.layer.name, 'float32', shape), layout: 'plain' }];
    }),
  );
  return { outputs: lowerModel(model, lowering, given), builder, masks };
}

const operators = (nodes: readonly { readonly op: string }[]): string[] => nodes.map(({ op }) => op);

describe('transposes', () => {
  it('stand only where the order is seen', () => {
    const inputs = input({ shape: [8, 8, 3], name: 'image' });
    let x = layers.rescaling({ scale: 2 }).apply(inputs);
    x = layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu' }).apply(x);
    x = layers.batchNormalization().apply(x);
    x = layers.reLU({ maxValue: 6 }).apply(x);
    x = layers.maxPooling2d().apply(x);
    x = layers.flatten().apply(x);
    x = layers.dense({ units: 2, activation: 'softmax', name: 'answer' }).apply(x);
    const model = new Functional({ inputs, outputs: x });
    model.initialize({ seed: 1 });
    const graph = modelGraph(model);
    expect(operators(graph.nodes)).toEqual([
      'Mul',
      'Add',
      'Transpose',
      'Conv',
      'Relu',
      'BatchNormalization',
      'Clip',
      'MaxPool',
      'Transpose',
      'Flatten',
      'Gemm',
      'Softmax',
      'Identity',
    ]);
    expect(graph.inputs).toEqual([{ name: 'image', dtype: 'float32', shape: ['N', 8, 8, 3] }]);
    expect(graph.outputs).toEqual([{ name: 'answer', dtype: 'float32', shape: ['N', 2] }]);
    expect(graph.constants.get('conv2d/kernel')!.shape).toEqual([4, 3, 3, 3]);
    expect(graph.constants.get('answer/kernel')!.shape).toEqual([36, 2]);
  });

  it('are shared, and undone without another', () => {
    const inputs = input({ shape: [4, 4, 2] });
    const a = layers.conv2d({ filters: 2, kernelSize: 1 }).apply(inputs);
    const b = layers.conv2d({ filters: 2, kernelSize: 1 }).apply(inputs);
    const seen = layers.reshape({ targetShape: [4, 4, 2] }).apply(a);
    const again = layers.flatten().apply(a);
    const model = new Functional({ inputs, outputs: [b, seen, again] });
    model.initialize({ seed: 1 });
    const transposes = modelGraph(model, { batch: 1 }).nodes.filter(({ op }) => op === 'Transpose');
    // one for both convolutions, one for what sees `a`, one for the output `b`
    expect(transposes).toHaveLength(3);
  });

  it('are not needed for a single pixel', () => {
    const inputs = input({ shape: [4, 4, 2] });
    const pooled = layers.globalAveragePooling2d({ keepdims: true }).apply(inputs);
    const flat = layers.flatten().apply(pooled);
    const { nodes } = modelGraph(new Functional({ inputs, outputs: flat }));
    expect(operators(nodes)).toEqual(['Transpose', 'GlobalAveragePool', 'Flatten', 'Identity']);
  });
});

describe('dropout', () => {
  it('asks for a mask while training', () => {
    const inputs = input({ shape: [4, 6, 3] });
    const conv = layers.conv2d({ filters: 5, kernelSize: 1 }).apply(inputs);
    const dropped = layers.dropout({ rate: 0.25 }).apply(conv);
    const { masks, outputs } = lowerForTraining(new Functional({ inputs, outputs: dropped }));
    // in the layout of the value: NCHW after a convolution
    expect(masks).toEqual([{ layer: 'dropout', rate: 0.25, shape: [5, 4, 6] }]);
    expect(outputs[0]!.layout).toBe('channelsFirst');
  });

  it('is nothing otherwise, or at rate 0', () => {
    const inputs = input({ shape: [4] });
    const dropped = layers.dropout({ rate: 0 }).apply(inputs);
    expect(lowerForTraining(new Functional({ inputs, outputs: dropped })).builder.nodes).toEqual([]);
    const inference = layers.dropout({ rate: 0.5 }).apply(inputs);
    const graph = modelGraph(new Functional({ inputs, outputs: inference }));
    expect(operators(graph.nodes)).toEqual(['Identity']);
  });
});

describe('batch normalization', () => {
  it('takes the statistics of the batch while training, unless frozen', () => {
    const inputs = input({ shape: [4, 4, 2] });
    const layer = layers.batchNormalization();
    const model = new Functional({ inputs, outputs: layer.apply(inputs) });
    expect(operators(lowerForTraining(model).builder.nodes)).not.toContain('BatchNormalization');
    layer.trainable = false;
    expect(operators(lowerForTraining(model).builder.nodes)).toEqual(['Transpose', 'BatchNormalization']);
  });
});

it('keeps sizes that are unknown', () => {
  const inputs = input({ shape: [null, null, 3], name: 'image' });
  const conv = layers.conv2d({ filters: 2, kernelSize: 3, padding: 'same', name: 'conv' }).apply(inputs);
  const model = new Functional({ inputs, outputs: conv });
  model.initialize({ seed: 1 });
  const graph = modelGraph(model);
  expect(graph.inputs[0]!.shape).toEqual(['N', 'image_1', 'image_2', 3]);
});
