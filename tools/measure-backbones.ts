/**
 * @file Fills the tables of docs/which-backbone.md: what the pretrained configs say, processor time measured on this machine,
 * and accuracies on the shared data sets with the backbones that need no download.
 *
 *     npx tsx tools/measure-backbones.ts [--times]          # sizes; with times some ten minutes
 *     npm run build && npx tsx tools/measure-backbones.ts --accuracy
 *
 * Times are of one thread of ONNX Runtime in processor seconds, which other programs on the machine disturb least, with random
 * weights: times do not depend on them.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countMultiplications } from '../bench/networks.ts';
import { createFrozenSession } from '../src/core/features/frozen-session.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { tensor } from '../src/core/tensor/tensor.ts';
import { loadBackbone } from '../src/node/backbones/load-backbone.ts';
import type { Backbone } from '../src/vision/backbone/backbone.ts';
import { imageGraph } from '../src/vision/preprocessing/image-graph.ts';
import type { PretrainedConfig } from '../src/vision/pretrained/pretrained-config.ts';
import { pretrainedConfigs } from '../src/vision/pretrained/pretrained-configs.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGE = join(ROOT, 'docs/which-backbone.md');
const MAIN = join(ROOT, 'dist/cli/main.js');
const SHARED = join(ROOT, '../shared');
const DATA_SETS = ['cats-vs-dogs', 'horses-or-humans'];
/** Title, and what follows `--backbone`. */
const OFFLINE: readonly (readonly [title: string, backbone: string])[] = [
  ['`mobilenet_v2_openimages`, the default', 'mobilenet_v2_openimages'],
  [
    'MobileNetV2 1.0, ImageNet, from a TFLite file',
    join(SHARED, 'weights/mobilenet_v2_1.0_224_quant.tflite'),
  ],
  [
    'MobileNetV2 0.35, ImageNet, from Teachable Machine',
    join(SHARED, 'weights/teachable-machine-mobilenet_v2_0.35'),
  ],
];
const FEWEST_RUNS = 3;
const MIN_CPU_MS = 300;

const isTimed = process.argv.includes('--times');
if (process.argv.includes('--accuracy')) fill('accuracy', accuracies(), true);
else fill('networks', await networks(isTimed), isTimed);

async function networks(isTimed: boolean): Promise<readonly (readonly string[])[]> {
  const rows = [];
  for (const config of pretrainedConfigs) {
    const row = [
      `\`${config.id}\``,
      `${(config.parameters / 1e6).toFixed(1)} M`,
      `${Math.round((config.parameters * 4) / 1e6)} MB`,
      `${config.defaultSizePx}`,
      inDigits(await billionMultiplications(config)),
      ...(isTimed ? [inDigits(await cpuMs(config))] : []),
      config.top1 === undefined ? '' : percent(config.top1),
    ];
    console.log(row.join('  '));
    rows.push(row);
  }
  const times = isTimed ? ['CPU ms/image'] : [];
  const titles = ['network', 'parameters', 'float32', 'px', 'G mult/image', ...times, 'top-1'];
  return [titles, titles.map((_, column) => (column === 0 ? '---' : '--:')), ...rows];
}

/** Of all convolutions up to the default cut, for one image at the network's own size. */
async function billionMultiplications(config: PretrainedConfig): Promise<number> {
  const { model, cut } = await atOwnSize(config);
  return countMultiplications(model, model.getLayer(cut).output) / 1e9;
}

/** With random weights, which are drawn when they are read. */
function atOwnSize({ id, defaultSizePx }: PretrainedConfig): Promise<Backbone> {
  return loadBackbone(id, { weights: 'random', inputShape: [defaultSizePx, defaultSizePx, 3] });
}

/** Median processor milliseconds of one image at the network's own size, up to the default cut. */
async function cpuMs(config: PretrainedConfig): Promise<number> {
  const { model, preprocessing, cut } = await atOwnSize(config);
  const graph = imageGraph(model, model.getLayer(cut).output, { preprocessing, output: 'features' });
  const session = await createFrozenSession(graph, { threads: 1 });
  const random = createRandom(1);
  const { defaultSizePx: size } = config;
  const image = tensor(
    'uint8',
    [1, size, size, 3],
    Uint8Array.from({ length: size * size * 3 }, () => random.integer(256)),
  );
  await session.run({ image });
  const times: number[] = [];
  for (let spent = 0; times.length < FEWEST_RUNS || spent < MIN_CPU_MS; ) {
    const before = process.cpuUsage();
    await session.run({ image });
    const { user, system } = process.cpuUsage(before);
    times.push((user + system) / 1_000);
    spent += times.at(-1)!;
  }
  await session.dispose();
  return times.toSorted((a, b) => a - b)[times.length >> 1]!;
}

/** `graft train` with its defaults: validation accuracy and its interval. */
function accuracies(): readonly (readonly string[])[] {
  if (!existsSync(SHARED)) throw new Error('The data sets are missing: ../shared/data.');
  const work = mkdtempSync(join(tmpdir(), 'graft-backbones-'));
  try {
    const rows = OFFLINE.map(([title, backbone], index) => [
      title,
      ...DATA_SETS.map((name) => {
        const out = join(work, `${name}-${index}`);
        const args = ['train', join(SHARED, 'data', name), '--backbone', backbone, '--out', out, '--json'];
        const { validation } = JSON.parse(
          execFileSync(process.execPath, [MAIN, ...args], {
            env: { ...process.env, GRAFT_HOME: join(work, 'home') },
            maxBuffer: 2 ** 28,
            stdio: ['ignore', 'pipe', 'ignore'],
          }).toString(),
        );
        const [low, high] = validation.interval;
        const cell = `${percent(validation.accuracy)} [${percent(low)}, ${percent(high)}]`;
        console.log(title, name, cell);
        return cell;
      }),
    ]);
    return [['backbone', ...DATA_SETS], ['---', '---', '---'], ...rows];
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Puts a table between its two marks in the page. */
function fill(name: string, rows: readonly (readonly string[])[], isMeasured: boolean): void {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const page = readFileSync(PAGE, 'utf8');
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PAGE}: expected "${begin}" and "${end}".`);
  const table = rows.map((row) => `| ${row.join(' | ')} |`).join('\n');
  const by = isMeasured ? `\n\nMeasured on ${cpus()[0]?.model ?? 'this machine'}.` : '';
  writeFileSync(PAGE, `${page.slice(0, from + begin.length)}\n\n${table}${by}\n\n${page.slice(to)}`);
}

function inDigits(number: number): string {
  return number.toFixed(number < 1 ? 2 : number < 10 ? 1 : 0);
}

function percent(fraction: number): string {
  return `${(fraction * 100).toFixed(1)}%`;
}
