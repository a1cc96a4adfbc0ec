/**
 * @file Our language models, in a process of their own. Started by bench/language-models.ts: `FOLDER CASE THREADS BATCH`.
 * Does its case once and prints one line of JSON.
 */

import { featureGraph } from '../src/core/features/feature-graph.ts';
import { RowBuffer } from '../src/core/features/feature-set.ts';
import { createFrozenSession } from '../src/core/features/frozen-session.ts';
import { readBatch } from '../src/core/fit/read-batch.ts';
import { Functional } from '../src/core/layers/functional.ts';
import { layers } from '../src/core/layers/layers.ts';
import { modelGraph } from '../src/core/layers/lower-model.ts';
import { losses } from '../src/core/losses/losses.ts';
import { optimizers } from '../src/core/optimizers/optimizers.ts';
import { createSession } from '../src/core/runtime/create-session.ts';
import { chooseStep } from '../src/core/steps/choose-step.ts';
import { splitAtFreezeBoundary, type TrainedPart } from '../src/core/steps/freeze-boundary.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { integers, type Tensor } from '../src/core/tensor/tensor.ts';
import { loadCausalLm } from '../src/node/text/load-causal-lm.ts';
import { causalEncoder } from '../src/text/encoders/causal-encoder.ts';
import { Decoder } from '../src/text/generation/decoder.ts';
import { lowerIds } from '../src/text/modality/text-modality.ts';
import { createCausalLmStep } from '../src/text/training/causal-lm-step.ts';
import { LENGTH, readTokens } from './language-model-data.ts';
import type { LanguageModelAnswer, LanguageModelCase } from './language-models.ts';
import { forgetPeak, peakBytes } from './peak-memory.ts';

const WARM_UP = 2;
const TOKENS = 24;
const STEPS = 4;
const RANK = 8;
const CLASSES = 2;
const LEARNING_RATE = 1e-3;

const [folder = '', name, threadsText, batchText] = process.argv.slice(2);
const [threads, batch] = [Number(threadsText), Number(batchText)];
const sequences = readTokens(folder);

const cases: Record<LanguageModelCase, () => Promise<LanguageModelAnswer>> = {
  async open() {
    forgetPeak();
    return timed(1, 0, async () => {
      const lm = await loadCausalLm(folder, { threads });
      const decoder = await Decoder.create(lm.network, { threads });
      const logits = await decoder.begin().extend(sequences[0]!.slice(0, 1));
      return logits[0]!;
    });
  },
  features,
  async generate() {
    const lm = await loadCausalLm(folder, { threads });
    const decoder = await Decoder.create(lm.network, { threads });
    const text = decoder.begin();
    const ids = sequences[0]!;
    forgetPeak();
    await text.extend(ids.slice(0, LENGTH));
    return timed(WARM_UP + TOKENS, WARM_UP, async () => (await text.extend(ids.slice(LENGTH)))[0]!);
  },
  lora: () => adapt(false),
  'lora-top': () => adapt(true),
  classify: () => classify(false),
  'classify-top': () => classify(true),
};
const answer = await cases[name as LanguageModelCase]();
process.stdout.write(`${JSON.stringify(answer)}\n`);

/** PEFT's one adapter of the joined query, key and value stands here as three, with as many outputs and three times the inputs. */
async function adapt(isTop: boolean): Promise<LanguageModelAnswer> {
  const { network, architecture } = await loadCausalLm(folder, { threads });
  const { numLayers } = architecture.config;
  const first = numLayers - Math.floor(numLayers / 3);
  const from = isTop ? `transformer_layer_${first}` : undefined;
  network.enableLora(RANK, { targets: ['query', 'key', 'value'], from });
  network.initialize({ seed: 1 });
  const optimizer = optimizers.adamW({ learningRate: LEARNING_RATE, weightDecay: 0.01 });
  const made = await createCausalLmStep(network, { optimizer, threads, keptTokens: batch * LENGTH });
  const set = made.features(sequences.slice(0, batch));
  const rows = Uint32Array.from({ length: batch }, (_, row) => row);
  const fed = await readBatch(set, rows, made.loss, new RowBuffer());
  forgetPeak();
  return timed(WARM_UP + STEPS, WARM_UP, async () => (await made.step.run(fed, LEARNING_RATE)).loss);
}

/** The vectors of texts, by the graph that `graft train` runs: of the last token. */
async function features(): Promise<LanguageModelAnswer> {
  const { network } = await loadCausalLm(folder, { threads });
  const encoder = causalEncoder(network, 'last');
  const outputs = [{ name: 'features', tensor: encoder.output, dtype: 'float32' } as const];
  const graph = featureGraph(encoder, outputs, { lowerInputs: lowerIds });
  const session = await createFrozenSession(graph, { threads });
  const ids = sequences.slice(0, batch).flatMap((sequence) => sequence.slice(0, LENGTH));
  const feeds = { ids: integers(ids, [batch, LENGTH]) };
  forgetPeak();
  return timed(WARM_UP + STEPS, WARM_UP, async () => {
    const { features: vectors } = await session.run(feeds);
    return (vectors as Tensor<'float32'>).data[0]!;
  });
}

/** A classifier on the last token: as `graft train --lora 8`, from features that were computed before. */
async function classify(isTop: boolean): Promise<LanguageModelAnswer> {
  const { network, architecture } = await loadCausalLm(folder, { threads });
  const { numLayers, hiddenDim } = architecture.config;
  const first = numLayers - Math.floor(numLayers / 3);
  const encoder = causalEncoder(network, 'last');
  encoder.enableLora(RANK, {
    targets: ['query', 'key', 'value'],
    from: isTop ? `transformer_layer_${first}` : undefined,
  });
  const head = layers.dense({ units: CLASSES, activation: 'softmax', name: 'head' });
  const model = new Functional({ inputs: encoder.inputs, outputs: head.apply(encoder.output) });
  model.initialize({ seed: 1 });
  head.weight('kernel').value = Float32Array.from(
    { length: hiddenDim * CLASSES },
    (_, i) => Math.sin(i) / 20,
  );
  const part = splitAtFreezeBoundary(model);
  const ids = sequences.slice(0, batch).flatMap((sequence) => sequence.slice(0, LENGTH));
  const features = await featuresOf(part, integers(ids, [batch, LENGTH]));
  const step = await chooseStep(part, {
    loss: losses.sparseCategoricalCrossentropy(),
    optimizer: optimizers.adamW({ learningRate: LEARNING_RATE, weightDecay: 0.01 }),
    random: createRandom(1),
    threads,
  });
  const targets = Float32Array.from({ length: batch }, (_, row) => row % CLASSES);
  const sampleWeights = new Float32Array(batch).fill(1);
  forgetPeak();
  return timed(WARM_UP + STEPS, WARM_UP, async () => {
    const { loss } = await step.run({ features, targets, sampleWeights, size: batch }, LEARNING_RATE);
    return loss;
  });
}

async function featuresOf({ model, boundary }: TrainedPart, ids: Tensor): Promise<Tensor[]> {
  const computed = boundary.filter((tensor) => tensor !== model.input);
  const graph = modelGraph(new Functional({ inputs: model.inputs, outputs: computed }));
  const session = await createSession(graph, { threads });
  const results = await session.run({ [model.input.layer.name]: ids });
  await session.dispose();
  return boundary.map((tensor) => (tensor === model.input ? ids : results[tensor.layer.name]!));
}

async function timed(
  count: number,
  warmUp: number,
  action: () => Promise<number>,
): Promise<LanguageModelAnswer> {
  const [times, processorTimes, values]: [number[], number[], number[]] = [[], [], []];
  for (let index = 0; index < count; index++) {
    const before = process.cpuUsage();
    const started = performance.now();
    values.push(await action());
    times.push(performance.now() - started);
    const { user, system } = process.cpuUsage(before);
    processorTimes.push((user + system) / 1e3);
  }
  return {
    times: times.slice(warmUp),
    processorTimes: processorTimes.slice(warmUp),
    values,
    peakBytes: peakBytes(),
  };
}
