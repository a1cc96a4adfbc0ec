/** @file What the documents say in TypeScript: samples that compile, names that there are, links that lead somewhere. */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as graft from '../../src/index.ts';
import { initializers, layers, losses, metrics, optimizers, preprocessing } from '../../src/index.ts';
import { temporaryFolder } from '../support/picture-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => join('docs', name))].filter(
  (name) => name.endsWith('.md'),
);
const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

/** Blocks of TypeScript that stand alone. */
const samples = pages.flatMap((page) =>
  [...textOf(page).matchAll(/^```ts\n([\s\S]*?)^```$/gm)]
    .map(([, code = ''], index) => ({ name: `${page}, ${index + 1}`, code }))
    .filter(({ code }) => code.includes("from 'graft'")),
);

/** A package of the same pages, without ONNX Runtime, which takes a minute to pack, and without code. */
async function packageOfPages(): Promise<string> {
  const folder = await temporaryFolder();
  const { bundleDependencies: _, ...described } = JSON.parse(textOf('package.json'));
  await writeFile(join(folder, 'package.json'), JSON.stringify(described));
  for (const entry of described.files as string[]) {
    if (entry === 'dist') continue;
    // Of a pattern, its whole folder: npm chooses.
    const path = entry.includes('*') ? dirname(entry) : entry;
    await cp(join(ROOT, path), join(folder, path), { recursive: true });
  }
  return folder;
}

/** Errors of all samples, by sample, with the library's own types behind `'graft'`. */
function errorsOf(): ReadonlyMap<string, readonly string[]> {
  const files = new Map(
    samples.map(({ name, code }, i) => [join(ROOT, 'docs', `sample-${i}.ts`), { name, code }]),
  );
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  Object.assign(options, {
    paths: { graft: [join(ROOT, 'src/index.ts')] },
    noUnusedLocals: false,
    allowImportingTsExtensions: true,
  });
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (path) => files.has(path) || fileExists(path);
  host.readFile = (path) => files.get(path)?.code ?? readFile(path);
  host.getSourceFile = (path, ...rest) => {
    const sample = files.get(path);
    if (sample === undefined) return getSourceFile(path, ...rest);
    return ts.createSourceFile(path, sample.code, {
      languageVersion: ts.ScriptTarget.ES2023,
      impliedNodeFormat: ts.ModuleKind.ESNext,
    });
  };
  const program = ts.createProgram([...files.keys()], options, host);
  return new Map(
    [...files].map(([path, { name }]) => {
      const source = program.getSourceFile(path);
      const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
      return [name, found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))];
    }),
  );
}

describe('a sample of TypeScript', () => {
  it('compiles against the library', () => {
    expect(samples.length).toBeGreaterThan(2);
    const errors = errorsOf();
    expect(Object.fromEntries([...errors].filter(([, found]) => found.length > 0))).toEqual({});
  });
});

/** What stands for Graft in a table of two languages: the code in its last column. */
const spans = pages
  .filter((page) => page.includes('coming-from'))
  .flatMap((page) => [...textOf(page).matchAll(/^\| .*\| (.*?) *\|$/gm)].map(([, cell = '']) => cell))
  .flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code));

const FACTORIES = { initializers, layers, losses, metrics, optimizers, preprocessing };

describe('what stands beside Keras and TensorFlow.js', () => {
  it('calls functions that the library has', () => {
    const called = spans.flatMap((code) =>
      [...code.matchAll(/(?<![.\w])([a-z]\w*)\(/g)].map(([, name = '']) => name),
    );
    expect(called.length).toBeGreaterThan(15);
    // Methods, of a callback and of a session.
    const known = [...Object.keys(graft), 'onEpochEnd', 'dispose'];
    expect(called.filter((name) => !known.includes(name))).toEqual([]);
  });

  it.each(Object.entries(FACTORIES))('names %s that there are', (factory, made) => {
    const named = spans.flatMap((code) =>
      [...code.matchAll(new RegExp(`\\b${factory}\\.(\\w+)`, 'g'))].map(([, name = '']) => name),
    );
    expect(named.filter((name) => !Object.hasOwn(made, name))).toEqual([]);
  });
});

describe('a link', () => {
  const links = pages.flatMap((page) =>
    [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = '']) => ({
      page,
      target: relative(ROOT, join(ROOT, dirname(page), link)),
    })),
  );

  it('leads to a file', () => {
    expect(links.length).toBeGreaterThan(20);
    expect(links.filter(({ target }) => !existsSync(join(ROOT, target)))).toEqual([]);
  });

  it('leads to a file of the package, but for links to the source itself', async () => {
    const [pack] = JSON.parse(
      execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
        cwd: await packageOfPages(),
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }),
    ) as [{ files: { path: string }[] }];
    const packed = pack.files.map(({ path }) => path);
    const missing = links.filter(({ target }) => !target.startsWith('src/') && !packed.includes(target));
    expect(missing).toEqual([]);
  });
});
