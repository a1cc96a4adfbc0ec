/**
 * @file Makes what docs/tutorial.md shows: runs its programs and its commands on the images of horses and humans, keeps
 * what they print and draw in docs/tutorial/, and puts it into the page. It takes some minutes.
 *
 *     npm run build && npx tsx tools/make-tutorial.ts [--page]
 *
 * With `--page` nothing is run: the page is filled with what was recorded before.
 */

import { spawn } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { format, stripVTControlCharacters } from 'node:util';
import sharp from 'sharp';
import { type CaptionedImage, drawImageSheet } from './tutorial/image-sheet.ts';
import { commandsOf, excerptOf, fillPage, regionAt } from './tutorial/page.ts';
import { PAGE, PROGRAMS, RECORDED, ROOT, readSources } from './tutorial/sources.ts';

const DATA = join(ROOT, '../shared/data/horses-or-humans');
const MAIN = join(ROOT, 'dist/cli/main.js');
const JPEG_QUALITY = 82;

if (!process.argv.includes('--page')) {
  if (!existsSync(DATA))
    fail('The images are missing: ../shared/data/horses-or-humans with train/ and val/.');
  if (!existsSync(MAIN)) fail('The build is missing: run "npm run build" first.');
  rmSync(RECORDED, { recursive: true, force: true });
  mkdirSync(RECORDED);
  const folder = mkdtempSync(join(tmpdir(), 'graft-tutorial-'));
  mkdirSync(join(folder, 'data'));
  symlinkSync(DATA, join(folder, 'data/horses-or-humans'), 'dir');
  process.chdir(folder);
  // Nothing that another run left behind is to make this one faster.
  process.env['GRAFT_HOME'] = join(folder, 'home-of-programs');
  try {
    await recordAll();
  } finally {
    process.chdir(ROOT);
    rmSync(folder, { recursive: true, force: true });
  }
}
const page = readFileSync(PAGE, 'utf8');
writeFileSync(PAGE, fillPage(page, readSources()));

async function recordAll(): Promise<void> {
  const printed = await runProgram(PROGRAMS.recipe);
  copyFileSync('curves.svg', join(RECORDED, 'curves.svg'));
  const rows = ['predict', 'doubtful'].map((region) => captioned(printed.get(region) ?? ''));
  writeFileSync(join(RECORDED, 'predictions.jpg'), await drawImageSheet(rows, JPEG_QUALITY));
  await runProgram(PROGRAMS.inception, 'random');
  await runCommands();
  const sheet = await sharp('augmentation.png').jpeg({ quality: JPEG_QUALITY }).toBuffer();
  writeFileSync(join(RECORDED, 'augmentation.jpg'), sheet);
}

/** Runs a program here; each line that it prints belongs to the region whose code printed it. */
async function runProgram(file: string, ...args: string[]): Promise<Map<string, string>> {
  const source = readFileSync(file, 'utf8');
  const printed = new Map<string, string>();
  const { log } = console;
  const { argv } = process;
  console.log = (...values: unknown[]) => {
    const line = Number(new Error().stack?.match(new RegExp(`${file}(?:\\?\\S*?)?:(\\d+):`))?.[1]);
    const region = regionAt(source, line);
    if (region === undefined) fail(`Line ${line} of ${file} prints, and lies in no region.`);
    printed.set(region, `${printed.get(region) ?? ''}${stripVTControlCharacters(format(...values))}\n`);
  };
  process.argv = [...argv.slice(0, 2), ...args];
  try {
    await import(file);
  } finally {
    console.log = log;
    process.argv = argv;
  }
  for (const [region, text] of printed) record(region, text);
  return printed;
}

/** Runs the commands of the page, one after the other. */
async function runCommands(): Promise<void> {
  const texts = new Map<string, string>();
  for (const { name, words } of commandsOf(readFileSync(PAGE, 'utf8'))) {
    console.log(`$ ${words.join(' ')}`);
    const [npx, graft, ...args] = words;
    if (npx !== 'npx' || graft !== 'graft')
      fail(`Only "npx graft ..." can be run, not "${words.join(' ')}".`);
    texts.set(name, `${texts.get(name) ?? ''}${await run(args)}`);
  }
  for (const [name, text] of texts) record(name, text);
}

/** What a command prints, on both streams, as a terminal shows it. */
function run(args: readonly string[]): Promise<string> {
  return new Promise((done, reject) => {
    const env = { ...process.env, GRAFT_HOME: resolve('home-of-commands'), NO_COLOR: '1' };
    const child = spawn(process.execPath, [MAIN, ...args], { env });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (part: string) => {
        text += part;
      });
    }
    child.on('error', reject);
    child.on('close', (status) => {
      if (status === 0) done(text);
      else reject(new Error(`graft ${args.join(' ')} ended with ${status}: ${text}`));
    });
  });
}

/** Lines of a file, a probability of the second class, and the class that the network chose. */
function captioned(text: string): CaptionedImage[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [file = '', probability = '', chosen = ''] = line.split(' ');
      return { file, caption: `${chosen} ${probability}`, wrong: !file.includes(`/${chosen}/`) };
    });
}

function record(name: string, text: string): void {
  const excerpt = excerptOf(readFileSync(PAGE, 'utf8'), name, text);
  if (excerpt !== undefined) writeFileSync(join(RECORDED, `${name}.txt`), excerpt);
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
