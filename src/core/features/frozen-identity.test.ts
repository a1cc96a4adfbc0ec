import { describe, expect, it } from 'vitest';
import { GraphBuilder } from '../graph/builder.ts';
import type { Graph } from '../graph/graph.ts';
import { floats } from '../tensor/tensor.ts';
import { frozenIdentity } from './frozen-identity.ts';

function graph({ factor = 2, power = 3, op = 'Mul' as 'Mul' | 'Add', size = 4 } = {}): Graph {
  const builder = new GraphBuilder('some');
  const input = builder.input('image', 'float32', ['N', size]);
  const scaled = builder.op(op, [input, builder.constant(floats([1], [factor]), 'factor')]);
  builder.output(builder.op('LeakyRelu', [scaled], { alpha: power }), 'features');
  return builder.build();
}

describe('frozenIdentity', () => {
  it('is the same for the same graph', () => {
    expect(frozenIdentity(graph())).toBe(frozenIdentity(graph()));
    expect(frozenIdentity(graph())).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([
    ['weight', graph({ factor: 2.0000002 })],
    ['attribute', graph({ power: 4 })],
    ['operator', graph({ op: 'Add' })],
    ['size', graph({ size: 5 })],
  ])('is another for another %s', (_, other) => {
    expect(frozenIdentity(other)).not.toBe(frozenIdentity(graph()));
  });

  it('is another for other views', () => {
    expect(frozenIdentity(graph(), { seed: 1 })).not.toBe(frozenIdentity(graph(), { seed: 2 }));
    expect(frozenIdentity(graph(), { seed: 1 })).not.toBe(frozenIdentity(graph()));
  });
});
