/**
 * @file What `graft check` finds of what was planted, beside ImageHash and cleanlab on the same data, and how long 100,000 images
 * take: `npx tsx bench/check.ts [--python PATH] [--scale 100000]`. The Python needs ImageHash and cleanlab
 * (tools/oracle/requirements.txt); without one the columns of the peers stay empty.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { assessLabels } from '../src/core/inspection/assess-labels.ts';
import { findLabelIssues } from '../src/core/inspection/confident-learning.ts';
import { nearestRows } from '../src/core/inspection/nearest-rows.ts';
import { predictOutOfFold } from '../src/core/inspection/out-of-fold.ts';
import { rowsInMemory } from '../src/core/inspection/row-source.ts';
import { createRandom } from '../src/core/tensor/random.ts';
import { imageFeatures } from '../src/inspection/image-features.ts';
import { loadBackbone } from '../src/node/backbones/load-backbone.ts';
import { checkedFiles } from '../src/node/inspection/checked-files.ts';
import { DEFAULT_RECIPE } from '../src/recipe/recipe.ts';
import { LOOK_SIZE, lookAt } from '../src/vision/inspection/image-look.ts';
import { findNearDuplicates } from '../src/vision/inspection/near-duplicates.ts';
import { dataSet } from './data-sets.ts';
import { table } from './figures.ts';

const ORIGINALS = 800;
const PLANTED = 200;
const CROP = { 'cropped 5%': 0.05, 'cropped 10%': 0.1 } as const;
const random = createRandom(20240607);

/** What is done to a planted image. Crops lie anywhere. */
const CHANGES: Readonly<Record<string, (file: string) => Promise<Buffer>>> = {
  'quality 30': (file) => sharp(file).jpeg({ quality: 30 }).toBuffer(),
  halved: async (file) => {
    const { width } = await sharp(file).metadata();
    return sharp(file)
      .resize(Math.ceil(width / 2))
      .jpeg()
      .toBuffer();
  },
  gray: (file) => sharp(file).grayscale().jpeg().toBuffer(),
  brighter: (file) => sharp(file).linear(1.3).jpeg().toBuffer(),
  mirrored: (file) => sharp(file).flop().jpeg().toBuffer(),
  'cropped 5%': (file) => cropped(file, CROP['cropped 5%']),
  'cropped 10%': (file) => cropped(file, CROP['cropped 10%']),
};

/** Cuts so much of each side off on average. */
async function cropped(file: string, cutOff: number): Promise<Buffer> {
  const { width, height } = await sharp(file).metadata();
  const [dx, dy] = [Math.round(width * cutOff), Math.round(height * cutOff)];
  const area = {
    left: random.integer(2 * dx + 1),
    top: random.integer(2 * dy + 1),
    width: width - 2 * dx,
    height: height - 2 * dy,
  };
  return sharp(file).extract(area).jpeg({ quality: 90 }).toBuffer();
}

const { values: flags } = parseArgs({
  options: {
    python: { type: 'string', default: process.env['GRAFT_BENCH_PYTHON'] ?? '' },
    scale: { type: 'string', default: '100000' },
    case: { type: 'string', default: 'duplicates,labels,scale' },
  },
});
const cases = flags.case.split(',');
const folder = mkdtempSync(join(tmpdir(), 'graft-bench-check-'));
try {
  const data = dataSet('cats-vs-dogs');
  if (data === undefined) console.log('duplicates and labels are left out: there is no ../shared/data');
  else {
    if (cases.includes('duplicates')) await benchDuplicates(data);
    if (cases.includes('labels')) await benchLabels(data);
  }
  if (cases.includes('scale')) await benchScale(Number(flags.scale));
} finally {
  rmSync(folder, { recursive: true });
}

async function benchDuplicates(data: string): Promise<void> {
  const originals = random.shuffle(imagesBelow(data)).slice(0, ORIGINALS);
  const backbone = await loadBackbone(DEFAULT_RECIPE.backbone, { upToCut: true });
  const files = [...originals];
  for (const [kind, change] of Object.entries(CHANGES)) {
    const own = join(folder, kind.replace(/\W/g, ''));
    mkdirSync(own);
    for (const file of originals.slice(0, PLANTED)) {
      const path = join(own, basename(file));
      writeFileSync(path, await change(file));
      files.push(path);
    }
  }
  const evidence = await imageFeatures(
    backbone,
    files.map((file) => ({ file, label: 0 })),
    checkedFiles,
  );
  const all = await evidence.features.read(0, files.length);
  const { width } = evidence.features;
  const rows: string[][] = [];
  for (const [index, kind] of Object.keys(CHANGES).entries()) {
    const first = ORIGINALS + index * PLANTED;
    const places = [...files.keys()].filter((i) => i < ORIGINALS || (i >= first && i < first + PLANTED));
    const features = new Float32Array(places.length * width);
    places.forEach((place, row) => {
      features.set(all.subarray(place * width, (place + 1) * width), row * width);
    });
    const looks = places.map((place) => evidence.looks[place]);
    const names = places.map((place) => basename(files[place]!));
    const started = performance.now();
    const neighbors = await nearestRows(rowsInMemory(features, width), { k: 10 });
    const pairs = await findNearDuplicates(looks, { neighbors });
    const seconds = (performance.now() - started) / 1000;
    const isPlanted = (a: number, b: number): boolean => names[a] === names[b];
    const right = pairs.filter(({ a, b }) => isPlanted(a, b)).length;
    const peer = hashPairs(places.map((place) => files[place]!))?.filter(([a, b]) => a! < b!);
    const peerRight = peer?.filter(([a, b]) => isPlanted(a!, b!)).length;
    rows.push([
      kind,
      (right / PLANTED).toFixed(3),
      String(pairs.length - right),
      peerRight === undefined ? '' : (peerRight / PLANTED).toFixed(3),
      peer === undefined ? '' : String(peer.length - peerRight!),
      seconds.toFixed(1),
    ]);
  }
  console.log(
    `${PLANTED} planted among ${ORIGINALS}: ${(((ORIGINALS + PLANTED) * (ORIGINALS + PLANTED - 1)) / 2).toLocaleString('en')} pairs`,
  );
  console.log('other pairs: dog.74.jpg and dog.180.jpg are one photograph');
  console.log(table(['planted', 'recall', 'other pairs', 'ImageHash', 'other pairs ', 's'], rows));
}

async function benchLabels(data: string): Promise<void> {
  const files = imagesBelow(data);
  const labels = Uint32Array.from(files, (file) => (basename(dirname(file)) === 'cats' ? 0 : 1));
  const backbone = await loadBackbone(DEFAULT_RECIPE.backbone, { upToCut: true });
  const { features } = await imageFeatures(
    backbone,
    files.map((file, i) => ({ file, label: labels[i]! })),
    checkedFiles,
  );
  const rows: string[][] = [];
  for (const rate of [0.02, 0.05, 0.1]) {
    const scores: number[][] = [];
    for (let draw = 0; draw < 5; draw++) {
      const chance = createRandom(100 + draw);
      const places = chance.shuffle([...files.keys()]).slice(0, Math.round(files.length * rate));
      const flipped = new Set(places);
      const given = labels.map((label, i) => (flipped.has(i) ? 1 - label : label));
      const found = await assessLabels(features, {
        samples: files.map((file, i) => ({ file, label: given[i]! })),
        numClasses: 2,
        together: [],
        seed: draw,
      });
      const foldOf = new Uint8Array(files.length);
      chance.shuffle([...files.keys()]).forEach((row, i) => {
        foldOf[row] = i % 5;
      });
      const first = await predictOutOfFold(features, {
        labels: given,
        numClasses: 2,
        foldOf,
        folds: 5,
        fractions: [],
        seed: draw,
        suspects: () => [],
      });
      const own = findLabelIssues({ labels: given, probabilities: first.probabilities, numClasses: 2 });
      const peer = cleanlabIssues(given, first.probabilities);
      scores.push(
        [found!.issues.map(({ row }) => row), own.map(({ row }) => row), peer ?? []].flatMap((issues) => {
          const hit = issues.filter((row) => flipped.has(row)).length;
          return [hit / Math.max(1, issues.length), hit / flipped.size];
        }),
      );
      if (peer !== undefined && JSON.stringify(peer) !== JSON.stringify(own.map(({ row }) => row))) {
        console.log(`draw ${draw} at ${rate}: cleanlab finds ${peer.length}, one round ${own.length}`);
      }
    }
    const mean = (index: number): string =>
      (scores.reduce((sum, each) => sum + each[index]!, 0) / scores.length).toFixed(3);
    rows.push([`${rate * 100}%`, mean(0), mean(1), mean(2), mean(3), mean(4), mean(5)]);
  }
  console.log(
    `labels flipped, ${files.length} images, mean of 5 draws; "one round" and cleanlab on the same probabilities`,
  );
  console.log(table(['flipped', 'precision', 'recall', 'one round P', 'R', 'cleanlab P', 'R '], rows));
}

/** Features and looks by chance, as many as asked: what a check does after they are read from the cache. */
async function benchScale(count: number): Promise<void> {
  const width = 160;
  const numClasses = 10;
  const chance = createRandom(1);
  const features = Float32Array.from({ length: count * width }, () => chance.uniform() - 0.45);
  const labels = Uint32Array.from({ length: count }, (_, row) => row % numClasses);
  const pixels = new Uint8Array(LOOK_SIZE * LOOK_SIZE * 3).map(() => chance.integer(256));
  const base = lookAt(pixels, { width: 400, height: 300 });
  const looks = Array.from({ length: count }, () => ({
    ...base,
    hashes: Uint32Array.from(base.hashes, () => chance.integer(2 ** 31) * 2 + chance.integer(2)),
    mirroredHashes: Uint32Array.from(base.hashes, () => chance.integer(2 ** 31) * 2 + chance.integer(2)),
    thumbnail: Uint8Array.from(base.thumbnail, () => chance.integer(256)),
  }));
  const time = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const [started, used] = [performance.now(), process.cpuUsage()];
    const result = await work();
    const { user, system } = process.cpuUsage(used);
    console.log(
      `${count.toLocaleString('en')} images: ${what} ${((performance.now() - started) / 1000).toFixed(0)} s, ` +
        `${((user + system) / 1e6).toFixed(0)} s of processor time`,
    );
    return result;
  };
  const source = rowsInMemory(features, width);
  const neighbors = await time('neighbors', () => nearestRows(source, { k: 10 }));
  await time('near duplicates', () => findNearDuplicates(looks, { neighbors }));
  await time('labels', () =>
    assessLabels(source, {
      samples: [...labels].map((label, row) => ({ file: `${row}.jpg`, label })),
      numClasses,
      together: [],
      seed: 0,
    }),
  );
  console.log(`largest resident memory ${(process.resourceUsage().maxRSS / 1e6).toFixed(2)} GB`);
}

function imagesBelow(root: string): string[] {
  const names = readdirSync(root, { recursive: true }) as string[];
  return names
    .filter((name) => name.endsWith('.jpg'))
    .sort()
    .map((name) => join(root, name));
}

/** Pairs whose pHash differs in at most 10 bits. */
function hashPairs(files: readonly string[]): readonly (readonly number[])[] | undefined {
  return peer('duplicates', { files }) as readonly (readonly number[])[] | undefined;
}

function cleanlabIssues(labels: Uint32Array, probabilities: Float64Array): number[] | undefined {
  return peer('labels', { labels: [...labels], probabilities: [...probabilities] }) as number[] | undefined;
}

function peer(what: string, input: unknown): unknown {
  if (flags.python === '') return undefined;
  const script = fileURLToPath(new URL('check_peers.py', import.meta.url));
  const output = execFileSync(flags.python, [script, what], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  return JSON.parse(output);
}
