import { describe, expect, it } from 'vitest';
import { floats } from '../../tensor/tensor.ts';
import { GraphBuilder } from '../builder.ts';
import type { Graph, Value } from '../graph.ts';
import type { OpAttributes } from '../operators.ts';
import { GELU_CUBIC, GELU_LINEAR } from './rewrite-gelu.ts';
import { speedUp } from './speed-up.ts';

// That no number changes is tested on ONNX Runtime in tests/contract/operators-properties.slow.test.ts.

const ops = (graph: Graph) => graph.nodes.map(({ op }) => op);

function conv(
  builder: GraphBuilder,
  x: Value,
  shape: readonly number[],
  attributes: OpAttributes['Conv'] = {},
): Value {
  const size = shape.reduce((a, b) => a * b, 1);
  const w = builder.constant(
    floats(
      shape,
      Float32Array.from({ length: size }, (_, index) => index),
    ),
    'w',
  );
  return builder.op('Conv', [x, w], attributes, { name: 'conv' });
}

describe('speedUp, pixels', () => {
  const scaled = (attributes: OpAttributes['Conv'] = {}, shape: readonly number[] = [2, 3, 1, 1]): Graph => {
    const builder = new GraphBuilder('test');
    const pixels = builder.op('Cast', [builder.input('bytes', 'uint8', ['N', 3, 4, 4])], { to: 'float32' });
    const each = [1, 2, 4].map((scale) => scale / 8);
    const product = builder.op('Mul', [pixels, builder.constant(floats([3, 1, 1], each))]);
    const x = builder.op('Add', [product, builder.constant(floats([3, 1, 1], [10, 20, 30]))]);
    builder.output(conv(builder, x, shape, attributes), 'y');
    return builder.build();
  };

  it('are scaled by the convolution that reads them', () => {
    const fast = speedUp(scaled());
    expect(ops(fast)).toEqual(['Cast', 'Conv', 'Identity']);
    const [, w, b] = fast.nodes[1]!.inputs.map((name) => fast.constants.get(name)!);
    expect(w).toEqual(floats([2, 3, 1, 1], [0, 0.25, 1, 0.375, 1, 2.5]));
    // w = [0, 1, 2], [3, 4, 5]; offset = [10, 20, 30]
    expect(b).toEqual(floats([2], [80, 260]));
    expect(fast.constants.size).toBe(2);
  });

  it('are scaled before it where it is padded, or takes channels in groups', () => {
    const scaling = ['Cast', 'Mul', 'Add', 'Conv', 'Identity'];
    expect(ops(speedUp(scaled({ pads: [0, 1, 0, 1] })))).toEqual(scaling);
    expect(ops(speedUp(scaled({ group: 3 }, [3, 1, 1, 1])))).toEqual(scaling);
  });
});

describe('speedUp, rows', () => {
  const row = (width: number, shape: readonly number[], attributes: OpAttributes['Conv']): Graph => {
    const builder = new GraphBuilder('test');
    const x = builder.input('x', 'float32', ['N', shape[1]! * (attributes.group ?? 1), 5, width]);
    builder.output(conv(builder, x, shape, attributes), 'y');
    return builder.build();
  };

  it('are padded beforehand where they are no longer than the kernel', () => {
    const fast = speedUp(row(7, [8, 16, 3, 7], { pads: [1, 3, 1, 3], strides: [1, 1] }));
    expect(fast.nodes).toMatchObject([
      {
        op: 'Conv',
        inputs: ['x', 'conv/ones'],
        outputs: ['x/padded'],
        attributes: { group: 16, pads: [0, 3, 0, 3] },
      },
      { op: 'Conv', inputs: ['x/padded', 'w'], attributes: { pads: [1, 0, 1, 0], strides: [1, 1] } },
      { op: 'Identity' },
    ]);
    expect(fast.values.get('x/padded')!.shape).toEqual(['N', 16, 5, 13]);
    expect(fast.constants.get('conv/ones')!.shape).toEqual([16, 1, 1, 1]);
  });

  it.each<[string, number, readonly number[], OpAttributes['Conv']]>([
    ['longer', 8, [8, 16, 3, 7], { pads: [1, 3, 1, 3] }],
    ['not padded', 7, [8, 16, 3, 7], { pads: [1, 0, 1, 0] }],
    ['of channels that make no block', 7, [8, 15, 3, 7], { pads: [1, 3, 1, 3] }],
    ['of channels in groups', 7, [32, 16, 3, 7], { pads: [1, 3, 1, 3], group: 2 }],
  ])('are left where they are %s', (_, width, shape, attributes) => {
    const graph = row(width, shape, attributes);
    expect(speedUp(graph)).toEqual(graph);
  });
});

describe('speedUp, GELU', () => {
  const gelu = (change: { readonly cube?: number; readonly readsGate?: boolean } = {}): Graph => {
    const builder = new GraphBuilder('test');
    const x = builder.input('x', 'float32', ['N', 4]);
    const cubic = builder.mul(builder.mul(x, x), change.cube ?? GELU_CUBIC);
    const gate = builder.sigmoid(builder.mul(x, builder.add(cubic, GELU_LINEAR)));
    if (change.readsGate) builder.output(gate, 'gate');
    builder.output(builder.mul(x, gate, { name: 'gelu' }), 'y');
    return builder.build();
  };

  it('is written by tanh, which ONNX Runtime makes one operator of', () => {
    const fast = speedUp(gelu());
    const byTanh = ['Mul', 'Mul', 'Mul', 'Add', 'Mul', 'Tanh', 'Add', 'Mul', 'Mul', 'Identity'];
    expect(ops(fast)).toEqual(byTanh);
    expect(fast.outputs).toEqual(gelu().outputs);
    expect(fast.values.get('gelu')!.shape).toEqual(['N', 4]);
  });

  it.each([
    ['with other numbers', { cube: 0.07 }],
    ['whose gate something else reads', { readsGate: true }],
  ])('is left as it is %s', (_, change) => {
    expect(speedUp(gelu(change))).toEqual(gelu(change));
  });
});
