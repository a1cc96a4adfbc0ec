/** @file The programs in the documents do what the documents say, where they need no network and no data of others. */

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Classifier } from '../../src/node/artifacts/classifier.ts';
import { openTextClassifier } from '../../src/node/artifacts/text-classifier.ts';
import { exportModelFile } from '../../src/node/export/export-model-file.ts';
import { graft } from '../e2e/cli.ts';
import { drawMixedImages } from '../e2e/drawn-images.ts';
import { blocksIn } from '../support/docs-pages.ts';
import { makeWorkshop, type Workshop } from '../support/docs-workshop.ts';
import { needs } from '../support/needs.ts';
import { SENTENCES, sentencesCsv } from '../support/sentences.ts';

let workshop: Workshop;
const at = (name: string): string => join(workshop.folder, name);

beforeAll(async () => {
  workshop = await makeWorkshop();
  const quick = ['--size', '64', '--epochs', '5', '--head', 'gap,dense:8:relu'];
  const train = async (...args: string[]): Promise<void> => {
    const { status, stderr } = await graft(['train', ...args, ...quick], { cwd: workshop.folder });
    if (status !== 0) throw new Error(stderr);
  };
  await train('photos', '--out', 'run');
  await writeFile(at('model.onnx'), await readFile(at('run/model.onnx')));
  const mixed = await drawMixedImages(at('mixed'), 16);
  const rows = mixed.map(({ file, motifs }) => `${file},${motifs.join('|')}`);
  await writeFile(at('labels.csv'), `file,labels\n${rows.join('\n')}\n`);
  const ages = mixed.map(({ file, discs }) => `${file},${discs + 0.5}`);
  await writeFile(at('ages.csv'), `file,age\n${ages.join('\n')}\n`);
  for (const name of ['labels', 'ages']) {
    await train(`${name}.csv`, '--images', 'mixed', '--out', `run-${name}`);
    await writeFile(at(`${name}.onnx`), await readFile(at(`run-${name}/model.onnx`)));
  }
}, 300_000);
afterAll(() => workshop.remove());

const block = (language: string, page: string, part: string): string => {
  const found = blocksIn(language).filter((each) => each.page === page && each.code.includes(part));
  expect(found, `${page}: ${part}`).toHaveLength(1);
  return found[0]!.code;
};

/** A model of texts, once. */
async function trainTexts(): Promise<void> {
  if (existsSync(at('texts.onnx'))) return;
  await writeFile(at('questions.csv'), sentencesCsv(SENTENCES));
  const args = ['train', 'questions.csv', '--epochs', '5', '--long', 'windows', '--out', 'run-texts'];
  const { status, stderr } = await graft(args, { cwd: workshop.folder });
  if (status !== 0) throw new Error(stderr);
  await writeFile(at('texts.onnx'), await readFile(at('run-texts/model.onnx')));
}

/** A program that ends, and what it prints. */
async function printed(code: string): Promise<string> {
  const { status, stderr, stdout } = await workshop.run(code);
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

describe('a program in the documents', () => {
  it('fits and predicts: README.md', async () => {
    // 40 epochs would show nothing more.
    const code = block('ts', 'README.md', 'await m.predict(').replace('epochs: 40', 'epochs: 2');
    expect(await printed(code)).toMatch(/^\[ [\d.]+, [\d.]+ \] \[ \[ [\d.e-]+ \] \]\n$/);
  }, 300_000);

  it('trains in one call: README.md', async () => {
    const code = block('ts', 'README.md', 'trainClassifier(');
    expect(await printed(code)).toMatch(/^[\d.]+ \[ [\d.]+, [\d.]+ \]\n$/);
  }, 300_000);

  it('trains on images in memory, and saves: docs/library.md', async () => {
    const code = block('ts', 'docs/library.md', 'saveClassifier(').replace('epochs: 20', 'epochs: 2');
    expect(await printed(code)).toMatch(/^[\d.]+ \[ [\d.]+, [\d.]+ \]\n$/);
  }, 300_000);

  it('grows a new head on a model file: docs/library.md', async () => {
    expect(await printed(block('ts', 'docs/library.md', 'loadModel('))).toMatch(
      /^\[(\s+[\d.e-]+,?){5}\s+\]\n$/,
    );
  }, 300_000);

  it('finds like images: docs/library.md', async () => {
    const lines = (await printed(block('ts', 'docs/library.md', 'nearestNeighbors('))).trimEnd().split('\n');
    expect(lines.every((line) => /^.*photos.train.(bars|discs).\w+\.jpg [\d.e-]+$/.test(line))).toBe(true);
    expect(lines).toHaveLength(3);
  }, 300_000);

  it('trains in a worker: docs/library.md', async () => {
    const code = block('ts', 'docs/library.md', 'worker: true').replace('epochs: 20', 'epochs: 2');
    expect(await printed(code)).toMatch(/^1 [\d.e-]+\n2 [\d.e-]+\n[\d.]+\n$/);
  }, 300_000);

  it('sweeps: docs/sweeps.md', async () => {
    const lines = (await printed(block('ts', 'docs/sweeps.md', 'sweep('))).trimEnd().split('\n');
    expect(lines.filter((line) => /^(linear|gap,dense:128:relu) 0\.0?01? /.test(line))).toHaveLength(4);
  }, 300_000);

  it('asks a model of texts, and trains one: docs/texts.md', async () => {
    await trainTexts();
    const ask = block('ts', 'docs/texts.md', "openTextClassifier('model.onnx')").replace(
      'model.onnx',
      'texts.onnx',
    );
    expect(await printed(ask)).toMatch(/^(animals|food|money) [\d.]+\n$/);
    const code = block('ts', 'docs/texts.md', 'trainTextClassifier(');
    expect(await printed(code)).toContain("label: '");
  }, 300_000);

  it('predicts labels and values: docs/web-server.md', async () => {
    // The drawn images have other labels than a reader's.
    const code = block('ts', 'docs/web-server.md', "task: 'regression'").replace('outdoors', 'discs');
    expect(await printed(code)).toMatch(/^\[.*\] [\d.e-]+\n-?[\d.e-]+\n$/);
  }, 120_000);

  it('predicts with an exported model: docs/exporting.md, TensorFlow.js in Node', async () => {
    await exportModelFile(at('model.onnx'), { format: 'tfjs', out: at('model') });
    const code = block('js', 'docs/exporting.md', 'async load()');
    // TensorFlow.js recommends its native package on standard error.
    const { status, stdout } = await workshop.run(code);
    expect(status).toBe(0);
    const said = /discs: ([\d.e-]+)/.exec(stdout)?.[1];
    const classifier = await Classifier.open(at('model.onnx'));
    const { probabilities } = await classifier.predict(at('image.jpg'));
    await classifier.dispose();
    expect([Number(said)]).toBeAllClose([probabilities['discs']!], { atol: 1e-4, rtol: 0 });
  }, 120_000);
});

describe('the server of docs/web-server.md', () => {
  it('gives every one of many clients its own answer, and tells what it refuses', async () => {
    const server = await workshop.start(block('ts', 'docs/web-server.md', 'createServer('), { PORT: '0' });
    const ended = once(server, 'close');
    let stderr = '';
    server.stderr!.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const classifier = await Classifier.open(at('model.onnx'));
    try {
      let said = '';
      for await (const text of server.stdout!.setEncoding('utf8')) {
        said += text;
        if (/port: (\d+)/.test(said)) break;
      }
      const address = `http://localhost:${/port: (\d+)/.exec(said)![1]}`;
      const ask = async (body: Uint8Array): Promise<[number, unknown]> => {
        const response = await fetch(address, { method: 'POST', body: new Uint8Array(body) });
        return [response.status, await response.json()];
      };
      const images = await Promise.all(
        ['bars', 'discs'].flatMap((motif) =>
          [0, 1, 2, 3].map((index) => readFile(at(`photos/val/${motif}/${motif}${index}.jpg`))),
        ),
      );
      const alone = await Promise.all(images.map((image) => classifier.predict(image)));
      const many = await Promise.all(Array.from({ length: 40 }, (_, index) => ask(images[index % 8]!)));
      expect(many).toEqual(
        Array.from({ length: 40 }, (_, index) => {
          const { label, probability } = alone[index % 8]!;
          return [200, { label, probability }];
        }),
      );
      expect(await ask(Buffer.from('no image'))).toEqual([422, { error: 'not an image' }]);
      expect(await ask(images[0]!.subarray(0, 2000))).toEqual([422, { error: 'truncated' }]);
      expect(await ask(new Uint8Array(10_000_001))).toEqual([
        413,
        { error: 'send Content-Length, at most 10000000 bytes' },
      ]);
      expect(await ask(images[0]!)).toMatchObject([200, { label: alone[0]!.label }]);
    } finally {
      await classifier.dispose();
      server.kill('SIGTERM');
    }
    expect([await ended, stderr]).toEqual([[0, null], '']);
  }, 120_000);
});

describe(`a program in Python`, needs.keras, () => {
  const python = async (code: string): Promise<string> => {
    await writeFile(at('program.py'), code);
    const { stdout } = await promisify(execFile)(process.env['GRAFT_ORACLE_PYTHON']!, ['program.py'], {
      cwd: workshop.folder,
    });
    return stdout;
  };

  it('runs the model file: docs/architecture.md', async () => {
    const code = block('python', 'docs/architecture.md', 'onnxruntime');
    const given = 'import numpy\npixels = numpy.zeros((1, 64, 64, 3), numpy.uint8)\n';
    const classifier = await Classifier.open(at('model.onnx'));
    const own = await classifier.predictPixels(new Uint8Array(64 * 64 * 3), 1);
    await classifier.dispose();
    const [, names, values = ''] = /^(\[.*\]) \[\[(.*)\]\]\n$/.exec(await python(given + code)) ?? [];
    expect(names).toBe("['bars', 'discs']");
    expect(values.trim().split(/\s+/).map(Number)).toBeAllClose([...own], { atol: 1e-5, rtol: 0 });
  }, 120_000);

  it('runs the model file of texts with its own tokenizer: docs/texts.md', async () => {
    await trainTexts();
    const said = await python(
      block('python', 'docs/texts.md', 'tokenizers').replace('model.onnx', 'texts.onnx'),
    );
    const classifier = await openTextClassifier(at('texts.onnx'));
    const prediction = await classifier.predict('How do I locate my card?');
    await classifier.dispose();
    expect(prediction).toMatchObject({ label: said.trim() });
  }, 120_000);

  it('takes the checksum out, and the file is read: docs/architecture.md', async () => {
    await python(block('python', 'docs/architecture.md', 'graft_sha256'));
    const classifier = await Classifier.open(at('changed.onnx'));
    expect(classifier.classNames).toEqual(['bars', 'discs']);
    await classifier.dispose();
  }, 120_000);

  it('predicts with an exported model: docs/exporting.md', async () => {
    await exportModelFile(at('model.onnx'), { format: 'keras', out: at('model.keras') });
    await exportModelFile(at('model.onnx'), { format: 'keras-h5', out: at('model.h5') });
    const whole = block('python', 'docs/exporting.md', 'import zipfile');
    const other = block('python', 'docs/exporting.md', 'import h5py');
    const said = await python(whole);
    expect(said).toMatch(/^\{'bars': [\d.e-]+, 'discs': [\d.e-]+\}\n$/);
    const rest = whole.slice(whole.indexOf('height, width'));
    const imports = whole.slice(0, whole.indexOf('model = '));
    expect(await python(`${imports}${other}${rest}`)).toBe(said);
  }, 300_000);

  it('predicts with TensorFlow Lite: docs/exporting.md', async () => {
    await exportModelFile(at('model.onnx'), { format: 'tflite', out: at('tflite') });
    const said = await python(block('python', 'docs/exporting.md', 'tensorflow.lite'));
    expect(said).toMatch(/^\{'bars': [\d.e-]+, 'discs': [\d.e-]+\}\n$/);
    const probabilities = [...said.matchAll(/: ([\d.e-]+)/g)].map(([, value]) => Number(value));
    expect(probabilities[0]! + probabilities[1]!).toBeCloseTo(1, 6);
  }, 300_000);
});
