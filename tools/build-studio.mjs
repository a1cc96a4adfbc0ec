/** @file The studio's pages: as its server has them, and with the browser as the engine, for `graft studio --build`. */

import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundledLicenses } from './bundled-licenses.mjs';

const root = new URL('..', import.meta.url);
const place = (path) => fileURLToPath(new URL(path, root));
const { resolve } = createRequire(import.meta.url);

/** @param css - The colors of all of Graft's pages. */
export async function buildStudio(css) {
  const app = place('src/studio/app/');
  const options = {
    bundle: true,
    minify: true,
    platform: 'browser',
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    banner: { css },
    legalComments: 'none',
    logLevel: 'warning',
  };
  // Everything in three files that the studio serves itself.
  const served = place('dist/studio/app/');
  await build({ ...options, entryPoints: { app: `${app}server-page.ts` }, outdir: served });
  for (const name of ['index.html', 'icon.svg']) await cp(`${app}${name}`, `${served}${name}`);

  const browser = place('src/studio/browser/');
  const site = place('dist/studio/site/');
  await rm(site, { recursive: true, force: true });
  const { metafile } = await build({
    ...options,
    metafile: true,
    // Both workers have the engine.
    splitting: true,
    // HDF5's library is a text of all letters, which escapes would make half as long again.
    charset: 'utf8',
    entryPoints: {
      app: `${app}browser-page.ts`,
      'studio-worker': `${browser}studio-worker.ts`,
      'training-worker': place('src/web/training-worker.ts'),
    },
    outdir: site,
  });
  // A script, no module: service workers are modules in few browsers.
  const service = { 'service-worker': `${browser}service-worker.ts` };
  await build({ ...options, format: 'iife', entryPoints: service, outdir: site });
  for (const name of ['index.html', 'manifest.webmanifest']) await cp(`${browser}${name}`, `${site}${name}`);
  await cp(`${app}icon.svg`, `${site}icon.svg`);
  await writeFile(`${site}NOTICES.txt`, bundledLicenses(place('.'), Object.keys(metafile.inputs)));
  await mkdir(`${site}ort`, { recursive: true });
  const threads = 'ort-wasm-simd-threaded.mjs';
  await cp(resolve(`onnxruntime-web/${threads}`), `${site}ort/${threads}`);
}
