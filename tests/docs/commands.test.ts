/** @file The commands in the documents are commands that there are, with options that they have. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli/program.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => join('docs', name))].filter(
  (name) => name.endsWith('.md'),
);

const commands = pages.flatMap((page) =>
  [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^(?:npx|\$) graft (.*)$/gm)].map(([, line = '']) =>
    line.replace(/\s+#.*$/, ''),
  ),
);

describe('a command in the documents', () => {
  it('is there to be checked', () => expect(commands.length).toBeGreaterThan(15));

  it.each(commands)('graft %s', async (line) => {
    expect(await understood(line)).toEqual([]);
  });

  it.each([
    ['trian photos', "error: unknown command 'trian'"],
    ['data gett flowers', "error: unknown command 'gett'"],
    ['train photos --epoch 3', "error: unknown option '--epoch'"],
    ['train photos --epochs 0', "error: option '--epochs <n>' argument '0' is invalid."],
    ['train photos --lr', "error: option '--lr <x>' argument missing"],
    ['predict', "error: missing required argument 'model'"],
    ['summary model.onnx another.onnx', 'error: too many arguments for'],
    ["train photos --then 'unfreez=mixed6'", 'Did you mean "unfreeze"?'],
  ])('would be refused: graft %s', async (line, message) => {
    expect(await understood(line)).toEqual([expect.stringContaining(message)]);
  });
});

/** What the command line objects to in a command, which is not carried out. */
async function understood(line: string): Promise<string[]> {
  const program = await createProgram();
  let runs = 0;
  const silence = (command: Command): void => {
    command.configureOutput({ writeErr: () => {}, writeOut: () => {} });
    if (command.commands.length === 0) {
      command.action(() => {
        runs += 1;
      });
    }
    command.commands.forEach(silence);
  };
  silence(program);
  try {
    await program.parseAsync(wordsOf(line), { from: 'user' });
  } catch (error) {
    return [(error as Error).message];
  }
  return runs === 1 ? [] : ['no command is run'];
}

/** As a shell divides a line, of quotes and backslashes before line ends; what follows `>` or `|` is not the command's. */
function wordsOf(line: string): string[] {
  const [command = ''] = line.split(/\s[|>]/);
  return [...command.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, plain]) => single ?? double ?? plain!,
  );
}
