/** @file What users import says what it is: an editor shows it, and typedoc's reference. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { ROOT } from '../support/docs-pages.ts';
import { temporaryFolder } from '../support/image-folder.ts';

/** Names that a module exports without a comment. */
function undocumented(file: string): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  const program = ts.createProgram([file], { ...options, allowImportingTsExtensions: true });
  const checker = program.getTypeChecker();
  const exported = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!);
  return exported
    .map(
      (symbol) =>
        [
          symbol.name,
          symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol,
        ] as const,
    )
    .filter(([, symbol]) => symbol.getDocumentationComment(checker).length === 0)
    .map(([name]) => name);
}

it('everything that the package exports has a comment', () => {
  expect(undocumented(join(ROOT, 'src/index.ts'))).toEqual([]);
});

it('a missing comment would be found', async () => {
  const file = join(await temporaryFolder(), 'module.ts');
  await writeFile(file, 'export const bare = 1;\n/** One. */\nexport const documented = 1;\n');
  expect(undocumented(file)).toEqual(['bare']);
});
