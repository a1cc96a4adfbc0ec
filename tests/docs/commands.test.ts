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

  it.each(commands)('graft %s', (line) => {
    let command: Command = createProgram();
    for (const word of line.split(/\s+/)) {
      const deeper = command.commands.find((one) => one.name() === word);
      if (deeper === undefined) break;
      command = deeper;
    }
    expect(command.parent).not.toBeNull();
    const known = command.options.flatMap(({ long, short }) => [long, short]);
    const given = line.match(/(?<=\s)--?[a-z][a-z-]*/g) ?? [];
    expect(given.filter((option) => !known.includes(option))).toEqual([]);
  });
});
