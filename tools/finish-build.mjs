/** @file The last step of a build: what tsc does not copy, the command line in few files, and its right to be run. */

import { chmod, cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { builtinModules, createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { buildStudio } from './build-studio.mjs';
import { bundledLicenses } from './bundled-licenses.mjs';
import { joinChunks } from './join-chunks.mjs';

const root = new URL('..', import.meta.url);
const commandFolder = new URL('dist/cli/', root);
const command = fileURLToPath(new URL('main.js', commandFolder));
await cp(new URL('src/core/kernels/build', root), new URL('dist/core/kernels/build', root), {
  recursive: true,
});
// Node takes 0.3 s to find and read 700 files, in every run. What a command imports when it needs it stays apart.
const { outputFiles, metafile: commandMetafile } = await build({
  entryPoints: [command],
  write: false,
  metafile: true,
  outdir: fileURLToPath(commandFolder),
  bundle: true,
  splitting: true,
  // They look for files beside themselves.
  external: ['sharp', 'onnxruntime-*', 'h5wasm', 'h5wasm/*', '@energetic-ai/*', '@mediapipe/*'],
  // What looks for files beside itself is two folders deep, as all of dist/node/ is.
  banner: {
    js: `import { createRequire as requireFrom } from 'node:module';
const bundledUrl = new URL('../node/bundled/main.js', import.meta.url).href;
const require = requireFrom(bundledUrl);`,
  },
  define: { 'import.meta.url': 'bundledUrl' },
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Names are kept: they stand in the traces of bugs.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: 'none',
  logLevel: 'warning',
});
const { TOKENS_CSS } = await import(new URL('dist/ui/tokens.js', root));
await buildStudio(TOKENS_CSS);
// The default backbone up to its cut, for pages: it lies beside the program that asks for it.
const { loadBackbone } = await import(new URL('dist/node/backbones/load-backbone.js', root));
const { encodeBackbone } = await import(new URL('dist/vision/backbone/backbone-file.js', root));
const backbone = await loadBackbone('mobilenet_v2_openimages', { upToCut: true });
await writeFile(new URL('dist/web/mobilenet_v2_openimages.safetensors', root), encodeBackbone(backbone));
// The page of exported models, which ONNX Runtime for browsers belongs to: packed it is 3.7 MB.
const web = fileURLToPath(new URL('src/web-page/', root));
const webFolder = fileURLToPath(new URL('dist/web-page/', root));
const webBuild = {
  outdir: webFolder,
  bundle: true,
  minify: true,
  platform: 'browser',
  format: 'esm',
  target: 'es2022',
  legalComments: 'none',
  logLevel: 'warning',
};
const { metafile } = await build({ ...webBuild, metafile: true, entryPoints: [`${web}graft.ts`] });
await writeFile(
  `${webFolder}NOTICES.txt`,
  bundledLicenses(fileURLToPath(root), Object.keys(metafile.inputs)),
);
await build({
  ...webBuild,
  entryPoints: [`${web}page.ts`, `${web}worker.ts`, `${web}page.css`],
  banner: { css: TOKENS_CSS },
  plugins: [
    {
      name: 'one-library',
      setup: ({ onResolve }) =>
        onResolve({ filter: /^\.\/graft\.ts$/ }, () => ({ path: './graft.js', external: true })),
    },
  ],
});
for (const name of ['index.html', 'icon.svg', 'README.md', 'examples'])
  await cp(`${web}${name}`, `${webFolder}${name}`, { recursive: true });
const ort = createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');
await writeFile(`${webFolder}onnxruntime.wasm.gz`, gzipSync(await readFile(ort), { level: 9 }));
// SHA-256 for browsers is small, and one package less to install for everyone else.
const sha256 = fileURLToPath(new URL('dist/web/sha256.js', root));
await build({
  entryPoints: [sha256],
  outfile: sha256,
  allowOverwrite: true,
  bundle: true,
  platform: 'browser',
  format: 'esm',
  target: 'es2022',
  legalComments: 'inline',
  logLevel: 'warning',
});
// Nothing else in there is part of the library.
await rm(commandFolder, { recursive: true });
await mkdir(commandFolder);
const joined = await joinChunks(
  outputFiles,
  command,
  [
    'main',
    'text-work-\\w+',
    'load-backbone-\\w+',
    'graph-step-\\w+',
    'report-\\w+',
    'further-commands-\\w+',
  ].map((name) => new RegExp(`/${name}\\.js$`)),
  // The same as above, and what Node has.
  ['sharp', /^(node:|onnxruntime-|h5wasm|@energetic-ai\/|@mediapipe\/)/, ...builtinModules],
);
for (const { path, contents } of joined) await writeFile(path, contents);
await writeFile(
  new URL('NOTICES.txt', commandFolder),
  bundledLicenses(fileURLToPath(root), Object.keys(commandMetafile.inputs)),
);
await chmod(command, 0o755);
