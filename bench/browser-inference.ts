/**
 * @file An image's features in a browser: Graft's web runtime beside TensorFlow.js' WebAssembly backend, MobileNetV2 at 224 px with the same
 * weights and pixels, in the same Chromium, by turns.
 *
 *     npm run build && npx tsx bench/browser-inference.ts [--rounds N] [--runs N] [--ways one,threads,workers]
 *
 * Packages to compare with go to a folder outside the project, once.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadBackbone } from '../src/node/backbones/load-backbone.ts';
import { encodeBackbone } from '../src/vision/backbone/backbone-file.ts';
import { type PageServer, startPageServer } from '../tests/e2e/browser-server.ts';
import type { InferenceName, InferencePage } from './browser-inference-page.ts';
import { processorMs } from './browser-processes.ts';
import { figuresOf, ratioOf, showFigures, showRatio, table } from './figures.ts';
import { setUpPeers } from './peers.ts';
import { openRemotePage } from './remote-page.ts';
import { inTurns } from './rounds.ts';

const SIZE_PX = 224;
/** What Graft takes features from by default, and the end of the network. */
const CUTS = ['block_15_add', 'out_relu'] as const;
/** How Graft computes, and on how many images: a single one, and what a training computes at once in a session and in two workers. */
const WAYS = {
  one: { threads: 1, sideBySide: false, batches: [1, 4] },
  threads: { threads: 2, sideBySide: false, batches: [1, 4] },
  workers: { threads: 2, sideBySide: true, batches: [8] },
} as const;
type Way = (typeof WAYS)[keyof typeof WAYS];
/** Of the largest feature; both round, in another order. */
const TOLERANCE = 1e-4;
const NAMES: readonly InferenceName[] = ['graft', 'tfjs'];
const PROGRAMS = [
  'tfjs-core/dist/tf-core',
  'tfjs-backend-cpu/dist/tf-backend-cpu',
  'tfjs-backend-wasm/dist/tf-backend-wasm',
];
const WASM_FILES = ['', '-simd', '-threaded-simd'].map((kind) => `tfjs-backend-wasm${kind}.wasm`);

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    runs: { type: 'string', default: '12' },
    ways: { type: 'string', default: Object.keys(WAYS).join() },
  },
});
const peers = await setUpPeers({ names: ['tfjs'], python: undefined, report: console.log });
if (peers.tfjs === undefined) throw new Error(peers.leftOut.join('\n'));

const server = await startPageServer({
  page: fileURLToPath(new URL('browser-inference-page.ts', import.meta.url)),
  worker: fileURLToPath(new URL('../dist/web/training-worker.js', import.meta.url)),
});
try {
  await serveNetwork(server);
  serveTfjs(server, join(peers.tfjs, 'node_modules/@tensorflow'));
  const rows: string[][] = [];
  for (const name of options.ways.split(',')) {
    const way = WAYS[name as keyof typeof WAYS];
    for (const cut of CUTS) rows.push(...(await measure(way, cut)));
  }
  console.log(
    table(
      ['to', 'threads', 'batch', 'Graft ms', 'TF.js ms', 'fastest of all', 'by rounds', 'processor time'],
      rows,
      1,
    ),
  );
  console.log(
    'Milliseconds an image: the fastest run of a round, its median over the rounds (least to most). Ratios are Graft to TensorFlow.js.',
  );
} finally {
  await server.close();
}

async function measure({ threads, sideBySide, batches }: Way, cut: string): Promise<string[][]> {
  const page = await openRemotePage<InferencePage>(server.addresses[threads === 1 ? 'plain' : 'isolated']);
  try {
    const { difference, largest } = await page.bench.open({ sizePx: SIZE_PX, cut, threads, sideBySide });
    if (!(difference <= TOLERANCE * largest)) throw new Error(`${difference} apart, of ${largest}`);
    const shown = sideBySide ? `${threads} workers` : String(threads);
    console.log(`${cut}, threads ${shown}: ${difference.toExponential(1)} apart, of ${largest.toFixed(2)}`);
    const rows: string[][] = [];
    for (const batch of batches) {
      for (const name of NAMES) await page.bench.time(name, batch, 3);
      const results = await inTurns(NAMES, Number(options.rounds), async (name) => {
        const before = processorMs(page.processId);
        const times = await page.bench.time(name, batch, Math.ceil(Number(options.runs) / batch));
        const images = times.length * batch;
        return {
          // What else the machine does only adds: the fastest run is nearest to what it takes.
          fastest: Math.min(...times) / batch,
          processor: (processorMs(page.processId) - before) / images,
        };
      });
      const of = (name: InferenceName, what: 'fastest' | 'processor'): number[] =>
        results[NAMES.indexOf(name)]!.map((result) => result[what]);
      const least = (name: InferenceName): number => Math.min(...of(name, 'fastest'));
      rows.push([
        cut,
        shown,
        String(batch),
        ...NAMES.map((name) => showFigures(figuresOf(of(name, 'fastest')))),
        `${(least('graft') / least('tfjs')).toFixed(2)} x`,
        ...(['fastest', 'processor'] as const).map((what) =>
          showRatio(ratioOf(of('graft', what), of('tfjs', what))),
        ),
      ]);
    }
    return rows;
  } finally {
    await page.close();
  }
}

async function serveNetwork({ files }: PageServer): Promise<void> {
  const backbone = await loadBackbone('mobilenet_v2_openimages', {
    inputShape: [SIZE_PX, SIZE_PX, 3],
    cut: 'out_relu',
  });
  files.set('backbone.safetensors', encodeBackbone(backbone));
}

function serveTfjs({ files }: PageServer, packages: string): void {
  const programs = PROGRAMS.map((path) => readFileSync(join(packages, `${path}.min.js`)));
  files.set('tfjs.js', Buffer.concat(programs.flatMap((program) => [program, Buffer.from('\n;')])));
  for (const name of WASM_FILES) {
    files.set(name, readFileSync(join(packages, 'tfjs-backend-wasm/dist', name)));
  }
}
