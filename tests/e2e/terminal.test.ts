/** @file What people see on a terminal of 80 columns, by a pseudo-terminal of `script`. */

import { execFile, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import stringWidth from 'fast-string-width';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawImages } from './drawn-images.ts';
import { drawWorkplace, QUICK, type Workplace } from './trained-models.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const hasTerminal =
  process.platform === 'linux' && spawnSync('script', ['-qec', 'stty size', '/dev/null']).status === 0;
if (!hasTerminal) console.warn('skipped: what is seen on a terminal needs script of util-linux');

const TEN = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
  for (const [index, name] of TEN.entries()) {
    const motif = (['bars', 'discs', 'rings'] as const)[index % 3]!;
    await drawImages(join(work.cwd, 'ten', name), motif, 6, index);
  }
});
afterAll(() => work.remove());

/** All that a command writes to a terminal of so many columns. */
async function onTerminal(args: readonly string[], columns: number, env: object = {}): Promise<string> {
  const command = `stty cols ${columns} rows 50; '${process.execPath}' '${MAIN}' ${args.map((arg) => `'${arg}'`).join(' ')}`;
  const { CI: _, NO_COLOR: __, ...usual } = process.env;
  const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], {
    cwd: work.cwd,
    env: { ...usual, TERM: 'xterm-256color', GRAFT_HOME: join(work.cwd, 'home'), ...env },
  });
  return stdout.replaceAll('\r', '');
}

const widest = (text: string): number =>
  Math.max(
    ...stripVTControlCharacters(text)
      .split('\n')
      .map((line) => stringWidth(line)),
  );

/** Escapes that move the cursor or erase. Colors end in m. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CURSOR = /\x1b\[[\d;?]*[A-HJKSTfhlsu]/;

describe.skipIf(!hasTerminal)('on a terminal', () => {
  it.each([80, 120])('of %d columns nothing is wider, and epochs are shown in place', async (columns) => {
    const args = ['train', 'ten', ...QUICK, '--metrics', 'precision,recall,f1_score,auc'];
    const shown = await onTerminal([...args, '--out', `ten-${columns}`], columns);
    expect(widest(shown)).toBeLessThanOrEqual(columns);
    expect(shown).toMatch(CURSOR);
    const text = stripVTControlCharacters(shown);
    expect(text).toMatch(/^epoch \d+\/30 +loss +accuracy +precision +recall +f1_score +auc$/m);
    expect(text).toMatch(/^best \(epoch \d+\) +\d\.\d{4} +[\d.]+%/m);
    expect(text).toMatch(/^true \\ predicted( +\d+){10} +recall$|^true \\ predicted +airplane/m);
    for (const name of TEN) expect(text).toMatch(new RegExp(`^ *\\d* ?${name} +\\d`, 'm'));
  });

  it.each([{ TERM: 'dumb' }, { CI: 'true' }, { NO_COLOR: '1' }])(
    'of %j no cursor is moved, and an epoch is a line',
    async (env) => {
      const out = `quiet-${Object.keys(env)[0]}`;
      const shown = await onTerminal(['train', 'two', ...QUICK, '--out', out], 80, env);
      expect(shown).not.toMatch(CURSOR);
      expect(shown.match(/^epoch +\d+\/30: /gm)).toHaveLength(30);
    },
  );

  it('a long path of predict and a sweep of long heads fit 80 columns', async () => {
    const folder = `${'a-long-name-of-a-folder-'.repeat(4)}end`;
    await drawImages(join(work.cwd, folder), 'bars', 2);
    const predicted = await onTerminal(['predict', 'ten-80/model.onnx', folder], 80);
    expect(widest(predicted)).toBeLessThanOrEqual(80);
    const heads = 'gap,dense:16:relu,dropout:0.2,dense:16:relu,dropout:0.2;linear';
    const swept = await onTerminal(
      ['sweep', 'two', ...QUICK, '--heads', heads, '--lrs', '1e-2,1e-3', '--out', 'swept'],
      80,
    );
    expect(widest(swept)).toBeLessThanOrEqual(80);
    expect(stripVTControlCharacters(swept)).toMatch(/^best +\S+ +0\.01|^best +\S+ +0\.001/m);
  });
});
