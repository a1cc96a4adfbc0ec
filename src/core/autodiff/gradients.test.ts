import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { GraphBuilder } from '../graph/builder.ts';
import { floats } from '../tensor/tensor.ts';
import { gradients } from './gradients.ts';

// That gradients agree with central differences is tested in tests/contract/operators.slow.test.ts.

function fixture() {
  const builder = new GraphBuilder('test');
  const x = builder.input('x', 'float32', ['N', 3]);
  const w = builder.input('dense/kernel', 'float32', [3, 4]);
  return { builder, x, w };
}

describe('gradients', () => {
  it('have the shapes of what they are gradients of', () => {
    const { builder, x, w } = fixture();
    const loss = builder.op('ReduceMean', [builder.op('Relu', [builder.op('MatMul', [x, w])])], {
      keepdims: 0,
    });
    expect(gradients(builder, loss, [w, x]).map(({ shape }) => shape)).toEqual([
      [3, 4],
      ['N', 3],
    ]);
  });

  it('touch nothing off the path', () => {
    const { builder, x, w } = fixture();
    // No rule exists for ArgMax, and none is needed: the frozen part stands before the weight.
    const frozen = builder.op('Cast', [builder.op('ArgMax', [x], { axis: 1 })], { to: 'float32' });
    const y = builder.op('Mul', [builder.op('ReduceSum', [w], { keepdims: 0 }), frozen]);
    const loss = builder.op('ReduceSum', [y], { keepdims: 0 });
    const before = builder.nodes.length;
    gradients(builder, loss, [w]);
    const emitted = builder.nodes.slice(before);
    expect(emitted.map(({ op }) => op)).toEqual(['Shape', 'Expand', 'Mul', 'ReduceSum', 'Expand']);
  });

  it('are zeros where the loss does not depend on the value', () => {
    const { builder, x, w } = fixture();
    const loss = builder.op('ReduceSum', [x], { keepdims: 0 });
    const [gradient] = gradients(builder, loss, [w]);
    expect(gradient).toMatchObject({ dtype: 'float32', shape: [3, 4] });
    expect(builder.nodes.at(-1)).toMatchObject({ op: 'ConstantOfShape', attributes: { value: 0 } });
  });

  it('end at a value that is whole', () => {
    const { builder, x } = fixture();
    const rounded = builder.op('Cast', [builder.op('Cast', [x], { to: 'int32' })], { to: 'float32' });
    const loss = builder.op('ReduceSum', [builder.op('Mul', [rounded, x])], { keepdims: 0 });
    const before = builder.nodes.length;
    gradients(builder, loss, [x]);
    expect(builder.nodes.slice(before).map(({ op }) => op)).toEqual(['Shape', 'Expand', 'Mul']);
  });

  it('need a rule for everything on the path', () => {
    const { builder, w } = fixture();
    const indices = builder.integers([0]);
    const updates = builder.constant(floats([1], [1]));
    const flat = builder.op('Reshape', [w, builder.integers([-1])]);
    const scattered = builder.op('ScatterElements', [flat, indices, updates], {}, { name: 'scatter' });
    const loss = builder.op('ReduceSum', [scattered], { keepdims: 0 }, { name: 'loss' });
    expect(() => gradients(builder, loss, [w])).toThrow(
      withMessage(
        'gradient: expected a rule for every op on the path from "loss" to "dense/kernel", ' +
          'received op "ScatterElements" ("scatter"), which is only used inside gradients. ' +
          'Freeze the layers before it, or add a rule.',
      ),
    );
  });

  it('need a loss that is one number', () => {
    const { builder, x } = fixture();
    expect(() => gradients(builder, x, [x])).toThrow(
      withMessage(
        'gradient: expected a loss that is one floating-point number, received "x", float32 [N, 3]. ' +
          'Reduce it to its sum or mean.',
      ),
    );
  });
});
