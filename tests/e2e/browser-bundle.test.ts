/** @file What is portable, bundled for a browser: nothing of Node is left in it. */

import { readdirSync } from 'node:fs';
import { builtinModules, createRequire } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PORTABLE: readonly string[] = createRequire(import.meta.url)('../../.portable-files.cjs');

/** Packages that no browser can run. */
const NATIVE = /^(onnxruntime-node|sharp|yauzl)(\/|$)/;

/** Decodes, resizes or preprocesses images, or is a network for them. */
const FOR_IMAGES =
  /^dist\/(web\/(image-(pixels|classes)|given-images|vips|rgb-pixels|train-images)|vision\/(images\/resize-image|architectures|pretrained|backbone\/backbone)|export|inspection)/;

interface Bundled {
  /** What it imports of Node, or of packages for Node: `src/file.ts imports node:fs`. */
  readonly foreign: readonly string[];
  readonly code: string;
}

async function bundle(entryPoints: readonly string[]): Promise<Bundled> {
  const { metafile, outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [...entryPoints],
    outdir: 'out',
    write: false,
    metafile: true,
    bundle: true,
    packages: 'external',
    platform: 'browser',
    external: builtinModules.flatMap((name) => [name, `node:${name}`]),
    format: 'esm',
    minifyWhitespace: true,
    legalComments: 'none',
  });
  const isForeign = (path: string): boolean =>
    path.startsWith('node:') || builtinModules.includes(path) || NATIVE.test(path);
  const foreign = Object.entries(metafile.inputs).flatMap(([file, { imports }]) =>
    imports.filter(({ path }) => isForeign(path)).map(({ path }) => `${file} imports ${path}`),
  );
  return { foreign, code: outputFiles.map(({ text }) => text).join('\n') };
}

/** What a bundler that splits makes of a page that imports one thing from the built package, without what it installs beside. */
async function bundleOf(name: string): Promise<{ readonly files: string[]; readonly startBytes: number }> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    stdin: { contents: `export { ${name} } from './dist/web/index.js';`, resolveDir: ROOT },
    outdir: 'out',
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    minify: true,
    packages: 'external',
    platform: 'browser',
    format: 'esm',
  });
  const outputs = Object.entries(metafile.outputs);
  const started = new Set(
    outputs.flatMap(([path, { entryPoint }]) => (entryPoint === '<stdin>' ? [path] : [])),
  );
  for (const path of started) {
    const { imports } = metafile.outputs[path]!;
    for (const { path: other, kind, external } of imports)
      if (kind === 'import-statement' && external !== true) started.add(other);
  }
  const files = outputs.flatMap(([, { inputs }]) =>
    Object.entries(inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  return {
    files: [...new Set(files)],
    startBytes: [...started].reduce((sum, path) => sum + metafile.outputs[path]!.bytes, 0),
  };
}

function portableFiles(): string[] {
  return readdirSync(join(ROOT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.test|\.d)\.tsx?$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((file) => PORTABLE.some((pattern) => new RegExp(pattern).test(file)))
    .filter((file) => !file.startsWith('src/core/kernels/assembly/'));
}

describe('the portable part, bundled for a browser', () => {
  it('imports nothing of Node', async () => {
    const files = portableFiles();
    expect(files).toContain('src/core/steps/graph-step.ts');
    expect(files).toContain('src/core/weights/keras-archive.ts');
    const { foreign, code } = await bundle(files);
    expect(foreign).toEqual([]);
    expect(code.match(/\bBuffer\.\w+|\bprocess\.(?:env|pid|memoryUsage)/g)).toBeNull();
  });

  it('is what the web tier needs, and no more', async () => {
    const { foreign, code } = await bundle(['src/web/index.ts']);
    expect(foreign).toEqual([]);
    expect(code).toContain('onnxruntime-web');
  });

  it('is what a page uses of it: no code for images where texts are trained on, and no engine before it trains', async () => {
    const { files, startBytes } = await bundleOf('trainTexts');
    expect(files).toContain('dist/web/train-given-texts.js');
    expect(files.filter((file) => FOR_IMAGES.test(file))).toEqual([]);
    expect(startBytes).toBeLessThan(100_000);
    // What it looks for is there where a page trains on images.
    const { files: ofImages } = await bundleOf('train');
    expect(ofImages.filter((file) => FOR_IMAGES.test(file))).toContain('dist/web/image-pixels.js');
  });

  it('would tell an import of Node', async () => {
    const { foreign } = await bundle([
      'src/node/runtime/kernel-files.ts',
      'src/node/runtime/native-sessions.ts',
    ]);
    expect(foreign).toEqual([
      'src/node/runtime/kernel-files.ts imports node:fs/promises',
      'src/node/runtime/free-memory.ts imports node:inspector',
      'src/node/runtime/native-sessions.ts imports node:os',
      'src/node/runtime/native-sessions.ts imports onnxruntime-node',
    ]);
  });
});
