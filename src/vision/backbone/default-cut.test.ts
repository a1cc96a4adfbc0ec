import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../../core/graph/builder.ts';
import type { Value } from '../../core/graph/graph.ts';
import { decodeModel } from '../../core/onnx/decoder.ts';
import { encodeModel } from '../../core/onnx/encoder.ts';
import { floats } from '../../core/tensor/tensor.ts';
import { defaultCut } from './default-cut.ts';

/** Where a network of images [1, 3, 8, 8] is cut. */
function cutOf(grow: (builder: GraphBuilder, image: Value) => void): string {
  const builder = new GraphBuilder('network');
  grow(builder, builder.input('image', 'float32', [1, 3, 8, 8]));
  return defaultCut(decodeModel(encodeModel(builder.build())), 'model "network.onnx"');
}

function weights(builder: GraphBuilder, ...shape: number[]): Value {
  const size = shape.reduce((a, b) => a * b, 1);
  return builder.constant(floats(shape, new Float32Array(size).fill(0.5)), 'weights');
}

function convolution(builder: GraphBuilder, x: Value, filters: number, name: string): Value {
  return builder.op('Conv', [x, weights(builder, filters, x.shape[1] as number, 1, 1)], {}, { name });
}

/** Tokens of an image, one for each position: [1, 64, 6]. */
function tokens(builder: GraphBuilder, image: Value): Value {
  const map = convolution(builder, image, 6, 'patches');
  const flat = builder.op('Reshape', [map, builder.integers([0, 6, -1])]);
  const rows = builder.op('Transpose', [flat], { perm: [0, 2, 1] }, { name: 'embedded' });
  // A residual block, whose products are beside the way.
  const inner = builder.op('MatMul', [rows, weights(builder, 6, 24)], {}, { name: 'mlp' });
  const outer = builder.op('MatMul', [builder.op('Relu', [inner]), weights(builder, 24, 6)]);
  return builder.op('Add', [rows, outer], {}, { name: 'encoded' });
}

const first = (builder: GraphBuilder, x: Value): Value =>
  builder.op(
    'Squeeze',
    [
      builder.op('Slice', [x, ...[[0], [1], [1]].map((list) => builder.integers(list))]),
      builder.integers([1]),
    ],
    {},
    { name: 'first' },
  );

describe('defaultCut', () => {
  it('takes vectors before tokens, where a file gives both', () => {
    expect(
      cutOf((b, image) => {
        const encoded = tokens(b, image);
        b.output(encoded, 'last_hidden_state');
        b.output(first(b, encoded), 'pooler_output');
      }),
    ).toBe('pooler_output');
  });

  it('cuts before what such vectors are made with', () => {
    expect(
      cutOf((b, image) => {
        const encoded = tokens(b, image);
        b.output(encoded, 'last_hidden_state');
        const projected = b.op('MatMul', [first(b, encoded), weights(b, 6, 6)]);
        b.output(b.op('Tanh', [projected]), 'pooler_output');
      }),
    ).toBe('first');
  });

  it('does not cut inside a block, where a network ends with one', () => {
    expect(cutOf((b, image) => b.output(tokens(b, image), 'tokens'))).toBe('tokens');
    // Squeeze and excitation, with products in place of convolutions.
    const excited = cutOf((b, image) => {
      const map = convolution(b, image, 6, 'features');
      const squeezed = b.op('Flatten', [b.op('GlobalAveragePool', [map])]);
      const gate = b.op('Sigmoid', [b.op('MatMul', [squeezed, weights(b, 6, 6)])]);
      b.output(b.op('Mul', [map, b.op('Reshape', [gate, b.integers([0, 6, 1, 1])])]), 'map');
    });
    expect(excited).toBe('map');
  });

  it('cuts before two poolings of one map', () => {
    expect(
      cutOf((b, image) => {
        const map = convolution(b, image, 6, 'features');
        const pooled = [b.op('GlobalAveragePool', [map]), b.op('GlobalMaxPool', [map])];
        const flat = b.op('Flatten', [b.op('Concat', pooled, { axis: 1 })]);
        b.output(b.op('MatMul', [flat, weights(b, 12, 5)]), 'logits');
      }),
    ).toBe('features');
  });

  it('takes what two heads start from', () => {
    expect(
      cutOf((b, image) => {
        const mean = b.op(
          'ReduceMean',
          [tokens(b, image), b.integers([1])],
          { keepdims: 0 },
          { name: 'mean' },
        );
        const heads = [0.5, 2].map((factor) =>
          b.op('MatMul', [b.op('Mul', [mean, b.scalar(factor)]), weights(b, 6, 5)]),
        );
        b.output(b.op('Add', heads), 'logits');
      }),
    ).toBe('mean');
  });
});
