/** @file Texts through the built command line: trained on, measured, asked; and what cannot be used. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { needs } from '../support/needs.ts';
import { SENTENCES, sentencesCsv } from '../support/sentences.ts';
import { type CliOptions, graft } from './cli.ts';
import { evaluateDocument, trainDocument } from './contract.ts';
import { killAt } from './kill-at.ts';

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'graft-e2e-texts-'));
  const [train, test] = [SENTENCES.slice(0, 90), SENTENCES.slice(90)];
  await file('train.csv', sentencesCsv(train));
  await file('test.csv', sentencesCsv(test));
  const lines = train.map(({ text, label }) => JSON.stringify({ text, label }));
  await file('train.jsonl', `${lines.join('\n')}\n`);
});
afterAll(() => rm(cwd, { recursive: true, force: true }));

const file = (name: string, content: string | Uint8Array): Promise<void> =>
  writeFile(join(cwd, name), content);
const run = (args: readonly string[], options: Partial<CliOptions> = {}) => graft(args, { cwd, ...options });

/** The document of a command that must succeed. */
async function document(...args: string[]): Promise<unknown> {
  const { status, stdout, stderr } = await run([...args, '--json']);
  expect([status, stderr.match(/^(error|bug).*/m)]).toEqual([0, null]);
  return JSON.parse(stdout);
}

/** What is said on standard error of a command that must fail. */
async function refusal(...args: string[]): Promise<string> {
  const { status, stderr } = await run(args);
  expect([1, 2]).toContain(status);
  return stderr.replaceAll(/\s+/g, ' ').trim();
}

describe('a table of texts', () => {
  it('is trained on, and the model file says of texts what the training measured', async () => {
    const report = trainDocument.parse(
      await document('train', 'train.csv', '--out', 'run', '--validation', 'test.csv'),
    );
    expect(report).toMatchObject({
      run: 'run',
      modality: 'text',
      task: 'classification',
      classNames: ['animals', 'food', 'money'],
      train: { examples: 90 },
      validation: { examples: 18 },
      features: { computed: 108, cached: 0 },
    });
    expect(report.validation.accuracy).toBeGreaterThanOrEqual(0.8);
    const measured = evaluateDocument.parse(await document('evaluate', report.model, 'test.csv'));
    expect(measured).toMatchObject({ modality: 'text', split: 'all', accuracy: report.validation.accuracy });
    expect(measured.loss).toBeCloseTo(report.validation.loss, 3);
    const seen = evaluateDocument.parse(await document('evaluate', report.model, 'train.csv'));
    expect(seen.trainedOn).toMatchObject({ found: 90, isBeyondChance: true, without: null });
  });

  it('is read again from the cache, and gives the same model, bit for bit', async () => {
    const args = ['train', 'train.csv', '--validation', 'test.csv', '--epochs', '5'];
    const [first, second] = [await document(...args, '--out', 'a'), await document(...args, '--out', 'b')];
    expect(trainDocument.parse(first).features.cached).toBe(108);
    const models = [first, second].map((said) => readFile(join(cwd, trainDocument.parse(said).model)));
    const [one, other] = await Promise.all(models);
    expect(one!.equals(other!)).toBe(true);
  });

  it('has n-grams beside the network, in the same file', async () => {
    const args = ['--ngrams', '2', '--epochs', '10', '--validation', 'test.csv'];
    const report = trainDocument.parse(await document('train', 'train.jsonl', '--out', 'ngrams', ...args));
    const measured = evaluateDocument.parse(await document('evaluate', report.model, 'test.csv'));
    expect(measured.loss).toBeCloseTo(report.validation.loss, 3);
  });

  it('may say labels, or values', async () => {
    await file(
      'labels.csv',
      sentencesCsv(SENTENCES, 'text,labels', ({ label }, i) => (i % 2 ? label : `${label}|even`)),
    );
    await file(
      'values.csv',
      sentencesCsv(SENTENCES, 'text,length', ({ text }) => String(text.length)),
    );
    expect(await document('train', 'labels.csv', '--out', 'labels', '--epochs', '3')).toMatchObject({
      task: 'multi-label',
      classNames: ['animals', 'even', 'food', 'money'],
    });
    expect(await document('train', 'values.csv', '--out', 'values', '--epochs', '3')).toMatchObject({
      task: 'regression',
      classNames: ['length'],
    });
    expect(await document('predict', 'values/model.onnx', 'How long is this?')).toMatchObject([
      { file: 'text 1', text: 'How long is this?', values: { length: expect.any(Number) } },
    ]);
  });

  it('trains layers of the network too', async () => {
    const unfreeze = ['--unfreeze', 'pooled_dense', '--epochs', '2', '--lr', '1e-4'];
    const report = trainDocument.parse(
      await document('train', 'train.csv', '--out', 'deep', '--validation', 'test.csv', ...unfreeze),
    );
    expect(report.parameters.trainable).toBeGreaterThan(200_000);
    const measured = evaluateDocument.parse(await document('evaluate', report.model, 'test.csv'));
    expect(measured.loss).toBeCloseTo(report.validation.loss, 3);
  });

  it('ends with the same model after a kill -9 and --resume', needs.signals, async () => {
    const args = ['train', 'train.csv', '--validation', 'test.csv', '--epochs', '200', '--checkpoint', '0'];
    expect(await run([...args, '--out', 'whole'])).toMatchObject({ status: 0 });
    const killed = await killAt(20, 'killed', args, { cwd });
    expect([killed.status, killed.signal]).toEqual([null, 'SIGKILL']);
    const again = await run(['train', '--resume', 'killed']);
    expect(again.stderr).toMatch(/^resuming at epoch \d+/m);
    const [one, other] = ['whole', 'killed'].map((name) => readFile(join(cwd, name, 'model.onnx')));
    expect((await one)!.equals(await other!)).toBe(true);
  });

  const LORA = ['--lora', '2', '--lora-from', 'transformer_layer_1', '--lora-targets', 'query,value'];

  it('trains adapters of the network, which leave the file again', async () => {
    const args = ['train', 'train.csv', '--validation', 'test.csv', ...LORA];
    expect(await document(...args, '--dry-run')).toMatchObject({
      phases: [{ unfreeze: null, lora: 2, trainable: 3 * 513 + 4 * 1024 }],
    });
    const said = await document(
      ...args,
      '--epochs',
      '2',
      '--then',
      'lora-from=transformer_layer_0,epochs=1',
      '--out',
      'lora',
    );
    const report = trainDocument.parse(said);
    const kernels = [0, 1].flatMap((block) =>
      ['query', 'value'].map((name) => `transformer_layer_${block}_self_attention/${name}/kernel`),
    );
    expect(report.lora).toEqual({ rank: 2, kernels, parameters: 2 * 2 * (256 + 256) + 4 * 1024 });
    const measured = evaluateDocument.parse(await document('evaluate', report.model, 'test.csv'));
    expect(measured.loss).toBeCloseTo(report.validation.loss, 3);
    expect((await run(['summary', report.model])).stdout).toContain('rank 2 beside query, value');
    expect(await document('export', report.model, '--to', 'safetensors')).toMatchObject({
      files: [join('lora', 'adapters.safetensors')],
    });
    expect(await refusal('export', report.model, '--to', 'peft')).toContain(
      'expected adapters of a network that transformers has: BERT, GPT-2 or Llama',
    );
  });

  it('ends with the same adapters after a kill -9 and --resume', needs.signals, async () => {
    const args = [
      'train',
      'train.csv',
      '--validation',
      'test.csv',
      '--epochs',
      '12',
      '--keep-epoch',
      'last',
      '--checkpoint',
      '0',
      ...LORA,
    ];
    expect(await run([...args, '--out', 'whole-lora'])).toMatchObject({ status: 0 });
    const killed = await killAt(6, 'killed-lora', args, { cwd });
    expect([killed.status, killed.signal]).toEqual([null, 'SIGKILL']);
    const again = await run(['train', '--resume', 'killed-lora']);
    expect(again.stderr).toMatch(/^resuming at epoch \d+/m);
    const [one, other] = ['whole-lora', 'killed-lora'].map((name) => readFile(join(cwd, name, 'model.onnx')));
    expect((await one)!.equals(await other!)).toBe(true);
  });

  it('is read in windows, of which the file has as many as a text needs', async () => {
    const words = (label: string) => SENTENCES.filter((one) => one.label === label).map(({ text }) => text);
    // What a text is about comes late: behind what the network takes at once.
    const filler = 'one two three four five six seven eight nine ten '.repeat(14);
    const late = ['animals', 'food', 'money'].flatMap((label) =>
      words(label)
        .slice(0, 24)
        .map((text, index) => ({
          text: `${filler}${text} ${words(label)[(index + 7) % 24]} ${words(label)[(index + 11) % 24]}`,
          label: label as (typeof SENTENCES)[number]['label'],
        })),
    );
    await file('late.csv', sentencesCsv(late.filter((_, index) => index % 4 > 0)));
    await file('late-test.csv', sentencesCsv(late.filter((_, index) => index % 4 === 0)));
    const args = ['train', 'late.csv', '--validation', 'late-test.csv', '--epochs', '30', '--json'];
    const head = await run([...args, '--out', 'late-head']);
    expect(head.stderr.replaceAll(/\s+/g, ' ')).toContain(
      'note 72 of 72 texts have more than 128 tokens: their beginning is read (--long head+tail reads their end, too, --long windows all of them).',
    );
    const windows = await run([...args, '--out', 'late-windows', '--long', 'windows']);
    expect(windows.stderr).not.toContain('more than');
    const [byHead, byWindows] = [head, windows].map(({ stdout }) => trainDocument.parse(JSON.parse(stdout)));
    expect(byHead!.validation.accuracy).toBeLessThan(0.5);
    expect(byWindows!.validation.accuracy).toBeGreaterThan(0.8);
    const measured = evaluateDocument.parse(await document('evaluate', byWindows!.model, 'late-test.csv'));
    expect(measured.loss).toBeCloseTo(byWindows!.validation.loss, 3);
    const { stdout } = await run(['summary', byWindows!.model]);
    expect(stdout).toContain('ids, int64 [N, S], S up to 3104, padded with -1; the tokenizer is inside');
  });

  it('is trained further in windows, too', async () => {
    const unfreeze = ['--unfreeze', 'pooled_dense', '--epochs', '1', '--lr', '1e-4', '--long', 'windows'];
    const report = trainDocument.parse(
      await document('train', 'late.csv', '--out', 'late-deep', '--validation', 'late-test.csv', ...unfreeze),
    );
    const measured = evaluateDocument.parse(await document('evaluate', report.model, 'late-test.csv'));
    expect(measured.loss).toBeCloseTo(report.validation.loss, 3);
  });

  it('says which texts are nearly the same across the split', async () => {
    const [first, second] = SENTENCES.slice(0, 2).map(({ text }) => text);
    await file('near.csv', `text,label\n"${first!.toUpperCase()}!!",animals\n"${second} ",food\n`);
    const { stderr, stdout } = await run([
      ...['train', 'train.csv', '--validation', 'near.csv', '--out', 'near', '--epochs', '1', '--json'],
    ]);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain(
      'note 2 of 2 validation texts are nearly the same as texts that are trained on, such as near.csv, line 2 and train.csv, line 2: metrics on them are optimistic (--json lists them).',
    );
    expect(trainDocument.parse(JSON.parse(stdout)).duplicates.near).toMatchObject({
      sets: [{ set: 'validation', examples: 2 }],
      pairs: [
        { file: 'near.csv, line 2', of: { file: 'train.csv, line 2', set: 'train' }, similarity: 1 },
        { file: 'near.csv, line 3', of: { set: 'train' } },
      ],
    });
  });

  it('gives a model, and has a network, that graft summary describes', async () => {
    const { stdout } = await run(['summary', 'run/model.onnx']);
    expect(stdout).toContain('ids, int64 [N, S], S up to 128, padded with -1; the tokenizer is inside');
    expect(stdout).toMatch(/^set +texts +accuracy +95% CI +loss$/m);
    const network = await run(['summary', 'use_lite']);
    expect([network.status, network.stdout]).toEqual([0, expect.stringContaining('pooled_dense (Dense)')]);
  });

  it('is planned without a training', async () => {
    expect(await document('train', 'train.csv', '--dry-run')).toMatchObject({
      modality: 'text',
      recipe: {
        backbone: 'use_lite',
        cut: 'pooled_dense',
        maxTokens: 128,
        long: 'head',
        ngrams: null,
        epochs: 50,
      },
      examples: { train: 81, validation: 9, test: 0 },
    });
  });
});

describe('a folder of .txt files', () => {
  it('is trained on, and may be asked of', async () => {
    for (const [index, { text, label }] of SENTENCES.entries()) {
      await mkdir(join(cwd, 'folder', label), { recursive: true });
      await file(join('folder', label, `${index}.txt`), text);
    }
    const report = trainDocument.parse(
      await document('train', 'folder', '--out', 'from-folder', '--epochs', '3'),
    );
    expect(report).toMatchObject({ modality: 'text', classNames: ['animals', 'food', 'money'] });
    const predictions = await document('predict', report.model, 'folder/money', 'folder/food/1.txt');
    expect(predictions).toHaveLength(37);
  });
});

describe('predictions', () => {
  it('are of texts, tables, and lines of standard input', async () => {
    await file('new.csv', 'id,text\n7,"My dog, the good one."\n8,\n');
    const model = 'run/model.onnx';
    const said = (await document('predict', model, 'Who pays the invoice?', '--top', '1')) as unknown[];
    expect(said).toEqual([
      {
        file: 'text 1',
        text: 'Who pays the invoice?',
        label: 'money',
        probability: expect.any(Number),
        probabilities: { money: expect.any(Number) },
      },
    ]);
    const table = await run(['predict', model, 'new.csv', '--csv']);
    expect(table.status).toBe(1);
    const [header, first, second] = table.stdout.split('\n');
    expect(header).toBe('file,text,label,probability,animals,food,money,error');
    expect(first).toMatch(/^"new.csv, line 2","My dog, the good one.",animals,0\.\d+,/);
    expect(second).toBe('"new.csv, line 3",,,,,,,empty text');
    const lines = await run(['predict', model, '-', '--json'], { input: 'A cat.\nSome cheese.\n' });
    const labels = (JSON.parse(lines.stdout) as { readonly file: string; readonly label: string }[]).map(
      ({ file: place, label }) => [place, label],
    );
    expect(labels).toEqual([
      ['standard input, line 1', 'animals'],
      ['standard input, line 2', 'food'],
    ]);
  });

  it('are not averaged over mirror images', async () => {
    const message =
      'error model "run/model.onnx": expected a model of images, for --tta, received one of texts. Leave it out.';
    expect(await refusal('predict', 'run/model.onnx', 'A text', '--tta', 'flip')).toBe(message);
    expect(await refusal('evaluate', 'run/model.onnx', 'test.csv', '--tta', 'flip')).toBe(message);
  });

  it('are not of files that are missing', async () => {
    expect(await refusal('predict', 'run/model.onnx', 'missing.txt')).toBe(
      'error text file "missing.txt": expected a file of texts, received nothing of that name. Check the path; a text itself goes into quotes.',
    );
  });
});

describe('what cannot be used', () => {
  it.each([
    [
      'one-class.csv',
      'text,label\nThis is a text.,a\nThis is another.,a\n',
      'error text file "one-class.csv": expected at least 2 classes in column "label", received 1 ("a"). Add texts of another class.',
    ],
    [
      'blanks.csv',
      'text,label\nThis is a text.,new york\nThis is another.,new  york\nA third one here.,paris\n',
      'error text file "blanks.csv": expected labels that differ in more than blanks, received "new york", "new york". Write one label the same way in all lines.',
    ],
    [
      'no-header.csv',
      'I am still waiting on my card,card_arrival\nWhat can I do if it has not arrived,card_arrival\n',
      'error text file "no-header.csv": expected names of columns in the first line, received "I am still waiting on my card". Write "text,label" as the first line.',
    ],
    [
      'empty.csv',
      'text,label\n"",a\n"",b\n',
      'error text file "empty.csv": expected at least 1 text, received 2 empty ones. Check the column of the texts (--text).',
    ],
  ])('%s', async (name, content, message) => {
    await file(name, content);
    expect(await refusal('train', name)).toContain(message);
  });

  it('is a flag for images, and one for texts where there are images', async () => {
    expect(await refusal('train', 'train.csv', '--size', '64')).toBe(
      'error recipe for texts: expected no "sizePx", received 64. Leave out --size: it is for images.',
    );
    expect(await refusal('train', 'images', '--ngrams', '2')).toBe(
      'error recipe for images: expected no "ngrams", received 2. Leave out --ngrams: it is for texts.',
    );
  });

  it('is not emoji, or a script without blanks', async () => {
    const texts = SENTENCES.slice(0, 30).map(({ label }, index) => {
      const word = { animals: '猫と犬が好きです', food: 'ขนมปังและชีส', money: '💶🏦💳' }[label];
      return `${word}${'あいうえお'.repeat(1 + (index % 7))}${index},${label}`;
    });
    await file('scripts.csv', `text,label\n${texts.join('\n')}\n`);
    const args = ['scripts.csv', '--out', 'scripts', '--epochs', '3', '--ngrams', '2'];
    const report = trainDocument.parse(await document('train', ...args));
    const said = await document('predict', report.model, '🐈‍⬛', '猫', 'ขนมปัง');
    expect(said).toMatchObject([
      { label: expect.any(String) },
      { label: expect.any(String) },
      { label: expect.any(String) },
    ]);
  });

  it('is not a text of a megabyte, or of other letters', async () => {
    const long = 'All about money and banks. '.repeat(40_000);
    const odd = Buffer.from('text,label\n"caf\xe9 and cake on the table",food\n', 'latin1');
    const csv = sentencesCsv(SENTENCES).slice('text,label\n'.length);
    await file('odd.csv', Buffer.concat([odd, Buffer.from(csv), Buffer.from(`"${long}",money\n"",money\n`)]));
    const { status, stderr } = await run(['train', 'odd.csv', '--out', 'odd', '--epochs', '2']);
    expect(status).toBe(0);
    const text = stderr.replaceAll(/\s+/g, ' ');
    expect(text).toContain(
      'note The file is not UTF-8 and was read as Windows-1252: check letters with accents.',
    );
    expect(text).toContain('note 1 of 110 texts has more than 128 tokens: their beginning is read');
    expect(stderr).toMatch(/^skipped 1 text:\n {2}odd\.csv, line \d+: empty text$/m);
  });
});
