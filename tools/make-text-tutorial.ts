/**
 * @file Makes what docs/text-tutorial.md shows: runs its commands on the questions of examples/banking-questions, keeps what they print
 * in docs/text-tutorial/, and puts it into the page. It takes a minute.
 *
 *     npm run build && npx tsx tools/make-text-tutorial.ts [--page] [--only NAME,NAME]
 *
 * With `--page` nothing is run: the page is filled with what was recorded before. With `--only` the commands of these names are run alone.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { commandsOf, excerptOf, fillPage } from './tutorial/page.ts';
import { ROOT, readTextSources, TEXT_PAGE, TEXT_RECORDED } from './tutorial/sources.ts';

const MAIN = join(ROOT, 'dist/cli/main.js');

const { values: flags } = parseArgs({ options: { page: { type: 'boolean' }, only: { type: 'string' } } });

if (!flags.page) {
  if (!existsSync(MAIN)) {
    console.error('The build is missing: run "npm run build" first.');
    process.exit(1);
  }
  const folder = mkdtempSync(join(tmpdir(), 'graft-text-tutorial-'));
  try {
    recordAll(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
writeFileSync(TEXT_PAGE, fillPage(readFileSync(TEXT_PAGE, 'utf8'), readTextSources()));

function recordAll(folder: string): void {
  const page = readFileSync(TEXT_PAGE, 'utf8');
  symlinkSync(join(ROOT, 'examples/banking-questions'), join(folder, 'questions'), 'dir');
  const texts = new Map<string, string>();
  for (const { name, words } of commandsOf(page)) {
    if (flags.only !== undefined && !flags.only.split(',').includes(name)) continue;
    const [, , ...args] = words;
    console.log(`$ ${words.join(' ')}`);
    texts.set(name, `${texts.get(name) ?? ''}${run(args, folder)}`);
  }
  for (const [name, text] of texts) {
    const excerpt = excerptOf(page, name, text);
    if (excerpt !== undefined) writeFileSync(join(TEXT_RECORDED, `${name}.txt`), excerpt);
  }
}

/** What a command prints, on both streams, as a terminal shows it. */
function run(args: readonly string[], cwd: string): string {
  // Nothing that another run left behind is to make this one faster.
  const env = { ...process.env, GRAFT_HOME: join(cwd, 'home'), NO_COLOR: '1' };
  const program = `exec "$0" "$@" 2>&1`;
  const { status, stdout } = spawnSync('sh', ['-c', program, process.execPath, MAIN, ...args], {
    cwd,
    env,
    encoding: 'utf8',
  });
  if (status === 0) return stdout;
  throw new Error(`graft ${args.join(' ')} ended with ${status}: ${stdout}`);
}
