/**
 * @file Accuracy on texts with the default backbone: frozen features and a linear head, on the held-out test.csv of each
 * data set in ../shared/data/text. One setting for all of them. With --lora, what `graft train --lora RANK` does: a tenth of the texts
 * validates.
 *
 *     npx tsx bench/text-accuracy.ts [--data FOLDER] [--per-class N] [--ngrams N] [--lora RANK] [--seed N] [NAME ...]
 */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type FeatureSet, featuresInMemory } from '../src/core/features/feature-set.ts';
import { rowNumbers } from '../src/core/features/row-layout.ts';
import { fitWeights } from '../src/core/fit/fit.ts';
import { measure } from '../src/core/fit/measure.ts';
import { Functional } from '../src/core/layers/functional.ts';
import { input } from '../src/core/layers/input-layer.ts';
import { layers } from '../src/core/layers/layers.ts';
import { losses } from '../src/core/losses/losses.ts';
import { metrics } from '../src/core/metrics/metrics.ts';
import { optimizers } from '../src/core/optimizers/optimizers.ts';
import { chooseStep } from '../src/core/steps/choose-step.ts';
import { splitAtFreezeBoundary } from '../src/core/steps/freeze-boundary.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { loadTextBackbone } from '../src/node/text/load-text-backbone.ts';
import { readTexts } from '../src/node/text/text-files.ts';
import { trainTextClassifier } from '../src/node/training/train-text-classifier.ts';
import { embedTexts } from '../src/text/modality/embed-texts.ts';
import { addNgrams, NgramCounter, type NgramPool } from '../src/text/modality/ngrams.ts';
import type { TextExample } from '../src/text/modality/text-example.ts';
import { TextTokens } from '../src/text/modality/text-tokens.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: {
      type: 'string',
      default:
        process.env['GRAFT_BENCH_DATA'] ?? fileURLToPath(new URL('../../shared/data', import.meta.url)),
    },
    'per-class': { type: 'string' },
    ngrams: { type: 'string' },
    lora: { type: 'string' },
    seed: { type: 'string', default: '1' },
    'max-ngrams': { type: 'string', default: '10000' },
    scale: { type: 'string', default: '4' },
    epochs: { type: 'string', default: '30' },
    rate: { type: 'string', default: '0.001' },
    decay: { type: 'string', default: '0.05' },
  },
});
const SEED = Number(flags.seed);
const BATCH = 32;

const folder = join(flags.data, 'text');
const names = positionals.length > 0 ? positionals : (await readdir(folder)).toSorted();
const backbone = await loadTextBackbone();
const tokens = new TextTokens(backbone);
for (const name of names) await (flags.lora === undefined ? evaluate(name) : adapt(name, Number(flags.lora)));

async function evaluate(name: string): Promise<void> {
  const train = await readTexts(join(folder, name, 'train.csv'));
  const test = await readTexts(join(folder, name, 'test.csv'), { labels: train.names });
  const chosen =
    flags['per-class'] === undefined ? train.examples : fewOfEach(train.examples, Number(flags['per-class']));
  const started = performance.now();
  const classes = train.names.length;
  const pool = flags.ngrams === undefined ? undefined : await ngramsOf(chosen, Number(flags.ngrams));
  const network =
    pool === undefined ? backbone.model : addNgrams(backbone.model, pool, { scale: Number(flags.scale) });
  const seen = await embed(network, chosen, classes);
  const held = await embed(network, test.examples, classes);
  const embedded = performance.now();
  const accuracy = await trainHead(seen, held, classes);
  const seconds = (from: number, to: number): string => ((to - from) / 1000).toFixed(1);
  console.log(
    `${name}: ${(100 * accuracy).toFixed(1)}% of ${held.size} texts, by ${seen.size} training texts of ${classes} classes, ${rowNumbers(seen.tensors)} features; ` +
      `features ${seconds(started, embedded)} s, head ${seconds(embedded, performance.now())} s`,
  );
}

async function adapt(name: string, lora: number): Promise<void> {
  const { examples, names: classNames } = await readTexts(join(folder, name, 'train.csv'));
  const held = await readTexts(join(folder, name, 'test.csv'), { labels: classNames });
  const all = fewOfEach(examples, Number(flags['per-class'] ?? Number.POSITIVE_INFINITY));
  const validating = Math.round(all.length / 10);
  const started = performance.now();
  const trained = await trainTextClassifier(
    {
      train: all.slice(validating),
      validation: all.slice(0, validating),
      test: held.examples,
      classNames,
      task: 'classification',
      skipped: [],
    },
    {
      folder: name,
      recipe: { lora, seed: SEED },
      onEpoch: ({ epoch, logs }) => console.error(`... ${name}, epoch ${epoch}`, logs),
    },
  );
  const { accuracy } = trained.test!;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${name}: ${(100 * accuracy).toFixed(1)}% of ${held.examples.length} texts, by ${all.length} texts of ${classNames.length} classes, ` +
      `adapters of rank ${lora} (${trained.parameters.trainable} numbers), epoch ${trained.bestEpoch} of ${trained.history.epochs.length}; ${seconds} s`,
  );
}

async function ngramsOf(examples: readonly TextExample[], length: number): Promise<NgramPool | undefined> {
  const counter = new NgramCounter(length);
  for (const { ids } of await tokens.of(examples.map(({ text }) => text))) counter.add(ids);
  return counter.pool({ maxNgrams: Number(flags['max-ngrams']) });
}

async function embed(
  model: Functional,
  examples: readonly TextExample[],
  classes: number,
): Promise<FeatureSet> {
  const texts = examples.map(({ text }) => text);
  const { data, shape } = await embedTexts({ ...backbone, model }, texts);
  const labels = Uint32Array.from(examples, ({ label }) => label);
  return featuresInMemory(data, { labels, width: shape[1]!, numClasses: classes });
}

async function trainHead(train: FeatureSet, test: FeatureSet, classes: number): Promise<number> {
  const features = input({ shape: [rowNumbers(train.tensors)], name: 'features' });
  const dense = layers.dense({ units: classes, activation: 'softmax', name: 'head' });
  const model = new Functional({ inputs: features, outputs: dense.apply(features) });
  model.initialize({ seed: SEED });
  const learningRate = Number(flags.rate);
  const epochs = Number(flags.epochs);
  const loss = losses.sparseCategoricalCrossentropy();
  const random = createRandom(SEED);
  const step = await chooseStep(splitAtFreezeBoundary(model), {
    loss,
    optimizer: optimizers.adamW({ learningRate, weightDecay: Number(flags.decay) }),
    random: random.fork('masks'),
    batchSize: BATCH,
  });
  await fitWeights(step, loss, train, undefined, {
    epochs,
    batchSize: BATCH,
    learningRate,
    schedule: (done, each) => learningRate * 0.5 * (1 + Math.cos((Math.PI * done) / (epochs * each))),
    random: random.fork('order'),
  });
  const accuracy = metrics.sparseCategoricalAccuracy();
  const measured = await measure(step, loss, test, [accuracy]);
  await step.dispose();
  return measured[accuracy.name]!;
}

function fewOfEach(examples: readonly TextExample[], count: number): TextExample[] {
  const order = createRandom(SEED).fork('few').shuffle(Uint32Array.from(examples.keys()));
  const taken = new Map<number, number>();
  return Array.from(order, (index) => examples[index]!).filter(({ label }) => {
    const before = taken.get(label) ?? 0;
    taken.set(label, before + 1);
    return before < count;
  });
}
