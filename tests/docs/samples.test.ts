/** @file What the documents say in TypeScript: samples that compile, names that there are, links that lead somewhere. */

import { existsSync } from 'node:fs';
import { cp, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { npm } from '../../tools/npm.ts';
import { blocksIn, pages, ROOT, textOf, typeErrors } from '../support/docs-pages.ts';
import { temporaryFolder } from '../support/image-folder.ts';

/** The tutorial's blocks are parts of programs in examples/, which are checked with the rest of the source. */
const samples = blocksIn('ts').filter(({ page }) => page !== 'docs/tutorial.md');

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

describe('a sample of TypeScript', () => {
  it('compiles against the library', () => {
    expect(samples.length).toBeGreaterThan(4);
    expect(typeErrors(samples)).toEqual({});
  });

  it('would be found out', () => {
    const code = "import { Classifier } from 'graft-ml';\n(await Classifier.open('m.onnx')).predict(5);\n";
    expect(typeErrors([{ name: 'wrong', code }])).toEqual({
      wrong: [expect.stringContaining("Argument of type 'number' is not assignable")],
    });
  });
});

it.each(blocksIn('js'))('a sample of JavaScript has no mistake of syntax: $name', ({ code }) => {
  const { diagnostics } = ts.transpileModule(code, { reportDiagnostics: true });
  expect(diagnostics?.map(({ messageText }) => messageText)).toEqual([]);
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
    const { stdout } = npm(['pack', '--dry-run', '--json', '--ignore-scripts'], await packageOfPages());
    const [pack] = JSON.parse(stdout) as [{ files: { path: string }[] }];
    const packed = pack.files.map(({ path }) => path);
    const missing = links.filter(({ target }) => !target.startsWith('src/') && !packed.includes(target));
    expect(missing).toEqual([]);
  });
});
