/** @file What stands beside Keras and TensorFlow.js in their tables compiles, and runs, with a small model and made images. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pages, ROOT, textOf, typeErrors } from '../support/docs-pages.ts';
import { makeWorkshop, type Workshop } from '../support/docs-workshop.ts';

const tables = pages.filter((page) => /coming-from-(keras|tensorflow-js)\.md$/.test(page));

/** The code in the last column, line by line. */
const spansOf = (page: string): string[] =>
  [...textOf(page).matchAll(/^\| .*\| (.*?) *\|$/gm)]
    .flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/g)])
    .map(([, code = '']) => code);

/** Options, by the call that takes them. */
const OPTION_OF: Readonly<Record<string, (option: string) => string>> = {
  weights: (option) => `await loadBackbone('inception_v3', { ${option} })`,
  metrics: (option) => `m.compile({ optimizer: optimizers.sgd(), loss: 'binary_crossentropy', ${option} })`,
  augmentation: (option) => `await m.fit(train, { ${option} })`,
  preprocessing: (option) => `model({ inputs: base.inputs, outputs: x, ${option} })`,
  resize: (option) => `model({ inputs: base.inputs, outputs: x, ${option} })`,
};

/** What is no code: commands, endings of files, words, and results. */
const WORDS = [
  /^(graft |--)/,
  /^\.[\w.]+$/,
  /^[a-z]\w*(\(\))?$/i,
  /^'[^']*'$/,
  /^\{ label, probability, probabilities \}$/,
];

/** A span as a statement; undefined of what is no code. */
function statementOf(span: string): string | undefined {
  if (WORDS.some((word) => word.test(span))) return undefined;
  const [, option] = /^(\w+): /.exec(span) ?? [];
  if (option !== undefined) return `${OPTION_OF[option]!(span)};`;
  // Of a callback, which is an object.
  if (span.startsWith('{')) return `await m.fit(train, { callbacks: [${span.replace('...', '')}] });`;
  return `${span};`;
}

const GRAFT = `import {
  findPretrainedConfig, Classifier, earlyStopping, exportFunctional, imageDatasetFromDirectory, inceptionV3, initializers,
  input, layers, loadBackbone, loadModel, loadWeights, losses, metrics, model, modelCheckpoint, optimizers, preprocessing,
  readWeights, saveModel, schedules,
} from 'graft-ml';
import type { EpochRecord, TrainingControl } from 'graft-ml';
`;

/** What the tables take as given. The layers are called as those that they name. */
const GIVEN = `
const inputs = input({ shape: [12, 12, 3] });
const conv = layers.conv2d({ filters: 2, kernelSize: 3, name: 'mixed7' }).apply(inputs);
const cut = layers.conv2d({ filters: 2, kernelSize: 3, name: 'conv_pw_13_relu' }).apply(conv);
const base = model({ inputs, outputs: cut, preprocessing: preprocessing.zeroToOne });
base.initialize({ seed: 1 });
const x = layers.dense({ units: 1, activation: 'sigmoid' }).apply(layers.flatten().apply(cut));
const m = model({ inputs, outputs: x, preprocessing: preprocessing.zeroToOne });
m.compile({ optimizer: optimizers.sgd({ learningRate: 0.01 }), loss: losses.binaryCrossentropy(), metrics: ['accuracy'] });
const train = await imageDatasetFromDirectory('photos/train', { imageSize: [12, 12] });
const val = await imageDatasetFromDirectory('photos/val', { imageSize: [12, 12] });
const epochs = 1;
const onEpochEnd = ({ epoch, logs }: EpochRecord): void => console.log(epoch, logs['loss']);
const { history } = await m.fit(train, {
  validationData: val,
  callbacks: [modelCheckpoint('best.safetensors', { model: m, saveWeightsOnly: true })],
});
await saveModel(m, 'model.onnx', { classNames: train.classNames });
`;

/** Needs weights that are fetched, or that another program wrote. */
const needsFiles = (statement: string): boolean => statement.includes('loadBackbone(');

/** In a scope of its own. Beside TensorFlow.js, `preprocessing` is what loadBackbone gives. */
const scoped = (page: string, statement: string): string => {
  const given = page.includes('tensorflow') ? 'const preprocessing = m.preprocessing; ' : '';
  return `await (async () => { ${given}{ ${statement} } })();\n`;
};

describe.each(tables)('%s', (page) => {
  const statements = spansOf(page).flatMap((span) => statementOf(span) ?? []);

  it('has code that compiles', () => {
    expect(statements.length).toBeGreaterThan(15);
    const samples = statements.map((statement) => ({
      name: statement,
      code: `${GRAFT}${GIVEN}${scoped(page, statement)}`,
    }));
    expect(typeErrors(samples)).toEqual({});
  }, 240_000);
});

describe('the code in the tables', () => {
  let workshop: Workshop;
  beforeAll(async () => {
    workshop = await makeWorkshop();
  });
  afterAll(() => workshop.remove());

  it.each(tables)('runs: %s', async (page) => {
    const statements = spansOf(page)
      .flatMap((span) => statementOf(span) ?? [])
      .filter((statement) => !needsFiles(statement));
    // 40 epochs would show nothing more.
    const lines = statements.map((statement) => statement.replace('epochs: 40', 'epochs: 2'));
    const code = lines
      .map((statement, index) => `console.log('step ${index}');\n${scoped(page, statement)}`)
      .join('');
    const { status, stderr, stdout } = await workshop.run(`${GRAFT}${GIVEN}${code}`);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.match(/^step \d+$/gm)).toHaveLength(statements.length);
  });

  it('names only what the library has', () => {
    const exported = readFileSync(join(ROOT, 'src/index.ts'), 'utf8');
    const called = tables
      .flatMap(spansOf)
      .flatMap((code) => [...code.matchAll(/(?<![.\w])([a-z]\w*)\(/g)].map(([, name = '']) => name));
    expect(called.length).toBeGreaterThan(15);
    const known = ['onEpochEnd', 'dispose'];
    expect(
      called.filter((name) => !known.includes(name) && !new RegExp(`\\b${name}\\b`).test(exported)),
    ).toEqual([]);
  });
});
