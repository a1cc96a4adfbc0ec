/** @file Exports of a run's model, made in the browser and kept until they are downloaded. */

import { zipSync } from 'fflate';
import { exportModel } from '../../web/export-model.ts';
import { createWebRuntime } from '../../web/runtime.ts';
import { EXPORT_KINDS, exportName, type StudioFormat } from '../engine/export-kinds.ts';
import type { ExportResult } from '../engine/run-state.ts';
import type { KeptFiles } from './kept-files.ts';
import { exportPlace } from './kept-places.ts';
import { fetchSite, SITE, siteAddress, siteRuntime } from './wasm-files.ts';

/**
 * Exports a model: a page of it, or its layers.
 *
 * @param model - The bytes of the run's model file.
 * @throws {GraftError} As `exportModel`; `file-write`.
 */
export async function makeExport(
  kept: KeptFiles,
  { run, format, model }: { readonly run: string; readonly format: StudioFormat; readonly model: Uint8Array },
): Promise<ExportResult> {
  const { files, largestDifference } =
    format === 'web' ? await pageFiles(model) : await layerFiles(format, model);
  const isArchive = EXPORT_KINDS[format].ending === 'zip';
  // What is in it hardly gets smaller: weights look random, and the page's library is packed.
  const bytes = isArchive ? zipSync(Object.fromEntries(files), { level: 0 }) : [...files.values()][0]!;
  await kept.write(exportPlace(run, format), bytes);
  return { format, out: exportName(run, format), files: [...files.keys()], largestDifference };
}

interface MadeFiles {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly largestDifference: number | null;
}

async function layerFiles(format: Exclude<StudioFormat, 'web'>, model: Uint8Array): Promise<MadeFiles> {
  const runtime = createWebRuntime(await siteRuntime());
  return exportModel(model, { format, runtime, backbone: siteAddress(SITE.network) });
}

/** What of the page's folder goes with a model of images. */
const PAGE_FILES = [
  'README.md',
  'NOTICES.txt',
  'examples/plain.html',
  'examples/server.mjs',
  'examples/vite/index.html',
  'examples/vite/main.js',
  'examples/vite/package.json',
  'examples/vite/vite.config.js',
  'graft.js',
  'icon.svg',
  'onnxruntime.wasm.gz',
  'page.css',
  'page.js',
  'worker.js',
  'index.html',
];

/** As `graft export --to web` writes a folder. */
async function pageFiles(model: Uint8Array): Promise<MadeFiles> {
  const files = new Map([['model.onnx', model]]);
  for (const name of PAGE_FILES) files.set(name, await fetchSite(`${SITE.page}${name}`));
  return { files, largestDifference: null };
}
