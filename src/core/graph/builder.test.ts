import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { floats } from '../tensor/tensor.ts';
import { GraphBuilder } from './builder.ts';
import { describeGraph } from './describe-graph.ts';

function affine() {
  const builder = new GraphBuilder('affine');
  const x = builder.input('x', 'float32', ['N', 2]);
  const scaled = builder.op('Mul', [x, builder.constant(floats([2], [2, 3]), 'scale')]);
  builder.output(builder.op('Add', [scaled, builder.scalar(1)]), 'y');
  return builder.build();
}

describe('GraphBuilder', () => {
  it('makes names unique, and refuses to take one twice', () => {
    const builder = new GraphBuilder('test');
    const x = builder.input('x', 'float32', [1]);
    expect([0, 1, 2].map(() => builder.op('Relu', [x]).name)).toEqual(['Relu', 'Relu_1', 'Relu_2']);
    expect(() => builder.input('x', 'float32', [1])).toThrow(
      withMessage(
        'graph "test": expected a name that is free, received "x", which is taken. Choose another name.',
      ),
    );
    expect(() => builder.value('z')).toThrow(
      withMessage(
        'graph "test": expected the name of a value, received "z". Build the value before it is used.',
      ),
    );
  });

  it('inlines a graph, constants and all', () => {
    const builder = new GraphBuilder('outer');
    const x = builder.input('pixels', 'float32', [4, 2]);
    const [y] = builder.inline(affine(), new Map([['x', x]]));
    const [z] = builder.inline(affine(), new Map([['x', y!]]));
    expect(z!.shape).toEqual([4, 2]);
    expect(builder.nodes.map(({ op }) => op)).toEqual(['Mul', 'Add', 'Identity', 'Mul', 'Add', 'Identity']);
    expect(() => builder.inline(affine(), new Map())).toThrow(
      withMessage(
        'graph "outer": expected a feed for input "x" of graph "affine", received none. Give every input of the graph a value.',
      ),
    );
  });

  it('asks a node for more outputs afterwards', () => {
    const builder = new GraphBuilder('test');
    const x = builder.input('x', 'float32', ['N', 1, 4, 4]);
    const y = builder.op('MaxPool', [x], { kernel_shape: [2, 2] }, { name: 'pool' });
    const outputs = builder.outputsOf(y, 2);
    expect(outputs).toEqual([y, { name: 'pool:1', dtype: 'int64', shape: ['N', 1, 3, 3] }]);
    expect(builder.outputsOf(y, 2)).toEqual(outputs);
    expect(builder.nodes[0]!.outputs).toEqual(['pool', 'pool:1']);
    expect(() => builder.outputsOf(x, 2)).toThrow(
      withMessage(
        'graph "test": expected the first output of a node, received "x". Give a value that a node made.',
      ),
    );
  });
});

describe('describeGraph', () => {
  it('lists a line an operator', () => {
    expect(describeGraph(affine())).toBe(
      [
        'graph "affine": 3 nodes, 2 constants',
        'input x float32 [N, 2]',
        'Mul "Mul": x float32 [N, 2], scale = float32 [2] -> Mul float32 [N, 2]',
        'Add "Add": Mul float32 [N, 2], scalar = float32 [] -> Add float32 [N, 2]',
        'Identity "y": Add float32 [N, 2] -> y float32 [N, 2]',
        'output y float32 [N, 2]',
      ].join('\n'),
    );
  });
});
