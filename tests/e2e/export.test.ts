/** @file `graft export` through the built command line, and what it writes in the real TensorFlow.js and the real Keras. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { decodeModel } from '../../src/core/onnx/decoder.ts';
import { encodeModel } from '../../src/core/onnx/encoder.ts';
import { createSession } from '../../src/core/runtime/create-session.ts';
import { type Tensor, tensor } from '../../src/core/tensor/tensor.ts';
import { decodeImage } from '../../src/node/images/image-decoder.ts';
import { askKeras } from '../support/keras-reader.ts';
import { needs } from '../support/needs.ts';
import { loadTfjs, predictTfjs } from '../support/tfjs-reader.ts';
import { askTflite } from '../support/tflite-interpreter.ts';
import { graft } from './cli.ts';
import { drawWorkplace, trained, type Workplace } from './trained-models.ts';

const TWO = 'run2/model.onnx';
const THREE = 'run3/model.onnx';
const SIZE = 64;

let work: Workplace;
let pixels: Tensor<'uint8'>;
const expected: Record<string, Tensor> = {};

beforeAll(async () => {
  work = await drawWorkplace();
  // One probability after pooling; three from a head that reads the features in their order.
  await trained(work.cwd, 'two', '--out', 'run2', '--head', 'gap,dense:8:tanh,dropout:0.2');
  await trained(work.cwd, 'three', '--out', 'run3', '--head', 'flatten,dense:8:relu');
  const files = ['bars/bars1.jpg', 'discs/discs2.jpg', 'rings/rings3.jpg'];
  const images = await Promise.all(
    files.map((file) => decodeImage(join(work.cwd, 'three', file), { width: SIZE, height: SIZE })),
  );
  pixels = tensor('uint8', [images.length, SIZE, SIZE, 3], Uint8Array.from(Buffer.concat(images)));
  for (const model of [TWO, THREE]) {
    const session = await createSession(await readFile(join(work.cwd, model)));
    expected[model] = (await session.run({ image: pixels }))['probabilities']!;
    await session.dispose();
  }
});
afterAll(() => work.remove());

const run = (...args: string[]) => graft(['export', ...args], { cwd: work.cwd });
const place = (name: string) => join(work.cwd, name);

/** The exit status and what standard error says; standard output stays empty. */
async function failure(...args: string[]): Promise<readonly [number | null, string]> {
  const { status, stdout, stderr } = await run(...args);
  expect(stdout).toBe('');
  return [status, stderr];
}

const exportDocument = z.strictObject({
  format: z.enum(['keras', 'keras-h5', 'tfjs', 'tflite', 'onnx']),
  out: z.string(),
  files: z.array(z.string()),
  labels: z.array(z.string()),
  largestDifference: z.number().nullable(),
});

/** What the head gives, as probabilities of all classes. */
function allClasses({ shape, data }: Tensor): number[] {
  const given = [...(data as Float32Array)];
  return shape.at(-1) === 1 ? given.flatMap((second) => [1 - second, second]) : given;
}

describe('graft export', () => {
  it.each([
    ['keras', ['run2/model.keras']],
    ['keras-h5', ['run2/model.h5']],
    ['tfjs', ['run2/tfjs/group1-shard1of1.bin', 'run2/tfjs/metadata.json', 'run2/tfjs/model.json']],
    ['tflite', ['run2/tflite/labels.txt', 'run2/tflite/metadata.json', 'run2/tflite/model.tflite']],
    ['onnx', ['run2/model-copy.onnx']],
  ])('%s, beside the model, with a document', async (format, files) => {
    const { status, stdout, stderr } = await run(TWO, '--to', format, '--json');
    expect([status, stderr]).toEqual([0, '']);
    const document = exportDocument.parse(JSON.parse(stdout));
    const out = ['tfjs', 'tflite'].includes(format) ? `run2/${format}` : files[0];
    expect(document).toMatchObject({ format, out, labels: ['bars', 'discs'] });
    expect(document.files.map((file) => file.replace(/of\d+/, 'of1'))).toEqual(expect.arrayContaining(files));
    for (const file of document.files) expect(existsSync(place(file)), file).toBe(true);
    if (format === 'onnx') expect(document.largestDifference).toBeNull();
    else expect(document.largestDifference).toBeLessThan(1e-5);
  });

  it('says what it wrote', async () => {
    const first = await run(THREE, '--to', 'keras', '--out', 'new/folder/m.keras');
    expect([first.status, first.stdout]).toEqual([0, '']);
    expect(first.stderr).toMatch(
      /^written new\/folder\/m\.keras\nProbabilities differ from those of run3\/model\.onnx by [\de.-]+ at most, on noise\.\n$/,
    );
    expect(await run(THREE, '--to', 'onnx', '--out', 'new/m.onnx')).toEqual({
      status: 0,
      signal: null,
      stdout: '',
      stderr: 'written new/m.onnx\n',
    });
    const [copy, original] = await Promise.all(['new/m.onnx', THREE].map((name) => readFile(place(name))));
    expect(copy!.equals(original!)).toBe(true);
  });

  it.each([TWO, THREE])('TensorFlow.js predicts as %s does', async (model) => {
    const out = `site-${model.slice(0, 4)}`;
    expect(await run(model, '--to', 'tfjs', '--out', out)).toMatchObject({ status: 0 });
    const given = predictTfjs(await loadTfjs(place(out)), [pixels]);
    expect(allClasses(given)).toBeAllClose([...(expected[model]!.data as Float32Array)], {
      atol: 1e-5,
      rtol: 0,
    });
    const { labels, imageSize } = JSON.parse(await readFile(place(`${out}/metadata.json`), 'utf8'));
    expect([labels.length, imageSize]).toEqual([model === TWO ? 2 : 3, SIZE]);
  });

  it(`Keras predicts as the model does`, needs.keras, async () => {
    const requests = [];
    for (const model of [TWO, THREE]) {
      for (const [format, ending] of [
        ['keras', 'keras'],
        ['keras-h5', 'h5'],
      ] as const) {
        const out = `keras-${model.slice(0, 4)}.${ending}`;
        expect(await run(model, '--to', format, '--out', out)).toMatchObject({ status: 0 });
        requests.push({ model, path: place(out), inputs: [pixels] });
      }
    }
    const answers = await askKeras(requests);
    for (const [index, { model, path }] of requests.entries()) {
      const wanted = [...(expected[model]!.data as Float32Array)];
      expect(allClasses(answers[index]!.output), path).toBeAllClose(wanted, { atol: 1e-5, rtol: 0 });
    }
  });

  it('TensorFlow Lite predicts as the model does', needs.keras, async () => {
    const models = [TWO, THREE];
    for (const model of models) {
      const out = `lite-${model.slice(0, 4)}`;
      expect(await run(model, '--to', 'tflite', '--out', out)).toMatchObject({ status: 0 });
    }
    const answers = await askTflite(
      models.map((model) => ({
        path: place(`lite-${model.slice(0, 4)}/model.tflite`),
        inputs: [pixels],
      })),
    );
    for (const [index, model] of models.entries()) {
      const [output] = answers[index]!.outputs;
      expect(output!.shape).toEqual([3, model === TWO ? 2 : 3]);
      const wanted = [...(expected[model]!.data as Float32Array)];
      expect([...output!.data], model).toBeAllClose(wanted, { atol: 1e-5, rtol: 0 });
    }
    const labels = await readFile(place('lite-run2/labels.txt'), 'utf8');
    expect(labels).toBe('0 bars\n1 discs\n');
  });

  it('TensorFlow Lite in integers of 8 bits takes bytes, and agrees', needs.keras, async () => {
    const args = [TWO, '--to', 'tflite', '--quantize', 'two'];
    const { status, stderr } = await run(...args, '--out', 'lite-int8');
    expect(status).toBe(0);
    expect(stderr).toMatch(/^calibration: \d+ images in /m);
    expect(stderr).toContain(
      'In integers of 8 bits, whose rounding is not in this difference: try it on images before you rely on it.\n',
    );
    const [answer] = await askTflite([{ path: place('lite-int8/model.tflite'), inputs: [pixels] }]);
    expect([answer!.inputTypes, answer!.outputTypes]).toEqual([['uint8'], ['uint8']]);
    const wanted = [...(expected[TWO]!.data as Float32Array)];
    expect([...answer!.outputs[0]!.data]).toBeAllClose(wanted, { atol: 0.1, rtol: 0 });
  });

  it('--help shows the formats and examples', async () => {
    const { status, stdout } = await run('--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: graft export [\s\S]*^Examples:\n {2}\$ graft export /m);
    expect(stdout.replace(/\s+/g, ' ')).toContain(
      '(choices: "keras", "keras-h5", "tfjs", "teachable-machine", "tflite", "peft", "safetensors", "web", "backbone", "hf", "onnx")',
    );
  });
});

describe('wrong usage of graft export', () => {
  it('refuses to quantize what has no integers, or by no images', async () => {
    expect(await failure(TWO, '--to', 'keras', '--quantize', 'two', '--out', 'no.keras')).toEqual([
      2,
      'error --quantize: expected --to tflite, which has integers of 8 bits, received --to keras. ' +
        'Leave it out, or choose that format.\n',
    ]);
    await mkdir(place('nothing'));
    const [status, stderr] = await failure(TWO, '--to', 'tflite', '--quantize', 'nothing', '--out', 'no');
    expect([status, stderr]).toEqual([
      1,
      'error --quantize "nothing": expected a folder of images such as the model will see, received no images in this folder. ' +
        'Give the folder of the training images.\n',
    ]);
    expect(existsSync(place('no'))).toBe(false);
  });

  it.each([
    [['--to', 'keras'], "error: missing required argument 'model'"],
    [[TWO], "error: required option '--to <format>' not specified"],
    [
      [TWO, '--to', 'kers'],
      "error: option '--to <format>' argument 'kers' is invalid. Allowed choices are keras, keras-h5, tfjs,",
    ],
    [[TWO, '--to', 'keras', '--ot', 'x'], "error: unknown option '--ot'\n(Did you mean one of --out, --to?)"],
  ])('%j', async (args, message) => {
    const [status, stderr] = await failure(...args);
    expect([status, stderr.slice(0, message.length)]).toEqual([2, message]);
  });

  it.each([
    ['keras', 'm.h5', '.keras', 'the ending ".h5"'],
    ['keras', 'mine', '.keras', 'one without an ending'],
    ['keras-h5', 'm.keras', '.h5 or .hdf5', 'the ending ".keras"'],
  ])('%s to %s, which Keras would not load', async (format, out, endings, received) => {
    const advice = `Choose a name as ${out.split('.')[0]}${endings.split(' ')[0]}.`;
    expect(await failure(TWO, '--to', format, '--out', out)).toEqual([
      2,
      `error "${out}": expected a name that ends in ${endings}, by which Keras knows the format, received ${received}. ${advice}\n`,
    ]);
  });
});

describe('models that graft export refuses', () => {
  it('what is no model', async () => {
    await mkdir(place('bad'), { recursive: true });
    await writeFile(place('bad/text.onnx'), 'no model');
    await copyFile(place(TWO), place('bad/cut.onnx'));
    await truncate(place('bad/cut.onnx'), 5000);
    const { graph } = decodeModel(await readFile(place(TWO)));
    await writeFile(place('bad/foreign.onnx'), encodeModel(graph, {}));
    const part = (bytes: number) =>
      `expected an ONNX model, received ${bytes} bytes that are none, or only a part of one. Give the model.onnx of a run folder; if it was copied, copy it again.`;
    for (const [format, file, message] of [
      [
        'keras',
        'none.onnx',
        'expected a model file, received nothing of that name. Check the path; graft train prints it at the end.',
      ],
      [
        'keras-h5',
        'run2',
        'expected a model file, received a folder. Give the model.onnx inside it: run2/model.onnx.',
      ],
      ['tfjs', 'bad/text.onnx', part(8)],
      ['onnx', 'bad/cut.onnx', part(5000)],
      [
        'tfjs',
        'bad/foreign.onnx',
        "expected a model that Graft trained (metadata entry 'graft'), received an ONNX file without it. Give the model.onnx of a run folder.",
      ],
    ] as const) {
      expect(await failure(file, '--to', format)).toEqual([1, `error model "${file}": ${message}\n`]);
    }
    expect((await readdir(place('bad'))).sort()).toEqual(['cut.onnx', 'foreign.onnx', 'text.onnx']);
  });

  it('a backbone that is not there, and one that is another', async () => {
    const network = 'its backbone "none.h5" again, for the layers that the file holds only as operators';
    expect(await failure(THREE, '--to', 'tfjs', '--out', 'x', '--backbone', 'none.h5')).toEqual([
      1,
      `error model "${THREE}": expected ${network}, received no file at "none.h5" (weights "none.h5"). Give the backbone's weights file with --backbone, or export to onnx.\n`,
    ]);
    expect(existsSync(place('x'))).toBe(false);
  });

  it('a backbone that is an ONNX file, of operators and no layers', async () => {
    const backbone = fileURLToPath(new URL('../golden/onnx/convolutions.onnx', import.meta.url));
    const flags = ['--size', '16', '--epochs', '2', '--out', 'operators'];
    expect(await graft(['train', 'two', '--backbone', backbone, ...flags], { cwd: work.cwd })).toMatchObject({
      status: 0,
    });
    expect(await failure('operators/model.onnx', '--to', 'keras')).toEqual([
      1,
      'error layer "/features/features.9/PRelu_output_0": expected a layer that Keras 3 has, received "OnnxGraph". Export to onnx instead.\n',
    ]);
    expect(existsSync(place('operators/model.keras'))).toBe(false);
    expect(await run('operators/model.onnx', '--to', 'onnx')).toMatchObject({ status: 0 });
  });
});

describe('places that graft export cannot write', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const advice = 'Remove it, or choose another --out.';

  it.each([
    ['keras', 'there.keras'],
    ['keras-h5', 'there.h5'],
    ['tfjs', 'there'],
    ['onnx', 'there.onnx'],
  ])('%s where something is already', async (format, out) => {
    await writeFile(place(out), 'mine');
    expect(await failure(TWO, '--to', format, '--out', out)).toEqual([
      1,
      `error "${out}": expected a new file or folder, received one that is there already. ${advice}\n`,
    ]);
    expect(await readFile(place(out), 'utf8')).toBe('mine');
  });

  it('a folder with something in it', async () => {
    await mkdir(place('full'));
    await writeFile(place('full/mine'), 'mine');
    expect(await failure(TWO, '--to', 'tfjs', '--out', 'full')).toEqual([
      1,
      `error "full": expected a new file or folder, received a folder with something in it. ${advice}\n`,
    ]);
    expect(await readdir(place('full'))).toEqual(['mine']);
  });

  it.each([
    ['keras', 'file/below.keras', 'a file of that name'],
    ['tfjs', 'file/below', 'a path that leads through a file'],
    ['onnx', 'empty', 'a folder of that name'],
    ...(process.platform === 'linux' ? [['tfjs', '/proc/graft', 'a folder that does not exist']] : []),
  ])('%s to %s', async (format, out, reason) => {
    await writeFile(place('file'), 'x');
    await mkdir(place('empty'), { recursive: true });
    expect(await failure(TWO, '--to', format!, '--out', out!)).toEqual([
      1,
      `error file "${out === 'file/below.keras' ? 'file' : out}": expected a place that can be written, received ${reason}. Nothing was written there. Make room or choose another place with --out.\n`,
    ]);
    expect(await readFile(place('file'), 'utf8')).toBe('x');
    expect(await readdir(place('empty'))).toEqual([]);
  });

  it(
    'a full disk and a read-only one (needs root, for a small file system in memory)',
    needs.root,
    async () => {
      const disk = place('disk');
      await mkdir(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=5m', 'graft-test', disk]);
      const exports = [
        ['keras', 'disk/m.keras', 'disk/m.keras'],
        ['keras-h5', 'disk/m.h5', 'disk/m.h5'],
        ['tfjs', 'disk/m', 'disk/m/group1-shard2of2.bin'],
        ['onnx', 'disk/m.onnx', 'disk/m.onnx'],
      ] as const;
      try {
        const refusal = (file: string, reason: string): readonly [number, string] => [
          1,
          `error file "${file}": expected a place that can be written, received ${reason}. Nothing was written there. Make room or choose another place with --out.\n`,
        ];
        for (const [format, out, file] of exports) {
          expect(await failure(TWO, '--to', format, '--out', out)).toEqual(refusal(file, 'a full disk'));
          expect(await readdir(disk)).toEqual([]);
        }
        execFileSync('mount', ['-o', 'remount,ro', disk]);
        expect(await failure(TWO, '--to', 'tfjs', '--out', 'disk/m')).toEqual(
          refusal('disk/m', 'a read-only file system'),
        );
      } finally {
        execFileSync('umount', ['--lazy', disk]);
      }
    },
  );
});
