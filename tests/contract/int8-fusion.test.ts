/** ONNX Runtime must make operators on bytes of what `quantizeGraph` writes: that is what it is for. */

import { describe, expect, it } from 'vitest';
import type { Graph } from '../../src/core/graph/graph.ts';
import { encodeModel } from '../../src/core/onnx/encoder.ts';
import { byteModel, netInput, randomNet, STEPS } from '../support/byte-nets.ts';
import { fusedOperators } from '../support/fused-operators.ts';

/** Layout left out. */
const operatorsOf = async (graph: Graph): Promise<string[]> =>
  (await fusedOperators(encodeModel(graph))).filter((op) => op !== 'Transpose');

/** Numbers at both ends: everything in between is bytes. */
const ENDS = [1, 0];

describe('what quantizeGraph writes', () => {
  it.each([
    ['convolutions and ReLU', [0, 1, 2, 3], ['QLinearConv']],
    ['a residual block', [4], ['QLinearConv', 'QLinearAdd']],
    ['an Inception block', [5], ['QLinearConv', 'QLinearConcat']],
    ['a maximum pool', [6], ['QLinearConv', 'NhwcMaxPool', 'MaxPool']],
    ['an average pool', [7], ['QLinearConv', 'QLinearAveragePool']],
    ['a Pad', [8], ['QLinearConv']],
  ])('runs on bytes: %s', async (_, steps, allowed) => {
    const x = netInput(5);
    const int8Model = (await byteModel(randomNet([ENDS[0]!, ...steps, ENDS[1]!], 3), { x })).graph;
    const operators = await operatorsOf(int8Model);
    const inner = operators.filter((op) => op !== 'QuantizeLinear' && op !== 'DequantizeLinear');
    expect(inner.filter((op) => !allowed.includes(op))).toEqual([]);
    expect(inner).toContain(allowed[1] === 'NhwcMaxPool' ? 'QLinearConv' : allowed.at(-1));
    expect(operators.filter((op) => op === 'QuantizeLinear')).toHaveLength(1);
    expect(operators.filter((op) => op === 'DequantizeLinear')).toHaveLength(1);
  });

  it('has a case for every step', () => {
    expect(STEPS).toHaveLength(9);
  });
});
