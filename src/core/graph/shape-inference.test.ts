import { describe, expect, it } from 'vitest';
import { floats } from '../tensor/tensor.ts';
import { GraphBuilder } from './builder.ts';
import type { Shape } from './graph.ts';
import { isOpType } from './shape-inference.ts';

// That inferred shapes are what ONNX Runtime computes is tested in tests/contract/operators.slow.test.ts.

function fixture() {
  const builder = new GraphBuilder('test');
  let count = 0;
  const x = (...shape: Shape) => builder.input(`x${count++}`, 'float32', shape);
  const ints = (...values: number[]) => builder.integers(values);
  return { builder, x, ints };
}

describe('symbolic sizes', () => {
  it('flow through', () => {
    const { builder, x } = fixture();
    const w = builder.constant(floats([4, 3, 3, 3], new Array(108).fill(0)));
    expect(builder.op('Conv', [x('N', 3, 8, 8), w]).shape).toEqual(['N', 4, 6, 6]);
    expect(builder.op('Add', [x('N', 3), x(3)]).shape).toEqual(['N', 3]);
    expect(builder.op('MatMul', [x('N', 'T', 3), x(3, 5)]).shape).toEqual(['N', 'T', 5]);
  });

  it('are multiplied, divided and found again by Reshape', () => {
    const { builder, x, ints } = fixture();
    const flat = builder.op('Reshape', [x('N', 5, 5, 64), ints(-1, 64)]);
    expect(flat.shape).toEqual(['25*N', 64]);
    expect(builder.op('Reshape', [flat, ints(-1, 5, 5, 64)]).shape).toEqual(['N', 5, 5, 64]);
    expect(builder.op('Reshape', [flat, ints(-1, 7)]).shape).toEqual(['Reshape_2.0', 7]);
    expect(builder.op('Flatten', [x('N', 'H', 4)]).shape).toEqual(['N', '4*H']);
  });

  it('get equal names from equal computations', () => {
    const { builder, x } = fixture();
    const image = x('N', 3, 'H', 'W');
    const pool = () => builder.op('MaxPool', [image], { kernel_shape: [3, 3], strides: [2, 2] });
    expect(pool().shape).toEqual(['N', 3, '((H-3)/2+1)', '((W-3)/2+1)']);
    expect(builder.op('Add', [pool(), pool()]).shape).toEqual(['N', 3, '((H-3)/2+1)', '((W-3)/2+1)']);
    expect(builder.op('Concat', [x('A', 2), x('B', 2), x(3, 2)], { axis: 0 }).shape).toEqual([
      '((A+B)+3)',
      2,
    ]);
  });

  it('take the number that they meet', () => {
    const { builder, x } = fixture();
    expect(builder.op('Add', [x('N', 3), x(8, 3)]).shape).toEqual([8, 3]);
    expect(builder.op('Concat', [x('N', 3), x(8, 3)], { axis: 1 }).shape).toEqual([8, 6]);
  });

  it('are followed through computed shapes', () => {
    const { builder, x, ints } = fixture();
    const image = x('N', 3, 4, 5);
    const shape = builder.op('Shape', [image]);
    const batch = builder.op('Gather', [shape, builder.integers([0])]);
    expect(
      builder.op('Reshape', [image, builder.op('Concat', [batch, ints(-1)], { axis: 0 })]).shape,
    ).toEqual(['N', 60]);
    const end = builder.op('Slice', [shape, ints(2), ints(4)]);
    const doubled = builder.op('Concat', [batch, builder.op('Mul', [end, ints(2)])], { axis: 0 });
    expect(builder.op('ConstantOfShape', [doubled]).shape).toEqual(['N', 8, 10]);
  });

  it('go through a count to as many', () => {
    const { builder, x, ints } = fixture();
    const scalar = (value: number) => builder.op('Squeeze', [ints(value)]);
    const batch = builder.op('Squeeze', [builder.op('Shape', [x('N', 3)], { end: 1 })]);
    expect(builder.op('Range', [scalar(0), batch, scalar(1)]).shape).toEqual(['N']);
    expect(builder.op('Range', [scalar(1), batch, scalar(1)], {}, { name: 'r' }).shape).toEqual(['r.0']);
    expect(() => builder.op('Range', [scalar(0), batch, scalar(0)])).toThrow('a delta other than 0');
  });

  it('get a new name where only the run will tell', () => {
    const { builder, x, ints } = fixture();
    const fed = builder.input('fed', 'int64', [2]);
    expect(builder.op('Reshape', [x(6), fed], {}, { name: 'r' }).shape).toEqual(['r.0', 'r.1']);
    expect(builder.op('Slice', [x('N'), ints(0), ints(5)], {}, { name: 's' }).shape).toEqual(['s.0']);
  });
});

describe('a misfit', () => {
  const { builder, x, ints } = fixture();
  const kernel = builder.constant(floats([4, 3, 3, 3], new Array(108).fill(0)));
  const whole = builder.input('whole', 'int64', [2]);
  const cases: [string, () => unknown, string][] = [
    [
      'of channels',
      () => builder.op('Conv', [x(8, 4, 224, 224), kernel], {}, { name: 'Conv1' }),
      'Conv "Conv1": expected X [8, 3, 224, 224], received [8, 4, 224, 224]. The kernel fixes the number of channels.',
    ],
    [
      'of a small image',
      () => builder.op('Conv', [x(1, 3, 2, 9), kernel], {}, { name: 'c' }),
      'Conv "c": expected an image at least as large as the window (3), received [1, 3, 2, 9]. Give larger images, or pad.',
    ],
    [
      'of broadcasting',
      () => builder.op('Add', [x(2, 3), x(4)], {}, { name: 'a' }),
      'Add "a": expected shapes that broadcast, received [2, 3] and [4]. Sizes must be equal, or 1.',
    ],
    [
      'of two symbols',
      () => builder.op('Add', [x('N'), x('M')], {}, { name: 'symbols' }),
      'Add "symbols": expected shapes that broadcast, received [N] and [M]. Sizes must be equal, or 1.',
    ],
    [
      'of matrices',
      () => builder.op('MatMul', [x('N', 3), x(4, 5)], {}, { name: 'm' }),
      'MatMul "m": expected matrices [..., m, k] and [..., k, n], received [N, 3] and [4, 5]. The inner sizes must be equal.',
    ],
    [
      "of Gemm's C",
      () => builder.op('Gemm', [x(2, 3), x(3, 1), x(2, 4)], {}, { name: 'g' }),
      'Gemm "g": expected C that broadcasts to [2, 1], received [2, 4]. Give one number a column.',
    ],
    [
      'of elements',
      () => builder.op('Reshape', [x(2, 3), ints(4, 2)], {}, { name: 'r' }),
      'Reshape "r": expected as many elements as the input, [2, 3], received [4, 2]. Change the shape, or leave one size as -1.',
    ],
    [
      'of a free size',
      () => builder.op('Reshape', [x(2, 3), ints(-1, 4)], {}, { name: 'free' }),
      'Reshape "free": expected as many elements as the input, [2, 3], received [-1, 4]. Change the shape, or leave one size as -1.',
    ],
    [
      'of dtypes',
      () => builder.op('Add', [x(2), whole], {}, { name: 'd' }),
      'Add "d": expected inputs of one dtype, received float32 and int64. Add a Cast before it.',
    ],
    [
      'of a dtype',
      () => builder.op('Relu', [whole], {}, { name: 'relu' }),
      'Relu "relu": expected X of dtype float32 or float16 or float64, received int64. Add a Cast before it.',
    ],
    [
      'of an axis',
      () => builder.op('Softmax', [x(2, 3)], { axis: 2 }, { name: 's' }),
      'Softmax "s": expected an axis in [-2, 2), received 2. Choose an axis that the input has.',
    ],
    [
      'of an order',
      () => builder.op('Transpose', [x(2, 3)], { perm: [0, 0] }, { name: 't' }),
      'Transpose "t": expected an order of the axes of [2, 3], received [0, 0]. Name every axis once.',
    ],
    [
      'of a computed axis',
      () => builder.op('Unsqueeze', [x(2), builder.input('axes', 'int64', [1])], {}, { name: 'u' }),
      'Unsqueeze "u": expected axes as a constant, received "axes", which is computed. Make it a constant.',
    ],
    [
      'of concatenated shapes',
      () => builder.op('Concat', [x(2, 3), x(3, 4)], { axis: 1 }, { name: 'cat' }),
      'Concat "cat": expected shapes that differ on axis 1 alone, received [2, 3], [3, 4]. Make the others equal.',
    ],
    [
      'of the number of inputs',
      () => builder.op('Add', [x(2)], {}, { name: 'one' }),
      `Add "one": expected 2 inputs, received 1. See ONNX' description of Add.`,
    ],
    [
      'of an absent input',
      () => builder.op('Mul', [x(2), undefined], {}, { name: 'none' }),
      'Mul "none": expected an input "B", received none. Give the operator this input.',
    ],
    [
      'of the number of outputs',
      () => builder.ops('Relu', [x(2)], {}, { name: 'two', outputs: 2 }),
      'Relu "two": expected at most 1 outputs, received 2. Ask for fewer.',
    ],
    [
      'of statistics',
      () => builder.op('BatchNormalization', [x(2, 3), x(3), x(3), x(4), x(3)], {}, { name: 'bn' }),
      'BatchNormalization "bn": expected mean [3], received [4]. Give one number a channel.',
    ],
  ];
  it.each(cases)('%s is explained', (_, action, message) => {
    expect(action).toThrow(expect.objectContaining({ code: 'shape', message }));
  });
});

describe('isOpType', () => {
  it('knows the operators', () => {
    expect(isOpType('Conv')).toBe(true);
    expect(isOpType('Einsum')).toBe(false);
    expect(isOpType('toString')).toBe(false);
  });
});
