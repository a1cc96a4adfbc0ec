/** @file What every layer must keep to, Graft's own and those of a program. */

import { gradients } from '../core/autodiff/gradients.ts';
import { GraphBuilder } from '../core/graph/builder.ts';
import type { Value } from '../core/graph/graph.ts';
import { Functional } from '../core/layers/functional.ts';
import { input } from '../core/layers/input-layer.ts';
import type { Layer, Lowered, Lowering, SymbolicTensor } from '../core/layers/layer.ts';
import type { LayerShape } from '../core/layers/layer-shape.ts';
import type { LayerClass } from '../core/layers/layers.ts';
import { asPlain } from '../core/layers/layout.ts';
import {
  fromGraphOrder,
  graphShape,
  inferenceLowering,
  lowerModel,
  modelGraph,
  toGraphOrder,
} from '../core/layers/lower-model.ts';
import { createSession, evaluateGraph } from '../core/runtime/create-session.ts';
import { createRandom } from '../core/tensor/random.ts';
import { computeSize, floats, type Tensor } from '../core/tensor/tensor.ts';
import { broken, ROUNDING, requireClose } from './contract-error.ts';

export interface LayerCheck {
  /** Of each input, without the batch; small, as every number is varied: `[[4, 4, 3]]`. */
  readonly inputs: readonly LayerShape[];
  /** Of inputs and weights. Default 1. */
  readonly seed?: number | undefined;
}

const BATCH = 3;
/** Of central differences. */
const STEP = 1 / 128;
const SLOPE_TOLERANCE = 4e-3;

/**
 * Holds a layer to its contract: the output has the shape that it tells, for every batch; a sample's output does not depend
 * on the other samples; a configuration makes the same layer again; weights come back from the graph's order of axes;
 * the gradient to inputs and trainable weights agrees with central differences; frozen, it computes in a training step as for
 * inference.
 *
 * @param create - Makes a new layer, which is not applied yet.
 * @throws {GraftError} `contract`, with what it does not keep to; `gradient`, if an operator has none.
 */
export async function checkLayer(create: () => Layer, { inputs, seed = 1 }: LayerCheck): Promise<void> {
  const made = build(create(), inputs, seed);
  const { layer } = made;
  const where = `contract of layer "${layer.className}"`;
  const samples = inputs.map((shape, index) => draw([BATCH, ...sizesOf(where, shape)], seed + index));
  const whole = await run(made, samples);
  const wanted = layer.output.shape.map((size, axis) => (axis === 0 ? BATCH : size));
  if (!wanted.every((size, axis) => size === null || size === whole.shape[axis])) {
    const advice = 'Let outputShape tell what the operators give.';
    throw broken(where, `an output [${wanted.join(', ')}]`, `[${whole.shape.join(', ')}]`, advice);
  }
  await checkSamples(where, made, samples, whole);
  await checkConfiguration(where, made, samples, whole, inputs);
  for (const { spec, value } of layer.weights) {
    const back = fromGraphOrder(spec, toGraphOrder(spec, value));
    const advice = 'Let graphOrder name every axis once.';
    requireClose(where, `weight "${spec.name}" back from graphOrder`, back, value, ROUNDING, advice);
  }
  await checkFrozen(where, build(create(), inputs, seed), samples, whole);
  checkTraining(where, build(create(), inputs, seed));
  await checkGradients(where, build(create(), inputs, seed), seed);
}

interface Built {
  readonly layer: Layer;
  readonly model: Functional;
}

/** With weights that are at none of the usual first numbers. */
function build(layer: Layer, inputs: readonly LayerShape[], seed: number): Built {
  const tensors = inputs.map((shape, index) => input({ shape, name: `input_${index}` }));
  const model = new Functional({ inputs: tensors, outputs: layer.apply(tensors) });
  model.initialize({ seed });
  const random = createRandom(seed).fork('weights');
  for (const weight of layer.weights) {
    const varied = weight.value.map((value) => value * (1 + 0.2 * random.uniform()));
    weight.value = weight.trainable ? varied.map((value) => value + 0.2 * random.normal()) : varied;
  }
  return { layer, model };
}

async function run(
  { layer, model }: Built,
  inputs: readonly Tensor<'float32'>[],
): Promise<Tensor<'float32'>> {
  const feeds = Object.fromEntries(inputs.map((tensor, index) => [`input_${index}`, tensor]));
  return (await evaluateGraph(modelGraph(model), feeds))[layer.name] as Tensor<'float32'>;
}

async function checkSamples(
  where: string,
  made: Built,
  inputs: readonly Tensor<'float32'>[],
  whole: Tensor<'float32'>,
): Promise<void> {
  const width = whole.data.length / BATCH;
  for (let sample = 0; sample < BATCH; sample++) {
    const alone = await run(
      made,
      inputs.map(({ shape, data }) => {
        const size = data.length / BATCH;
        return floats([1, ...shape.slice(1)], data.subarray(sample * size, (sample + 1) * size));
      }),
    );
    const together = whole.data.subarray(sample * width, (sample + 1) * width);
    const advice =
      'For inference, compute every sample by itself: sum and average along other axes than the first.';
    requireClose(where, `sample ${sample} alone as in a batch`, alone.data, together, ROUNDING, advice);
  }
}

async function checkConfiguration(
  where: string,
  { layer }: Built,
  samples: readonly Tensor<'float32'>[],
  whole: Tensor<'float32'>,
  inputs: readonly LayerShape[],
): Promise<void> {
  const { fromConfig } = layer.constructor as unknown as Partial<LayerClass>;
  const advice =
    'Tell every option in getConfig, and take it in the static fromConfig; a table of options does both.';
  const config = JSON.stringify(layer.getConfig());
  if (fromConfig === undefined) throw broken(where, 'a static fromConfig', 'none', advice);
  const again = (layer.constructor as unknown as LayerClass).fromConfig(JSON.parse(config));
  const rebuilt = build(again, inputs, 1);
  if (JSON.stringify(again.getConfig()) !== config || again.className !== layer.className) {
    throw broken(where, `the configuration ${config} again`, JSON.stringify(again.getConfig()), advice);
  }
  for (const weight of again.weights) weight.value = layer.weight(weight.spec.name).value;
  const result = await run(rebuilt, samples);
  requireClose(
    where,
    'the same output from the same configuration',
    result.data,
    whole.data,
    ROUNDING,
    advice,
  );
}

/** A frozen network gives one output for a sample, and stays as it is. */
async function checkFrozen(
  where: string,
  { layer, model }: Built,
  samples: readonly Tensor<'float32'>[],
  whole: Tensor<'float32'>,
): Promise<void> {
  layer.trainable = false;
  const builder = new GraphBuilder('frozen');
  const refuse = (what: string) => (): never => {
    throw broken(
      where,
      'a frozen layer to compute as for inference',
      what,
      'Ask whether lowering.training and this.trainable are true, or context.training.',
    );
  };
  const lowering: Lowering = {
    ...inferenceLowering(builder),
    training: true,
    dropoutMask: refuse('one that draws a mask'),
    moveStatistic: refuse('one that moves a statistic'),
  };
  const given = new Map<SymbolicTensor, Lowered>();
  const feeds: Record<string, Tensor> = {};
  for (const [index, symbolic] of model.inputs.entries()) {
    const name = `input_${index}`;
    const { shape } = samples[index]!;
    given.set(symbolic, { value: builder.input(name, 'float32', shape), layout: 'plain' });
    feeds[name] = samples[index]!;
  }
  builder.output(asPlain(builder, lowerModel(model, lowering, given)[0]!), 'result');
  const { result } = await evaluateGraph(builder.build(), feeds);
  const advice = 'Compute by the weights, not by the batch, where the layer is frozen.';
  const numbers = result!.data as Float32Array;
  requireClose(where, 'frozen, the output of inference', numbers, whole.data, ROUNDING, advice);
}

/** What a layer does in training, it has said before: by that, models are split into what is frozen and what is trained. */
function checkTraining(where: string, { layer, model }: Built): void {
  const builder = new GraphBuilder('training');
  let masks = 0;
  const lowering: Lowering = {
    ...inferenceLowering(builder),
    training: true,
    dropoutMask: (_layer, _rate, shape) => builder.input(`mask_${masks++}`, 'float32', ['N', ...shape]),
    moveStatistic(_layer, name) {
      if (layer.weight(name).spec.moving === true) return;
      const advice = 'Give the weight { trainable: false, moving: true } in weightSpecs.';
      throw broken(where, `"${name}" to be a moving statistic, as it is moved`, 'another weight', advice);
    },
  };
  const given = new Map<SymbolicTensor, Lowered>();
  for (const [index, symbolic] of model.inputs.entries()) {
    const sizes = symbolic.shape.slice(1) as readonly number[];
    const value = builder.input(`input_${index}`, 'float32', ['N', ...sizes]);
    given.set(symbolic, { value, layout: 'plain' });
  }
  lowerModel(model, lowering, given);
  if (masks === 0 || layer.drawsMasks) return;
  const advice = 'Override drawsMasks to be true: what lies behind the layer is not frozen then.';
  throw broken(where, 'no masks, as drawsMasks is false', `${masks}`, advice);
}

async function checkGradients(where: string, { layer, model }: Built, seed: number): Promise<void> {
  const builder = new GraphBuilder('gradient');
  const feeds: Record<string, Tensor> = {};
  const moved: Value[] = [];
  const declare = (name: string, tensor: Tensor<'float32'>): Value => {
    const value = builder.input(name, 'float32', tensor.shape);
    feeds[name] = { ...tensor, data: tensor.data.slice() };
    moved.push(value);
    return value;
  };
  const constants = inferenceLowering(builder);
  const declared = new Map<string, Value>();
  const lowering: Lowering = {
    ...constants,
    weight(owner, name) {
      const weight = layer.weight(name);
      if (!weight.trainable) return constants.weight(owner, name);
      const numbers = toGraphOrder(weight.spec, weight.value);
      const value = declared.get(name) ?? declare(name, floats(graphShape(weight.spec), numbers));
      declared.set(name, value);
      return value;
    },
  };
  const given = new Map<SymbolicTensor, Lowered>();
  for (const [index, symbolic] of model.inputs.entries()) {
    const shape = [1, ...sizesOf(where, symbolic.shape.slice(1))];
    const value = declare(`input_${index}`, draw(shape, seed + 10 + index));
    given.set(symbolic, { value, layout: 'plain' });
  }
  const output = asPlain(builder, lowerModel(model, lowering, given)[0]!);
  const direction = draw(output.shape as readonly number[], seed + 20);
  const objective = builder.sumOfAll(builder.mul(output, builder.constant(direction)));
  gradients(builder, objective, moved).forEach((gradient, index) => {
    builder.output(gradient, `gradient_${index}`);
  });
  builder.output(output, 'result');
  const session = await createSession(builder.build(), { threads: 1 });
  try {
    // Summed in float64: the differences are small.
    const evaluate = async (): Promise<number> => {
      const { result } = await session.run(feeds, ['result']);
      return (result!.data as Float32Array).reduce((sum, value, i) => sum + value * direction.data[i]!, 0);
    };
    const results = await session.run(feeds);
    const here = await evaluate();
    for (const [index, { name }] of moved.entries()) {
      const numbers = feeds[name]!.data as Float32Array;
      const slopes = results[`gradient_${index}`]!.data as Float32Array;
      for (let i = 0; i < numbers.length; i++) {
        const expected = await slopeAt(numbers, i, here, evaluate);
        if (expected === undefined) continue;
        const tolerance = SLOPE_TOLERANCE * (1 + Math.abs(expected));
        if (Math.abs(slopes[i]! - expected) <= tolerance) continue;
        const advice =
          'The operators compute something else than their gradient says: report it, with the layer.';
        throw broken(where, `a gradient of ${expected} to ${name}[${i}]`, `${slopes[i]}`, advice);
      }
    }
  } finally {
    await session.dispose();
  }
}

/** By central differences; undefined where sides or step sizes differ: there is a kink in reach, and no derivative. */
async function slopeAt(
  numbers: Float32Array,
  index: number,
  here: number,
  evaluate: () => Promise<number>,
): Promise<number | undefined> {
  const kept = numbers[index]!;
  const at = async (offset: number): Promise<number> => {
    numbers[index] = kept + offset;
    const value = await evaluate();
    numbers[index] = kept;
    return value;
  };
  const [after, before] = [await at(STEP), await at(-STEP)];
  const slope = (after - before) / (2 * STEP);
  const closer = ((await at(STEP / 2)) - (await at(-STEP / 2))) / STEP;
  const isKinked = Math.abs(after - 2 * here + before) / STEP > 0.1;
  return isKinked || Math.abs(closer - slope) > SLOPE_TOLERANCE / 2 ? undefined : slope;
}

function draw(shape: readonly number[], seed: number): Tensor<'float32'> {
  const random = createRandom(seed).fork('inputs');
  return floats(
    shape,
    Float32Array.from({ length: computeSize(shape) }, () => 3 * random.uniform() - 1.5),
  );
}

function sizesOf(where: string, shape: LayerShape): number[] {
  return shape.map((size) => {
    if (size !== null) return size;
    throw broken(where, 'inputs of known sizes to check with', `[${shape.join(', ')}]`, 'Give small sizes.');
  });
}
