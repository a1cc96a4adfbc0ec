/**
 * @file What int8 costs and gives: accuracy of the same head on features of either precision, and milliseconds an
 * image by size of the batch; and what an eighth bit of the weights would give. Beside others: `npm run bench -- --case features`.
 *
 *     npx tsx bench/int8.ts [accuracy|batches] [--network mobilenet] [--rounds 5] [--sizes 1,2,4,8,16,32]
 */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument, Command } from 'commander';
import type { Sample } from '../src/core/examples/sample.ts';
import { createFrozenSession } from '../src/core/features/frozen-session.ts';
import { rangesOnImages } from '../src/core/features/int8-frozen.ts';
import type { Graph } from '../src/core/graph/graph.ts';
import { quantizeGraph } from '../src/core/graph/quantize/quantize-graph.ts';
import { WEIGHT_BITS, type WeightBits } from '../src/core/graph/quantize/quantized-weights.ts';
import { Functional } from '../src/core/layers/functional.ts';
import { layers } from '../src/core/layers/layers.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { tensor } from '../src/core/tensor/tensor.ts';
import { loadBackbone } from '../src/node/backbones/load-backbone.ts';
import { decodeBatches } from '../src/node/images/decode-batches.ts';
import { imageGraph } from '../src/vision/preprocessing/image-graph.ts';
import { startContender } from './contender.ts';
import type { FeaturesAnswer, FeaturesRequest } from './features.ts';
import { figuresOf, median, ratioOf, showFigures, showRatio, table } from './figures.ts';
import { inceptionWeights } from './inception-weights.ts';
import { evaluateHead, type HeadFigures } from './logistic-head.ts';
import { describeMachine, showMachine } from './machine.ts';
import { networks } from './networks.ts';
import { inTurns } from './rounds.ts';

const command = new Command('int8')
  .addArgument(
    new Argument('[part]', 'what to measure').choices(['accuracy', 'batches', 'all']).default('all'),
  )
  .option('--rounds <n>', 'how often every precision has a turn', '5')
  .option('--network <part>', 'networks whose name has this in it, in small letters; default: all', '')
  .option('--sizes <list>', 'sizes of the batch', '1,2,4,8,16,32')
  .parse();
const [part] = command.processedArgs as [string];
const options = command.opts<{ rounds: string; network: string; sizes: string }>();

const SHARED = fileURLToPath(new URL('../../shared/', import.meta.url));
const SIZE_PX = 224;
const BATCH_HEAD = [
  'network',
  'batch',
  'float32, ms an image',
  'least',
  'int8, ms an image',
  'least',
  'float32 / int8',
  'int8 of 8 bits / int8',
];
const FORWARD = 16;
const FOLDS = 5;
/** How often the images are dealt into folds. */
const DEALS = 4;
const CALIBRATION_IMAGES = 64;
const FOR_MS = 600;

console.log(`${showMachine(describeMachine(undefined))}\n`);
if (part !== 'batches') await measureAccuracy();
if (part !== 'accuracy') await measureBatches();

async function measureAccuracy(): Promise<void> {
  if (!existsSync(join(SHARED, 'data'))) {
    console.log('Accuracy is not measured: ../shared/data is not there.\n');
    return;
  }
  const rows: string[][] = [];
  const imagenet = join(SHARED, 'weights/mobilenet_v2_1.0_224_quant.tflite');
  for (const [title, backbone, place] of [
    ['MobileNetV2, Open Images, default cut', 'mobilenet_v2_openimages', {}],
    ['MobileNetV2, Open Images, out_relu', 'mobilenet_v2_openimages', { cut: 'out_relu' }],
    ['MobileNetV2, ImageNet, out_relu', imagenet, { cut: 'out_relu' }],
    ['InceptionV3, nsfwjs, mixed7', 'inception_v3', { cut: 'mixed7', weights: await inceptionWeights() }],
  ] as const) {
    if (!title.toLowerCase().includes(options.network)) continue;
    const { model, preprocessing, cut } = await loadBackbone(backbone, {
      inputShape: [SIZE_PX, SIZE_PX, 3],
      ...place,
    });
    const pooled = layers.globalAveragePooling2d().apply(model.getLayer(cut).output);
    const frozen = new Functional({ inputs: model.inputs, outputs: pooled });
    const graph = imageGraph(frozen, pooled, { preprocessing, output: 'features' });
    for (const [set, folds] of [
      ['cats-vs-dogs', FOLDS],
      ['horses-or-humans', 0],
    ] as const) {
      console.error(`... ${title}, ${set}`);
      rows.push(...(await compareAccuracy(graph, set, folds)).map((cells) => [title, set, ...cells]));
    }
  }
  const folds = `${FOLDS} folds, ${DEALS} times`;
  const head = [
    'backbone',
    'images',
    'features',
    'validation',
    'loss',
    folds,
    'against float32',
    'loss',
    'cosine',
  ];
  console.log(`A logistic head on pooled features\n\n${table(head, rows, 3)}\n`);
}

/** @param folds - 0 where images of one individual would stand on both sides. */
async function compareAccuracy(graph: Graph, set: string, folds: number): Promise<string[][]> {
  const train = samplesOf(join(SHARED, 'data', set, 'train'));
  const all = [...train, ...samplesOf(join(SHARED, 'data', set, 'val'))];
  const labels = all.map(({ label }) => label);
  const spread = createRandom(1).shuffle([...train]);
  const ranges = await rangesOnImages(graph, decode(spread.slice(0, CALIBRATION_IMAGES)));
  const int8Model = (weightBits: WeightBits): Graph => quantizeGraph(graph, ranges, { weightBits });
  const contenders: readonly (readonly [string, Graph])[] = [
    ['float32', graph],
    ['int8', int8Model(WEIGHT_BITS)],
    ['int8, 8-bit weights', int8Model(8)],
  ];
  const deals = Array.from({ length: DEALS }, (_, deal) =>
    createRandom(3 + deal).shuffle([...labels.keys()]),
  );
  const rows: string[][] = [];
  let exact: Float32Array | undefined;
  let exactAccuracies: readonly number[] | undefined;
  for (const [name, each] of contenders) {
    const features = await featuresOf(each, all);
    exact ??= features;
    const data = { features, width: features.length / all.length, labels };
    const evaluated = evaluateHead(
      data,
      [...train.keys()],
      [...labels.keys()].filter((row) => row >= train.length),
    );
    const parts = deals.flatMap((order) =>
      Array.from({ length: folds }, (_, fold) => {
        const held = order.filter((_, index) => index % folds === fold);
        const rest = order.filter((_, index) => index % folds !== fold);
        return { size: held.length, ...evaluateHead(data, rest, held) };
      }),
    );
    const mean = (of: keyof HeadFigures): number =>
      parts.reduce((sum, each) => sum + each[of] * each.size, 0) / (all.length * DEALS);
    const accuracies = parts.map(({ accuracy }) => 100 * accuracy);
    exactAccuracies ??= accuracies;
    rows.push([
      name,
      `${(100 * evaluated.accuracy).toFixed(2)} %`,
      evaluated.loss.toFixed(4),
      folds === 0 ? '' : `${(100 * mean('accuracy')).toFixed(2)} %`,
      folds === 0 || exact === features ? '' : showDifference(accuracies, exactAccuracies),
      folds === 0 ? '' : mean('loss').toFixed(4),
      cosine(features, exact).toFixed(5),
    ]);
  }
  return rows;
}

async function featuresOf(graph: Graph, samples: readonly Sample[]): Promise<Float32Array> {
  const session = await createFrozenSession(graph);
  const parts: Float32Array[] = [];
  for await (const batch of decode(samples)) {
    const image = tensor('uint8', [batch.samples.length, SIZE_PX, SIZE_PX, 3], batch.pixels);
    parts.push((await session.run({ image }))['features']!.data as Float32Array);
  }
  await session.dispose();
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const features of parts) {
    all.set(features, at);
    at += features.length;
  }
  return all;
}

function decode(samples: readonly Sample[]) {
  return decodeBatches(samples, { width: SIZE_PX, height: SIZE_PX, batchSize: FORWARD, strict: true });
}

function samplesOf(folder: string): Sample[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name, label) =>
      readdirSync(join(folder, name))
        .sort()
        .map((file) => ({ file: join(folder, name, file), label })),
    );
}

/** Mean and range over the folds, in points. */
function showDifference(accuracies: readonly number[], exact: readonly number[]): string {
  const differences = accuracies.map((accuracy, index) => accuracy - exact[index]!);
  const mean = differences.reduce((sum, each) => sum + each, 0) / differences.length;
  return `${mean.toFixed(2)} (${Math.min(...differences).toFixed(2)} to ${Math.max(...differences).toFixed(2)})`;
}

function cosine(a: Float32Array, b: Float32Array): number {
  const dot = (x: Float32Array, y: Float32Array): number =>
    x.reduce((sum, value, i) => sum + value * y[i]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** Every precision in a process of its own, in turns. */
async function measureBatches(): Promise<void> {
  for (const { id, title, sizePx } of networks.filter((network) => network.id.includes(options.network))) {
    const rows: string[][] = [];
    const precisions = ['float32', 'int8', 'int8-8-bit-weights'];
    const contenders = precisions.map((precision) =>
      startContender({ name: precision, script: 'features-graft.ts', args: [id, precision] }),
    );
    for (const batch of options.sizes.split(',').map(Number)) {
      console.error(`... ${title}, batch ${batch}`);
      const request: FeaturesRequest = { batch, forMs: FOR_MS, sizePx };
      for (const contender of contenders) await contender.ask({ ...request, forMs: 0 });
      const answers = await inTurns(contenders, Number(options.rounds), (each) =>
        each.ask<FeaturesAnswer>(request),
      );
      const runs = answers.map((list) => list.map(({ times }) => times.map((time) => time / batch)));
      const [float32, int8, eightBits] = runs.map((list) => list.map(median));
      const least = runs.map((list) => Math.min(...list.flat()).toFixed(2));
      const figures = [float32!, int8!].map((list) => showFigures(figuresOf(list)));
      rows.push([
        title,
        `${batch}`,
        figures[0]!,
        least[0]!,
        figures[1]!,
        least[1]!,
        showRatio(ratioOf(float32!, int8!)),
        showRatio(ratioOf(eightBits!, int8!)),
      ]);
    }
    await Promise.all(contenders.map((contender) => contender.stop()));
    console.log(`${table(BATCH_HEAD, rows, 1)}\n`);
  }
}
