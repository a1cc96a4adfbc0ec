import { describe, expect, it } from 'vitest';
import { floats } from '../../tensor/tensor.ts';
import { GraphBuilder } from '../builder.ts';
import { calibrationGraph, RangeCollector } from './calibration-graph.ts';

function calibration() {
  const builder = new GraphBuilder('net');
  const x = builder.input('x', 'float32', ['N', 1, 2, 2]);
  const kernel = builder.constant(floats([1, 1, 1, 1], [1]), 'kernel');
  const conv = builder.op('Conv', [x, kernel], {}, { name: 'conv' });
  builder.output(builder.op('Relu', [conv], {}, { name: 'relu' }));
  return calibrationGraph(builder.build());
}

describe('calibrationGraph', () => {
  it('tells the extremes of what will be in bytes, and the means of what is convolved', () => {
    const { graph, observed } = calibration();
    expect(observed.map(({ value }) => value)).toEqual(['x', 'relu']);
    const [x, relu] = observed;
    expect(x!.means).toBeDefined();
    // A ReLU has no negative numbers; nothing convolves what comes of it.
    expect(relu).toMatchObject({ negatedMin: undefined, means: undefined });
    const names = [x!.means, x!.max, x!.negatedMin, relu!.max];
    expect(graph.outputs.map(({ name }) => name).sort()).toEqual(names.sort());
    expect(graph.outputs.every(({ shape }) => shape[0] === 'N')).toBe(true);
  });
});

describe('RangeCollector', () => {
  it('keeps extremes and means over all runs, rounded to 8 bits', () => {
    const collected = calibration();
    const [x, relu] = collected.observed;
    const collector = new RangeCollector(collected);
    const add = (low: readonly number[], high: readonly number[], means: readonly number[]) => {
      const images = low.length;
      collector.add({
        [x!.negatedMin!]: floats(
          [images],
          low.map((each) => -each),
        ),
        [x!.max]: floats([images], high),
        [x!.means!]: floats([images, 1], means),
        [relu!.max]: floats([images], high),
      });
    };
    add([0.5, -2], [1, 2.001], [3, 1]);
    add([-1], [-1], [5]);
    // 2 of 8 bits has steps of 1 / 64.
    expect(collector.ranges.get('x')).toEqual({ min: -2, max: 2 + 1 / 64, means: Float64Array.of(3) });
    expect(collector.ranges.get('relu')).toEqual({ min: 0, max: 2 + 1 / 64 });
    add([-2.001], [0], [3]);
    expect(collector.ranges.get('x')!.min).toBe(-2 - 1 / 64);
  });
});
