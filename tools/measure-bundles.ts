/**
 * @file What a page starts with that imports one thing of `graft-ml/web`, by Vite: the bytes of JavaScript that are loaded before it is
 * called, and of what may be loaded then, without workers.
 *
 *     npm run build && npx tsx tools/measure-bundles.ts trainTexts Classifier
 */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Rolldown } from 'vite';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

for (const name of process.argv.slice(2)) {
  const chunks = await bundle(name);
  const started = new Set(chunks.filter(({ isEntry }) => isEntry).map(({ fileName }) => fileName));
  for (const file of started)
    for (const other of chunks.find(({ fileName }) => fileName === file)?.imports ?? []) started.add(other);
  const sum = (some: readonly Rolldown.OutputChunk[]): string =>
    some.reduce((bytes, { code }) => bytes + Buffer.byteLength(code), 0).toLocaleString('en');
  const [first, rest] = [true, false].map((isFirst) =>
    sum(chunks.filter(({ fileName }) => started.has(fileName) === isFirst)),
  );
  console.log(`${name}: starts with ${first} bytes; ${rest} more may be loaded when it is called`);
}

/** In a folder of the project, whose packages are found from there. */
async function bundle(name: string): Promise<readonly Rolldown.OutputChunk[]> {
  const root = await mkdtemp(join(ROOT, '.bundle-'));
  try {
    await writeFile(join(root, 'index.html'), '<script type="module" src="./page.js"></script>');
    await writeFile(
      join(root, 'page.js'),
      `import { ${name} } from '../dist/web/index.js';\nglobalThis.used = ${name};\n`,
    );
    const output = (await build({
      root,
      logLevel: 'error',
      worker: { format: 'es' },
      build: { write: false, modulePreload: false },
    })) as Rolldown.RolldownOutput;
    return output.output.filter((each) => each.type === 'chunk');
  } finally {
    await rm(root, { recursive: true });
  }
}
