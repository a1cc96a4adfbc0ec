/** @file Names from strangers, in files and in models, are text: on a terminal, in JSON, in CSV. */

import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FORMAT_VERSION, METADATA_KEY } from '../../src/artifacts/model-info.ts';
import { GraphBuilder } from '../../src/core/graph/builder.ts';
import type { Graph } from '../../src/core/graph/graph.ts';
import { encodeModel } from '../../src/core/onnx/encoder.ts';
import { writeModelFile } from '../../src/node/files/model-file.ts';
import { plainImage } from '../support/image-folder.ts';
import { graft } from './cli.ts';
import { QUICK } from './trained-models.ts';

/** Sets the clipboard, the title, clears the screen, returns to the line's beginning, reorders, hides. */
const EVIL = 'a\x1b]52;c;ZXZpbA==\x07\x1b]0;t\x07\x1b[2J\rb\u009b31m\u202ec\u200b';
const SHOWN = 'a\\u001b]52;c;ZXZpbA==\\u0007\\u001b]0;t\\u0007\\u001b[2J\\rb\\u009b31m\\u202ec\\u200b';
const FORMULA = "=cmd|'/C calc'!A0";
/** All that a terminal would obey, but line feeds. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for.
const OBEYED = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

const INFO = {
  formatVersion: FORMAT_VERSION,
  graftVersion: '1.2.3',
  input: { widthPx: 8, heightPx: 8, resize: 'squash' as const },
};

/** Classes by the brightest channel. */
function channels(node = 'mean'): Graph {
  const builder = new GraphBuilder('channels');
  const image = builder.input('image', 'uint8', ['N', 8, 8, 3]);
  const pixels = builder.op('Cast', [image], { to: 'float32' });
  const means = builder.op('ReduceMean', [pixels, builder.integers([1, 2])], { keepdims: 0 }, { name: node });
  builder.output(builder.op('Softmax', [means], { axis: 1 }), 'probabilities');
  return builder.build();
}

let cwd: string;
const run = (...args: string[]) => graft(args, { cwd });
const at = (name: string): string => join(cwd, name);

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'graft-e2e-'));
  await writeModelFile(at('evil.onnx'), channels(), { ...INFO, classNames: [EVIL, FORMULA, 'blue'] });
  await writeModelFile(at('columns.onnx'), channels(), { ...INFO, classNames: ['error', 'file', 'label'] });
  await writeFile(at('red.png'), await plainImage('#ff0000'));
  await writeFile(at('green.png'), await plainImage('#00ff00'));
  await copyFile(at('red.png'), at(`${EVIL}.png`));
  await copyFile(at('green.png'), at('=1.png'));
  await writeFile(at(`broken${EVIL}.png`), 'no image');
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

describe('a name that a terminal would obey', () => {
  it('is shown by predict: of classes, of files, of unreadable files', async () => {
    const { status, stdout, stderr } = await run('predict', 'evil.onnx', `${EVIL}.png`, `broken${EVIL}.png`);
    expect([status, stderr]).toEqual([1, '']);
    expect(stdout).not.toMatch(OBEYED);
    expect(stdout.split('\n').map((line) => line.replace(/ {2,}/g, '  '))).toEqual([
      'file  label  probability  others',
      `${SHOWN}.png  ${SHOWN}  100.0%  ${FORMULA} 0.0%, blue 0.0%`,
      `broken${SHOWN}.png  error  not an image`,
      '',
    ]);
  });

  it('is in JSON what it is, and in CSV a line', async () => {
    const json = await run('predict', 'evil.onnx', `${EVIL}.png`, '--json');
    expect(json.stdout).not.toMatch(OBEYED);
    expect(JSON.parse(json.stdout)).toMatchObject([{ file: `${EVIL}.png`, label: EVIL }]);
    const csv = await run('predict', 'evil.onnx', `${EVIL}.png`, '--csv');
    expect(csv.stdout).not.toMatch(OBEYED);
    expect(csv.stdout.split('\n')[0]).toBe(`file,label,probability,${SHOWN},'${FORMULA},blue,error`);
    expect(csv.stdout.split('\n')).toHaveLength(3);
  });

  it('is shown in errors, in those of the command line itself, and by summary', async () => {
    const missing = await run('predict', `no${EVIL}.onnx`, 'red.png');
    expect(missing).toMatchObject({
      status: 1,
      stderr: `error model "no${SHOWN}.onnx": expected a model file, received nothing of that name. Check the path; graft train prints it at the end.\n`,
    });
    const usage = await run('predict', 'evil.onnx', 'red.png', `--${EVIL}`);
    expect(usage.status).toBe(2);
    expect(usage.stderr).not.toMatch(OBEYED);
    expect(usage.stderr.split('\n')[0]).toBe(`error: unknown option '--${SHOWN}'`);
    const summary = await run('summary', 'evil.onnx', '--graph');
    expect(summary.status).toBe(0);
    expect(summary.stdout).not.toMatch(OBEYED);
    expect(summary.stdout).toContain(`classes     ${SHOWN}, ${FORMULA}, blue\n`);
  });

  it('is shown of operators and of tensors of a file that is no model of ours', async () => {
    const graph = channels(EVIL);
    await writeFile(at('other.onnx'), encodeModel(graph));
    const { status, stdout } = await run('summary', 'other.onnx');
    expect(status).toBe(0);
    expect(stdout).not.toMatch(OBEYED);
    expect(stdout).toContain(SHOWN);
  });

  it('is shown by train and evaluate, whose classes are folders', async () => {
    for (const [name, color] of [
      [EVIL, '#c02020'],
      ['blue', '#2020c0'],
    ] as const) {
      await mkdir(at(`photos/${name}`), { recursive: true });
      for (let index = 0; index < 6; index++) {
        const image = await plainImage(color, 20 + index, 20);
        await writeFile(at(`photos/${name}/${index}.png`), image);
      }
    }
    await writeFile(at(`photos/blue/${EVIL}.png`), 'no image');
    const trained = await run('train', 'photos', '--out', 'run', ...QUICK);
    expect(trained.status).toBe(0);
    expect(trained.stdout + trained.stderr).not.toMatch(OBEYED);
    expect(trained.stderr).toContain(`data: photos, 2 classes (${SHOWN}, blue)\n`);
    expect(trained.stderr).toContain(`${SHOWN}.png: not an image\n`);
    for (const format of [[], ['--json']]) {
      const evaluated = await run('evaluate', 'run/model.onnx', 'photos', ...format);
      expect(evaluated.status).toBe(0);
      expect(evaluated.stdout + evaluated.stderr).not.toMatch(OBEYED);
    }
  });
});

describe('graft predict --csv', () => {
  it('has nothing that a spreadsheet computes', async () => {
    const { stdout } = await run('predict', 'evil.onnx', '=1.png', '--csv');
    const [, line] = stdout.split('\n');
    expect(line).toMatch(/^'=1\.png,'=cmd\|'\/C calc'!A0,1,[\d.e-]+,1,[\d.e-]+,$/);
  });

  it('has columns that differ, whatever the classes are called', async () => {
    const { stdout } = await run('predict', 'columns.onnx', 'red.png', '--csv');
    expect(stdout.split('\n')[0]).toBe(
      'file,label,probability,probability of error,probability of file,probability of label,error',
    );
  });
});

describe('a model file that was changed', () => {
  const changed = async (name: string, change: object): Promise<string> => {
    const graph = channels();
    const info = { ...INFO, classNames: ['a', 'b', 'c'], ...change };
    await writeFile(at(name), encodeModel(graph, { metadata: { [METADATA_KEY]: JSON.stringify(info) } }));
    return name;
  };
  const CHANGED = 'The file was changed after it was written: train again, or use another copy.';

  it.each([
    ['predict', ['red.png']],
    ['evaluate', ['photos']],
    ['export', ['--to', 'onnx']],
    ['summary', []],
  ])(
    'is refused by %s: more class names than columns, a size that its input has not',
    async (command, rest) => {
      const more = await changed('more.onnx', { classNames: ['a', 'b', 'c', 'd', 'e'] });
      expect(await run(command, more, ...rest)).toMatchObject({
        status: 1,
        stdout: '',
        stderr: `error model "more.onnx": expected one output, "probabilities" float32 [N, 5], as its metadata say, received "probabilities" float32 [N, 3]. ${CHANGED}\n`,
      });
      const large = await changed('large.onnx', { input: { ...INFO.input, widthPx: 2 ** 40 } });
      expect(await run(command, large, ...rest)).toMatchObject({
        status: 1,
        stdout: '',
        stderr: `error model "large.onnx": expected an input of at most 16,777,216 pixels, received 1099511627776 x 8. ${CHANGED}\n`,
      });
    },
  );

  it.each([
    ['predict', ['red.png']],
    ['evaluate', ['photos']],
    ['export', ['--to', 'onnx']],
    ['summary', []],
  ])('is refused by %s: a flipped bit', async (command, rest) => {
    const bytes = await readFile(at('columns.onnx'));
    bytes[bytes.length >> 1]! ^= 4;
    await writeFile(at('flipped.onnx'), bytes);
    expect(await run(command, 'flipped.onnx', ...rest)).toMatchObject({
      status: 1,
      stdout: '',
      stderr:
        'error model "flipped.onnx": expected the bytes that its checksum was computed from, received others: the file was damaged, or changed, after it was written. Copy it again from where it is whole, or train again.\n',
    });
  });
});
