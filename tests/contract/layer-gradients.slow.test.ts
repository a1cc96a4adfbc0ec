/** @file The gradient through every layer, to its inputs and weights, agrees with central differences. */

import { describe, expect, it } from 'vitest';
import { gradients } from '../../src/core/autodiff/gradients.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Value } from '../../src/core/graph/graph.ts';
import type { Lowered, Lowering } from '../../src/core/layers/layer.ts';
import { asPlain } from '../../src/core/layers/layout.ts';
import { graphShape, lowerModel, toGraphOrder } from '../../src/core/layers/lower-model.ts';
import type { SymbolicTensor } from '../../src/core/layers/symbolic-tensor.ts';
import { createSession } from '../../src/core/runtime/create-session.ts';
import { createRandom } from '../../src/core/tensor/random.ts';
import { computeSize, floats, integers, type Tensor, tensor } from '../../src/core/tensor/tensor.ts';
import { layerCases, modelOf } from '../golden/layers/layer-cases.ts';

const STEP = 1 / 128;
const TOLERANCE = 4e-3;

/** What takes ids alone and has no weights, has no gradient. */
const differentiable = layerCases.filter(
  ({ inputs, weights }) => weights.length > 0 || inputs.some(({ dtype }) => dtype === undefined),
);

describe('gradients through layers', () => {
  it.each(differentiable.map((each) => [each.title, each] as const))('%s', async (_, layerCase) => {
    const { layer, model } = modelOf(layerCase);
    const random = createRandom(1).fork(layerCase.title);
    const draw = (count: number): Float32Array =>
      Float32Array.from({ length: count }, () => 3 * random.uniform() - 1.5);

    const builder = new GraphBuilder('gradient');
    const feeds: Record<string, Tensor> = {};
    const moved: Value[] = [];
    const declare = (name: string, shape: readonly number[], numbers: Float32Array): Value => {
      const value = builder.input(name, 'float32', shape);
      feeds[name] = floats(shape, numbers);
      moved.push(value);
      return value;
    };
    const given = new Map<SymbolicTensor, Lowered>();
    for (const [index, symbolic] of model.inputs.entries()) {
      const { dtype, values, ...numbers } = layerCase.inputs[index]!;
      const shape = [1, ...numbers.shape.slice(1)];
      if (dtype !== undefined) {
        const ids = integers(values.slice(0, computeSize(shape)), shape);
        given.set(symbolic, { value: builder.constant(ids), layout: 'plain' });
        continue;
      }
      const count = shape.reduce((product, size) => product * size, 1);
      given.set(symbolic, { value: declare(`input_${index}`, shape, draw(count)), layout: 'plain' });
    }
    const lowering: Lowering = {
      builder,
      training: false,
      weight(_layer, name) {
        const { spec, value } = layer.weight(name);
        const numbers = toGraphOrder(spec, value);
        if (spec.trainable === false) return builder.constant(tensor('float32', graphShape(spec), numbers));
        return declare(name, graphShape(spec), numbers);
      },
      dropoutMask: () => {
        throw new Error('no mask without training');
      },
      moveStatistic: () => {},
    };
    const output = asPlain(builder, lowerModel(model, lowering, given)[0]!);
    const count = output.shape.reduce<number>((product, size) => product * Number(size), 1);
    const direction = draw(count);
    const weighted = builder.op('Mul', [
      output,
      builder.constant(floats(output.shape as number[], direction)),
    ]);
    const objective = builder.op('ReduceSum', [weighted], { keepdims: 0 });
    const emitted = gradients(builder, objective, moved);
    builder.output(output, 'result');
    emitted.forEach((gradient, index) => {
      builder.output(gradient, `gradient_${index}`);
    });
    const session = await createSession(builder.build(), { threads: 1 });
    try {
      // Summed in float64: the differences are small.
      const evaluate = async (): Promise<number> => {
        const { result } = await session.run(feeds, ['result']);
        return (result!.data as Float32Array).reduce((sum, value, i) => sum + value * direction[i]!, 0);
      };
      const results = await session.run(feeds);
      const here = await evaluate();
      let compared = 0;
      let kinks = 0;
      for (const [index, { name }] of moved.entries()) {
        const numbers = feeds[name]!.data as Float32Array;
        const gradient = results[`gradient_${index}`]!.data as Float32Array;
        expect(gradient).toHaveLength(numbers.length);
        for (let i = 0; i < numbers.length; i++) {
          const kept = numbers[i]!;
          const at = async (offset: number): Promise<number> => {
            numbers[i] = kept + offset;
            return evaluate();
          };
          const [after, before] = [await at(STEP), await at(-STEP)];
          const expected = (after - before) / (2 * STEP);
          const closer = ((await at(STEP / 2)) - (await at(-STEP / 2))) / STEP;
          numbers[i] = kept;
          // Where sides or step sizes differ there is a kink in reach, and no derivative to compare with.
          if (
            Math.abs(after - 2 * here + before) / STEP > 0.1 ||
            Math.abs(closer - expected) > TOLERANCE / 2
          ) {
            kinks++;
            continue;
          }
          compared++;
          expect(gradient[i], `${name}[${i}]`).toBeAllClose(expected, { atol: TOLERANCE, rtol: TOLERANCE });
        }
      }
      expect(compared).toBeGreaterThan(4 * kinks);
    } finally {
      await session.dispose();
    }
  });
});
