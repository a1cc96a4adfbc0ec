/**
 * @file The pixels of image files in a browser beside those of Node: by the browser's own decoder, which Graft takes, and by libvips in
 * WebAssembly. And what the difference does to a model's predictions.
 *
 *     npm run build && npx tsx bench/browser-pixels.ts [IMAGES]
 *
 * wasm-vips goes to a folder outside the project, once.
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
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { chromium, type Page } from 'playwright-core';
import { Classifier } from '../src/node/artifacts/classifier.ts';
import { decodeImage } from '../src/node/images/image-decoder.ts';
import { type PageServer, startPageServer } from '../tests/e2e/browser-server.ts';
import { benchCacheFolder } from './cache-folder.ts';
import { dataSet } from './data-sets.ts';
import { median, table } from './figures.ts';
import type { DecodedFile } from './pixels-page.ts';

/** Of each data set, from its images that validate. */
const IMAGES = Number(process.argv[2] ?? 200);
const SIZE = 224;
const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const WAYS = { browser: "the browser's decoder", vips: 'wasm-vips' } as const;
type Way = keyof typeof WAYS;

const server = await startPageServer({ page: fileURLToPath(new URL('pixels-page.ts', import.meta.url)) });
const folder = mkdtempSync(join(tmpdir(), 'graft-bench-pixels-'));
const browser = await chromium.launch({
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
try {
  serveVips(server);
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(server.addresses.isolated);
  await page.waitForFunction("'pixels' in globalThis");
  const rows: string[][] = [];
  for (const name of ['cats-vs-dogs', 'horses-or-humans'] as const) {
    const data = dataSet(name);
    if (data === undefined) console.log(`${name} is not here: see bench/README.md`);
    else rows.push(...(await compared(name, data, page)));
  }
  const head = [
    '',
    'decoded by',
    'mean of 255',
    'largest',
    'probability, at most',
    'other answers',
    'ms an image',
  ];
  console.log(table(head, rows));
} finally {
  await browser.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}

async function compared(name: string, data: string, page: Page): Promise<string[][]> {
  const out = join(folder, name);
  execFileSync(process.execPath, [MAIN, 'train', data, '--head', 'linear', '--epochs', '10', '--out', out]);
  const classifier = await Classifier.open(join(out, 'model.onnx'));
  const all = imagesOf(join(data, 'val'));
  const files = all
    .filter((_, index) => index % Math.max(1, Math.floor(all.length / IMAGES)) === 0)
    .slice(0, IMAGES);
  const node = await Promise.all(files.map((file) => decodeImage(file, { width: SIZE, height: SIZE })));
  const said = await Promise.all(node.map((pixels) => classifier.predictPixels(pixels, 1)));
  const rows: string[][] = [];
  for (const way of Object.keys(WAYS) as Way[]) {
    const [means, largest, probabilities, times]: number[][] = [[], [], [], []];
    let others = 0;
    for (const [index, file] of files.entries()) {
      const { pixels, ms } = await decodedInPage(page, way, file);
      const differences = pixels.map((value, place) => Math.abs(value - node[index]![place]!));
      means!.push(differences.reduce((sum, each) => sum + each, 0) / pixels.length);
      largest!.push(differences.reduce((most, each) => Math.max(most, each), 0));
      const probable = await classifier.predictPixels(pixels, 1);
      const before = said[index]!;
      probabilities!.push(Math.max(...probable.map((each, place) => Math.abs(each - before[place]!))));
      if (placeOfLargest(probable) !== placeOfLargest(before)) others++;
      // The first one also starts the library.
      if (index > 0) times!.push(ms);
    }
    rows.push([
      `${name}, ${files.length} ${extname(files[0]!).slice(1)}`,
      WAYS[way],
      (means!.reduce((sum, each) => sum + each, 0) / files.length).toFixed(3),
      String(Math.max(...largest!)),
      Math.max(...probabilities!).toFixed(4),
      `${others} of ${files.length}`,
      median(times!).toFixed(1),
    ]);
  }
  await classifier.dispose();
  return rows;
}

async function decodedInPage(
  page: Page,
  way: Way,
  file: string,
): Promise<{ readonly pixels: Uint8Array; readonly ms: number }> {
  server.files.set('image', readFileSync(file));
  const { pixels, ms } = (await page.evaluate(
    ([how, size]) =>
      (globalThis as never as { pixels: Record<string, (...all: unknown[]) => unknown> }).pixels[
        how as string
      ]!('/files/image', size),
    [way, SIZE] as const,
  )) as DecodedFile;
  return { pixels: new Uint8Array(Buffer.from(pixels, 'base64')), ms };
}

function placeOfLargest(values: Float32Array): number {
  return values.length === 1 ? Number(values[0]! > 0.5) : values.indexOf(Math.max(...values));
}

function imagesOf(root: string): string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:jpe?g|png)$/i.test(name))
    .sort()
    .map((name) => join(root, name));
}

/** Fetched once, and how much a page would have to load. */
function serveVips({ files }: PageServer): void {
  const packages = join(benchCacheFolder(), 'wasm-vips-0.0.19');
  if (!existsSync(join(packages, 'node_modules'))) {
    mkdirSync(packages, { recursive: true });
    writeFileSync(join(packages, 'package.json'), '{ "private": true }\n');
    execFileSync('npm', ['install', '--no-audit', '--no-fund', 'wasm-vips@0.0.19'], {
      cwd: packages,
      stdio: 'inherit',
    });
  }
  let [bytes, packed] = [0, 0];
  for (const name of ['vips-es6.js', 'vips.wasm']) {
    const content = readFileSync(join(packages, 'node_modules/wasm-vips/lib', name));
    files.set(name, content);
    bytes += content.length;
    packed += brotliCompressSync(content).length;
  }
  console.log(`wasm-vips: ${(bytes / 1e6).toFixed(1)} MB, ${(packed / 1e6).toFixed(1)} MB by brotli`);
}
