import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../src/artifacts/graft-version.ts';

const read = async (file: string): Promise<string> =>
  readFile(new URL(`../${file}`, import.meta.url), 'utf8');

describe('the package', () => {
  it('is installed without the script that downloads GPU libraries', async () => {
    const { bundleDependencies, allowScripts, scripts } = JSON.parse(await read('package.json'));
    // Of those who depend on Graft: ONNX Runtime travels in the package, without its script.
    expect(bundleDependencies).toContain('onnxruntime-node');
    expect(scripts.prepack).toBe('node tools/bundle-packages.mjs');
    // Of those who work on it: npm 11 asks this, older ones run what the lock file says has a script.
    expect(allowScripts['onnxruntime-node']).toBe(false);
    const lock = JSON.parse(await read('package-lock.json'));
    expect(lock.packages['node_modules/onnxruntime-node']).not.toHaveProperty('hasInstallScript');
  });

  it('tells its version wherever it runs', async () => {
    expect(VERSION).toBe(JSON.parse(await read('package.json')).version);
  });

  it('finds the platform from its source as it does when it is built', async () => {
    const { imports: built } = JSON.parse(await read('package.json'));
    const { imports: source } = JSON.parse(await read('src/package.json'));
    const asBuilt = (path: string): string => path.replace('./', './dist/').replace(/\.ts$/, '.js');
    expect(built['#runtime']).toEqual({
      browser: asBuilt(source['#runtime'].browser),
      default: asBuilt(source['#runtime'].default),
    });
  });

  it('tells bundlers of what is imported for what it does alone, which they would leave out', async () => {
    const { sideEffects } = JSON.parse(await read('package.json'));
    const sources = (await readdir(new URL('../src', import.meta.url), { recursive: true })).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.startsWith('studio/app/'),
    );
    const imported: string[] = [];
    for (const file of sources) {
      for (const [, path] of (await read(`src/${file}`)).matchAll(/^import '(\.[^']+)\.ts';$/gm)) {
        imported.push(`./dist/${join(dirname(file), path!)}.js`);
      }
    }
    expect(imported).not.toEqual([]);
    expect(sideEffects).toEqual(expect.arrayContaining(imported));
  });

  it('needs no package of browsers in Node', async () => {
    const { dependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(await read('package.json'));
    const packages = ['onnxruntime-web', 'wasm-vips'];
    expect(packages.filter((name) => Object.hasOwn(dependencies, name))).toEqual([]);
    expect(Object.keys(peerDependencies)).toEqual(packages);
    expect(peerDependenciesMeta).toEqual(
      Object.fromEntries(packages.map((name) => [name, { optional: true }])),
    );
  });

  it('names whose packages travel in it', async () => {
    const { bundleDependencies } = JSON.parse(await read('package.json'));
    const notices = await read('THIRD-PARTY-NOTICES.md');
    expect(bundleDependencies.filter((name: string) => !notices.includes(name))).toEqual([]);
  });

  it('has no setting that npm does not know', async () => {
    const settings = (await read('.npmrc')).split('\n').filter((line) => /^[^#\s]/.test(line));
    expect(settings).toEqual(['legacy-peer-deps=true']);
  });
});
