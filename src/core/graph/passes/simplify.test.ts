import { describe, expect, it } from 'vitest';
import { floats, integers } from '../../tensor/tensor.ts';
import { GraphBuilder } from '../builder.ts';
import type { Graph, Value } from '../graph.ts';
import type { OpAttributes } from '../operators.ts';
import { simplify } from './simplify.ts';

// That no number changes is tested on ONNX Runtime in tests/contract/operators-properties.slow.test.ts.

function built(build: (builder: GraphBuilder, x: Value) => void): Graph {
  const builder = new GraphBuilder('test');
  build(builder, builder.input('x', 'float32', ['N', 2, 3, 3]));
  return builder.build();
}

const ops = (graph: Graph) => graph.nodes.map(({ op }) => op);

describe('simplify', () => {
  it('drops what no output needs, but no input', () => {
    const graph = built((builder, x) => {
      builder.op('Mul', [x, builder.scalar(2)]);
      builder.output(builder.op('Relu', [x]));
      builder.input('unused', 'float32', [1]);
    });
    const simple = simplify(graph);
    expect(ops(simple)).toEqual(['Relu']);
    expect(simple.inputs.map(({ name }) => name)).toEqual(['x', 'unused']);
    expect([...simple.values.keys()]).toEqual(['x', 'unused', 'Relu']);
    expect(ops(graph)).toEqual(['Mul', 'Relu']);
  });

  it('gives an output its name without an Identity', () => {
    const simple = simplify(built((builder, x) => builder.output(builder.op('Relu', [x]), 'y')));
    expect(simple.nodes).toMatchObject([{ op: 'Relu', inputs: ['x'], outputs: ['y'] }]);
  });

  it('keeps an Identity between an input and an output, and for a value with two names', () => {
    expect(ops(simplify(built((builder, x) => builder.output(x, 'y'))))).toEqual(['Identity']);
    const twice = built((builder, x) => {
      const relu = builder.op('Relu', [x]);
      builder.output(relu, 'a');
      builder.output(relu, 'b');
    });
    expect(ops(simplify(twice))).toEqual(['Relu', 'Identity', 'Identity']);
  });

  it('cancels and merges transposes', () => {
    const graph = built((builder, x) => {
      const there = builder.op('Transpose', [x], { perm: [0, 2, 3, 1] });
      builder.output(builder.op('Relu', [builder.op('Transpose', [there], { perm: [0, 3, 1, 2] })]), 'back');
      builder.output(builder.op('Transpose', [there], { perm: [0, 2, 1, 3] }), 'on');
    });
    expect(simplify(graph).nodes).toMatchObject([
      { op: 'Relu', inputs: ['x'] },
      { op: 'Transpose', inputs: ['x'], attributes: { perm: [0, 3, 2, 1] } },
    ]);
  });

  const normalized = (builder: GraphBuilder, x: Value): [Value, Value] => {
    const conv = builder.op('Conv', [x, builder.constant(floats([2, 2, 1, 1], [1, 2, 3, 4]), 'w')]);
    const statistics = [
      [1, 2],
      [5, 6],
      [1, 1],
      [4, 16],
    ].map((numbers) => builder.constant(floats([2], numbers)));
    return [conv, builder.op('BatchNormalization', [conv, ...statistics], { epsilon: 0 }, { name: 'bn' })];
  };

  it('folds batch normalization into the convolution before it', () => {
    const simple = simplify(built((builder, x) => builder.output(normalized(builder, x)[1])));
    expect(ops(simple)).toEqual(['Conv']);
    const [, w, b] = simple.nodes[0]!.inputs.map((name) => simple.constants.get(name));
    // s = [1 / 2, 2 / 4]; b' = bias - mean * s
    expect(w!).toBeAllClose(floats([2, 2, 1, 1], [0.5, 1, 1.5, 2]), { atol: 1e-7, rtol: 0 });
    expect(b!).toBeAllClose(floats([2], [4.5, 5.5]), { atol: 1e-7, rtol: 0 });
    expect(simple.constants.size).toBe(2);
  });

  it('leaves batch normalization where the convolution has another reader', () => {
    const graph = built((builder, x) => {
      for (const value of normalized(builder, x)) builder.output(value);
    });
    expect(ops(simplify(graph))).toEqual(['Conv', 'BatchNormalization']);
  });

  describe('an average before a pointwise convolution', () => {
    interface Case {
      readonly filters?: number;
      readonly kernel?: readonly number[];
      readonly attributes?: OpAttributes['Conv'];
      readonly pool?: OpAttributes['AveragePool'];
    }
    const SAME = { kernel_shape: [3, 3], pads: [1, 1, 1, 1] };
    const averaged = ({ filters = 1, kernel = [1, 1], attributes = {}, pool = SAME }: Case) =>
      built((builder, x) => {
        const mean = builder.op('AveragePool', [x], pool, { name: 'mean' });
        const size = filters * 2 * kernel[0]! * kernel[1]!;
        const w = builder.constant(floats([filters, 2, ...kernel], new Float32Array(size).fill(1)), 'w');
        const b = builder.constant(floats([filters], new Float32Array(filters).fill(1)), 'b');
        const conv = builder.op('Conv', [mean, w, b], attributes, { name: 'conv' });
        builder.output(builder.op('Relu', [conv]), 'y');
      });

    it('comes after it, where that leaves fewer channels', () => {
      const simple = simplify(averaged({}));
      expect(simple.nodes).toMatchObject([
        { op: 'Conv', inputs: ['x', 'w', 'b'], outputs: ['conv/before-pool'] },
        { op: 'AveragePool', inputs: ['conv/before-pool'], outputs: ['conv'], attributes: SAME },
        { op: 'Relu', inputs: ['conv'], outputs: ['y'] },
      ]);
      expect(simple.values.get('conv/before-pool')!.shape).toEqual(['N', 1, 3, 3]);
      expect(simple.values.has('mean')).toBe(false);
    });

    it.each<[string, Case]>([
      ['as many channels come out', { filters: 2 }],
      ['the convolution looks around', { kernel: [3, 3], attributes: { pads: [1, 1, 1, 1] } }],
      ['the convolution leaves positions out', { attributes: { strides: [2, 2], pads: [1, 1, 1, 1] } }],
      ['the convolution adds positions', { attributes: { pads: [1, 1, 1, 1] } }],
      ['the average leaves positions out', { pool: { ...SAME, strides: [2, 2] } }],
      ['the average counts what it is padded with', { pool: { ...SAME, count_include_pad: 1 } }],
    ])('stays where %s', (_, change) => {
      expect(ops(simplify(averaged(change)))).toEqual(['AveragePool', 'Conv', 'Relu']);
    });

    it('stays where it is read elsewhere', () => {
      const graph = built((builder, x) => {
        const mean = builder.op('AveragePool', [x], SAME);
        builder.output(builder.op('Conv', [mean, builder.constant(floats([1, 2, 1, 1], [1, 2]))]), 'y');
        builder.output(builder.op('Relu', [mean]), 'z');
      });
      expect(ops(simplify(graph))).toEqual(['AveragePool', 'Conv', 'Relu']);
    });
  });

  it('folds shapes and small arithmetic', () => {
    const graph = built((builder, x) => {
      const space = builder.op('Shape', [x], { start: 1 });
      const shape = builder.op('Concat', [builder.integers([-1]), space], { axis: 0 });
      const factor = builder.op('Div', [
        builder.constant(floats([2, 1], [6, 8])),
        builder.constant(floats([3], [1, 2, 4])),
      ]);
      builder.output(builder.op('Reshape', [x, shape]), 'same');
      builder.output(
        builder.op('Mul', [x, builder.op('Reshape', [factor, builder.integers([2, 1, 3])])]),
        'scaled',
      );
    });
    const simple = simplify(graph);
    expect(ops(simple)).toEqual(['Reshape', 'Mul']);
    expect(simple.constants.get(simple.nodes[0]!.inputs[1]!)).toEqual(integers([-1, 2, 3, 3]));
    expect(simple.constants.get(simple.nodes[1]!.inputs[1]!)).toEqual(
      floats([2, 1, 3], [6, 3, 1.5, 8, 4, 2]),
    );
  });
});
