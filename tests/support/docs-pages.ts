/** @file The documents as tests see them: pages, blocks of code, and what TypeScript says of them. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/** `README.md`, `docs/csv.md`, ... */
export const pages: readonly string[] = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

export const textOf = (page: string): string => readFileSync(join(ROOT, page), 'utf8');

export interface CodeBlock {
  /** `docs/sweeps.md, 1`: the page, and which of its blocks of this language it is. */
  readonly name: string;
  readonly page: string;
  readonly code: string;
}

/** The blocks of a language, of all pages. */
export function blocksIn(language: string): readonly CodeBlock[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm');
  return pages.flatMap((page) =>
    [...textOf(page).matchAll(fence)].map(([, code = ''], index) => ({
      name: `${page}, ${index + 1}`,
      page,
      code,
    })),
  );
}

/** What TypeScript objects to, by name, with the library's own types behind `'graft-ml'` and `'graft-ml/web'`. */
export function typeErrors(samples: readonly Pick<CodeBlock, 'name' | 'code'>[]): Record<string, string[]> {
  const files = new Map(
    samples.map(({ name, code }, i) => [join(ROOT, 'docs', `sample-${i}.ts`), { name, code }]),
  );
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  Object.assign(options, {
    paths: {
      'graft-ml': [join(ROOT, 'src/index.ts')],
      'graft-ml/web': [join(ROOT, 'src/web/index.ts')],
      'graft-ml/testing': [join(ROOT, 'src/testing/index.ts')],
    },
    noUnusedLocals: false,
    noUnusedParameters: false,
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
  const errors: Record<string, string[]> = {};
  for (const [path, { name }] of files) {
    const source = program.getSourceFile(path);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    if (found.length > 0) {
      errors[name] = found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
    }
  }
  return errors;
}

/** TypeScript as Node 20 runs it. */
export function asJavaScript(code: string): string {
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
  return ts.transpileModule(code, { compilerOptions }).outputText;
}
