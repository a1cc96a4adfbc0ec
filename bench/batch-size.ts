/**
 * @file Images a second through the frozen part by size of the batch, and whether an image's features depend on it.
 *
 *     npx tsx bench/batch-size.ts [--sizes 1,2,4,8,16,32] [--rounds 7] [--for-ms 1500] [--network mobilenet] [--precision int8]
 *
 * One session for each size, as a run has it, all in one process and in turns. The best round is what counts: others on
 * the machine make a round slower, never faster. Processor time, of all cores together, tells the work alone.
 */

import { parseArgs } from 'node:util';
import { USUAL_SIZE } from '../src/core/features/batched-session.ts';
import { createFrozenSession } from '../src/core/features/frozen-session.ts';
import { rangesOnImages } from '../src/core/features/int8-frozen.ts';
import type { Graph } from '../src/core/graph/graph.ts';
import { quantizeGraph } from '../src/core/graph/quantize/quantize-graph.ts';
import type { Session } from '../src/core/runtime/session.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { tensor } from '../src/core/tensor/tensor.ts';
import { imageGraph } from '../src/vision/preprocessing/image-graph.ts';
import { median, table } from './figures.ts';
import { describeMachine, showMachine } from './machine.ts';
import { loadNetwork, type Network } from './networks.ts';
import { inTurns } from './rounds.ts';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1,2,4,8,16,32' },
    rounds: { type: 'string', default: '7' },
    'for-ms': { type: 'string', default: '1500' },
    network: { type: 'string', default: '' },
    precision: { type: 'string', default: 'float32' },
  },
});
const sizes = options.sizes.split(',').map(Number);

const CALIBRATION_IMAGES = 8;

const networks: readonly Network[] = [
  ...[160, 224].map((sizePx) => ({
    id: `mobilenet_v2/out_relu@${sizePx}`,
    title: `MobileNetV2, ${sizePx} px`,
    backbone: 'mobilenet_v2_openimages',
    cut: 'out_relu',
    sizePx,
  })),
  {
    id: 'inception_v3/mixed7@150',
    title: 'InceptionV3 to mixed7, 150 px',
    backbone: 'inception_v3',
    cut: 'mixed7',
    sizePx: 150,
    weights: 'random',
  },
  ...[
    { id: 'vgg16', title: 'VGG16', cut: 'block5_conv3', sizePx: 224 },
    { id: 'resnet50', title: 'ResNet50', cut: 'conv5_block3_out', sizePx: 224 },
    { id: 'densenet121', title: 'DenseNet121', cut: 'relu', sizePx: 224 },
    { id: 'convnext_tiny', title: 'ConvNeXt Tiny', cut: 'layer_normalization', sizePx: 224 },
    { id: 'nasnet_mobile', title: 'NASNet Mobile', cut: 'activation_187', sizePx: 224 },
    { id: 'xception', title: 'Xception', cut: 'block14_sepconv2_act', sizePx: 299 },
  ].map((one) => ({ ...one, backbone: one.id, weights: 'random' })),
];

interface Candidate {
  readonly size: number;
  readonly session: Session;
}

console.log(`${showMachine(describeMachine())}; ${options.precision}\n`);
const rows: string[][] = [];
for (const network of networks.filter(({ id }) => id.includes(options.network)))
  rows.push(...(await measure(network)));
const head = [
  'network',
  'batch',
  'images/s, best',
  'median',
  `against ${USUAL_SIZE}`,
  'CPU ms an image',
  `work against ${USUAL_SIZE}`,
  `other bits than at ${USUAL_SIZE}`,
  'at most',
];
console.log(table(head, rows, 1));

async function measure(network: Network): Promise<string[][]> {
  const { title, sizePx } = network;
  const { model, preprocessing, cut } = await loadNetwork(network);
  const float = imageGraph(model, model.getLayer(cut).output, { preprocessing, output: 'features' });
  const most = Math.max(USUAL_SIZE, ...sizes);
  const pixels = noise(most, sizePx);
  const graph = options.precision === 'int8' ? await inInt8(float, sizePx) : float;
  const candidates: Candidate[] = [];
  for (const size of sizes) candidates.push({ size, session: await createFrozenSession(graph) });
  const used = await createFrozenSession(graph);
  const expected = await featuresOf({ size: USUAL_SIZE, session: used }, pixels, most, sizePx);
  await used.dispose();
  const differences: { readonly count: number; readonly largest: number }[] = [];
  // Before the clock runs: it warms every session up.
  for (const each of candidates) {
    differences.push(compare(await featuresOf(each, pixels, most, sizePx), expected));
  }
  const rates = await inTurns(candidates, Number(options.rounds), (each) => rateOf(each, pixels, sizePx));
  await Promise.all(candidates.map(({ session }) => session.dispose()));
  const best = rates.map((list) => Math.max(...list.map(({ perSecond }) => perSecond)));
  const cpu = rates.map((list) => Math.min(...list.map(({ cpuMs }) => cpuMs)));
  const reference = sizes.indexOf(USUAL_SIZE);
  return candidates.map(({ size }, index) => [
    title,
    `${size}`,
    best[index]!.toFixed(1),
    median(rates[index]!.map(({ perSecond }) => perSecond)).toFixed(1),
    against(best[index]!, best[reference]),
    cpu[index]!.toFixed(2),
    // Less work is more.
    against(1 / cpu[index]!, 1 / cpu[reference]!),
    `${(differences[index]!.count * 100).toFixed(2)} %`,
    differences[index]!.largest.toExponential(1),
  ]);
}

/** By how much a rate is above another. */
function against(rate: number, other: number | undefined): string {
  return other === undefined || Number.isNaN(other) ? '' : `${((rate / other - 1) * 100).toFixed(0)} %`;
}

async function rateOf(
  { size, session }: Candidate,
  pixels: Uint8Array,
  sizePx: number,
): Promise<{ readonly perSecond: number; readonly cpuMs: number }> {
  const image = tensor('uint8', [size, sizePx, sizePx, 3], pixels.slice(0, size * sizePx * sizePx * 3));
  const before = process.cpuUsage();
  const started = performance.now();
  let images = 0;
  while (performance.now() - started < Number(options['for-ms'])) {
    await session.run({ image });
    images += size;
  }
  const { user, system } = process.cpuUsage(before);
  return {
    perSecond: (images * 1000) / (performance.now() - started),
    cpuMs: (user + system) / 1000 / images,
  };
}

async function featuresOf(
  { size, session }: Candidate,
  pixels: Uint8Array,
  images: number,
  sizePx: number,
): Promise<Float32Array> {
  const each = sizePx * sizePx * 3;
  const parts: Float32Array[] = [];
  for (let start = 0; start < images; start += size) {
    const count = Math.min(size, images - start);
    const image = tensor(
      'uint8',
      [count, sizePx, sizePx, 3],
      pixels.slice(start * each, (start + count) * each),
    );
    parts.push((await session.run({ image }))['features']!.data as Float32Array);
  }
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

/** Share of the numbers whose bits differ, and by how much of the largest number at most. */
function compare(
  features: Float32Array,
  expected: Float32Array,
): { readonly count: number; readonly largest: number } {
  let [count, largest, scale] = [0, 0, 0];
  features.forEach((value, i) => {
    if (!Object.is(value, expected[i])) count++;
    largest = Math.max(largest, Math.abs(value - expected[i]!));
    scale = Math.max(scale, Math.abs(expected[i]!));
  });
  return { count: count / features.length, largest: largest / scale };
}

async function inInt8(graph: Graph, sizePx: number): Promise<Graph> {
  return quantizeGraph(graph, await rangesOnImages(graph, [{ pixels: noise(CALIBRATION_IMAGES, sizePx) }]));
}

function noise(images: number, sizePx: number): Uint8Array {
  const random = createRandom(1);
  return Uint8Array.from({ length: images * sizePx * sizePx * 3 }, () => random.integer(256));
}
