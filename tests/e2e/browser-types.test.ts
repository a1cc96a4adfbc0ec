/** @file The types of `graft/web`, as a page's compiler reads them: without those of Node. */

import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));

function mistakesIn(file: string): string[] {
  const program = ts.createProgram([join(DIST, file)], {
    strict: true,
    noEmit: true,
    types: [],
    lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'],
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    customConditions: ['browser'],
  });
  return program
    .getSourceFiles()
    .filter(({ fileName }) => !relative(DIST, fileName).startsWith('..'))
    .flatMap((source) => [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ])
    .map(({ file: at, messageText }) => {
      const where = at === undefined ? '' : `${relative(DIST, at.fileName).replaceAll('\\', '/')}: `;
      return where + ts.flattenDiagnosticMessageText(messageText, '\n');
    });
}

describe('the types of graft/web', () => {
  it('need none of Node', () => {
    expect(mistakesIn('web/index.d.ts')).toEqual([]);
  });

  it('would be found out', () => {
    const mistakes = mistakesIn('vision/images/image-limits.d.ts');
    expect(mistakes).toEqual([
      expect.stringContaining("vision/images/image-limits.d.ts: Cannot find namespace 'NodeJS'."),
    ]);
  });
});
