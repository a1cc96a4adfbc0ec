/**
 * @file Training in a browser, from image files to a model: Graft beside `@teachablemachine/image`, in the same Chromium.
 *
 *     npm run build && npx tsx bench/browser-training.ts [IMAGES] [--graft-only]
 *
 * Packages to compare with go to a folder outside the project, once. The network of Teachable Machine has drawn weights there: its own are on a
 * server. That changes its accuracy, which is not compared, and no time.
 */

import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PageServer, startPageServer } from '../tests/e2e/browser-server.ts';
import { drawImages } from '../tests/e2e/drawn-images.ts';
import type { BenchFunctions, BenchTraining, Classes } from './browser-page.ts';
import { type BrowserMemory, processorMs, watchMemory } from './browser-processes.ts';
import { benchCacheFolder } from './cache-folder.ts';
import { showMegabytes } from './figures.ts';
import { openRemotePage } from './remote-page.ts';
import { teachableNetwork } from './teachable-network.ts';

const IMAGES = Number(process.argv[2] ?? 200);
const isGraftOnly = process.argv.includes('--graft-only');
/** Drawings; with more images than that, each file has other bytes behind its end. */
const DRAWN = 200;
const MOTIFS = ['bars', 'discs'] as const;

const server = await startPageServer({
  page: fileURLToPath(new URL('browser-page.ts', import.meta.url)),
  worker: fileURLToPath(new URL('../dist/web/training-worker.js', import.meta.url)),
});
const folder = mkdtempSync(join(tmpdir(), 'graft-bench-browser-'));
try {
  server.files.set(
    'backbone.safetensors',
    readFileSync(new URL('../dist/web/mobilenet_v2_openimages.safetensors', import.meta.url)),
  );
  const classes = await serveImages(server);
  console.log(`${IMAGES} images of 224 px, JPEG, in ${MOTIFS.length} classes`);
  for (const kind of ['isolated', 'plain'] as const) {
    console.log(
      shown('Graft, defaults', await inPage(server.addresses[kind], (page) => page.graft(classes, {}))),
    );
  }
  if (!isGraftOnly) {
    await serveTeachable(server);
    console.log(
      shown('Teachable Machine', await inPage(server.addresses.plain, (page) => page.teachable(classes))),
    );
  }
} finally {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

interface Measured extends BenchTraining {
  readonly memory: BrowserMemory;
  /** Of all of the browser's processes. */
  readonly processorSeconds: number;
}

async function inPage(
  address: string,
  ask: (page: BenchFunctions) => Promise<BenchTraining>,
): Promise<Measured> {
  const page = await openRemotePage<BenchFunctions>(address);
  const peak = watchMemory(page.processId);
  try {
    const before = processorMs(page.processId);
    const trained = await ask(page.bench);
    const processorSeconds = (processorMs(page.processId) - before) / 1000;
    return { ...trained, memory: peak(), processorSeconds };
  } finally {
    peak();
    await page.close();
  }
}

async function serveImages({ files }: PageServer): Promise<Classes> {
  const classes: Record<string, string[]> = {};
  const each = IMAGES / MOTIFS.length;
  for (const motif of MOTIFS) {
    await drawImages(folder, motif, Math.min(each, DRAWN));
    const drawn = readdirSync(join(folder, motif)).map((name) => readFileSync(join(folder, motif, name)));
    classes[motif] = Array.from({ length: each }, (_, index) => {
      const name = `${motif}${index}.jpg`;
      files.set(name, Buffer.concat([drawn[index % drawn.length]!, Buffer.from(String(index))]));
      return name;
    });
  }
  return classes;
}

async function serveTeachable({ files }: PageServer): Promise<void> {
  const packages = join(benchCacheFolder(), 'teachable-machine-0.8.5');
  if (!existsSync(join(packages, 'node_modules'))) {
    mkdirSync(packages, { recursive: true });
    writeFileSync(join(packages, 'package.json'), '{ "private": true }\n');
    const wanted = ['@teachablemachine/image@0.8.5', '@tensorflow/tfjs@1.3.1'];
    execFileSync('npm', ['install', '--no-audit', '--no-fund', ...wanted], {
      cwd: packages,
      stdio: 'inherit',
    });
  }
  const programs = [
    '@tensorflow/tfjs/dist/tf.min.js',
    '@teachablemachine/image/dist/teachablemachine-image.min.js',
  ];
  for (const program of programs)
    files.set(program.split('/').at(-1)!, readFileSync(join(packages, 'node_modules', program)));
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-cpu');
  const network = await teachableNetwork(tf, await import('@tensorflow/tfjs-layers'));
  for (const [name, bytes] of Object.entries(network)) files.set(name, bytes);
}

function shown(who: string, measured: Measured): string {
  const { seconds, featureSeconds, epochs, backend, threads, memory, processorSeconds } = measured;
  const { pageBytes, totalBytes } = memory;
  const peak = `at most ${showMegabytes(pageBytes)} MB in the page's process, ${showMegabytes(totalBytes)} MB in all of the browser's`;
  return `${who}: ${seconds.toFixed(1)} s, of which ${featureSeconds.toFixed(1)} s for features, ${processorSeconds.toFixed(1)} s of processor time, ${epochs} epochs (${backend}, ${threads} threads); ${peak}`;
}
