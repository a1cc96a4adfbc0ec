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

  it('would tell an import of Node', async () => {
    const { foreign } = await bundle([
      'src/node/runtime/kernel-files.ts',
      'src/node/runtime/native-sessions.ts',
    ]);
    expect(foreign).toEqual([
      'src/node/runtime/kernel-files.ts imports node:fs/promises',
      'src/node/runtime/native-sessions.ts imports node:os',
      'src/node/runtime/native-sessions.ts imports onnxruntime-node',
    ]);
  });
});
