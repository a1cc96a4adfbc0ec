/** @file How sure a model is, from the training to predictions, exports and comparisons. */

import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawImages, drawMixedImages } from '../../tests/e2e/drawn-images.ts';
import { needs } from '../../tests/support/needs.ts';
import { withMessage } from '../../tests/support/saying.ts';
import { Classifier } from '../node/artifacts/classifier.ts';
import { loadModel } from '../node/artifacts/load-layers.ts';
import { readModelFile, writeModelFile } from '../node/files/model-file.ts';
import { compareModels } from './compare.ts';
import { divideNamed } from './compared-runs.ts';
import { evaluate } from './evaluate.ts';
import { listRuns } from './list-runs.ts';
import { predict } from './predict.ts';
import { reportRun } from './report.ts';
import type { RunEvent } from './run-event.ts';
import { type TrainResult, train } from './train.ts';

let folder: string;
let first: TrainResult;
let plain: TrainResult;
let notes: string[];
const at = (...names: string[]): string => join(folder, ...names);
const quick = { sizePx: 64, epochs: 6 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-confidence-'));
  for (const motif of ['bars', 'discs'] as const) {
    await drawImages(at('two/train'), motif, 30, 1);
    await drawImages(at('two/val'), motif, 30, 2);
    await drawImages(at('two/test'), motif, 10, 3);
  }
  await drawImages(at('strangers'), 'rings', 12, 4);
  notes = [];
  const onEvent = (event: RunEvent): void => {
    if (event.type === 'note') notes.push(event.text);
  };
  const recipe = { ...quick, threshold: 'recall=0.9' };
  first = await train(at('two'), { out: at('runs/first'), recipe, cache: false, onEvent });
  const none = { ...quick, calibration: 'none' as const, unknown: null };
  plain = await train(at('two'), { out: at('runs/plain'), recipe: none, cache: false });
});
afterAll(() => rm(folder, { recursive: true }));

describe('a training', () => {
  it('measures how sure its model is, on validation and test', () => {
    const { calibration, unknown, conformal, decision } = first.report.confidence!;
    expect(calibration).toMatchObject({ examples: 60 });
    expect(calibration!.validation.after.loss).toBeLessThanOrEqual(
      calibration!.validation.before.loss + 1e-4,
    );
    expect(calibration!.validation.after.bins).toHaveLength(15);
    expect(calibration!.test!.before.bins.reduce((sum, { images }) => sum + images, 0)).toBe(20);
    expect(unknown).toMatchObject({ k: 10, rate: 0.01, kept: 60, trainingExamples: 60 });
    expect(unknown!.validation).toEqual({ examples: 60, rejected: 0 });
    expect(unknown!.test).toMatchObject({ examples: 20 });
    expect(conformal).toEqual({ examples: 60 });
    expect(decision).toMatchObject({
      goal: 'recall=0.9',
      thresholds: [{ className: 'discs', isReached: true }],
    });
    expect(notes.filter((note) => note.startsWith('Too few'))).toEqual([]);
  });

  it('leaves the weights as they are without it, bit for bit', async () => {
    const [one, other] = [first, plain].map(({ trained }) => trained.model.getLayer('predictions').weights);
    expect(one!.map(({ value }) => [...value])).toEqual(other!.map(({ value }) => [...value]));
    const [file, without] = await Promise.all(
      [first, plain].map(({ report }) => readModelFile(report.model)),
    );
    for (const name of ['predictions/kernel', 'predictions/bias']) {
      expect(file!.graph.constants.get(name)!.data).toEqual(without!.graph.constants.get(name)!.data);
    }
    expect(plain.report.confidence).toEqual({ conformal: { examples: 60 } });
    expect(without!.graph.outputs.map(({ name }) => name)).toEqual(['probabilities']);
  });

  it('says what it leaves out for want of examples', async () => {
    const small = at('small');
    for (const motif of ['bars', 'discs'] as const) await drawImages(small, motif, 6);
    const heard: string[] = [];
    const { report } = await train(small, {
      out: at('small-run'),
      recipe: { ...quick, epochs: 1, validation: 0.34 },
      cache: false,
      onEvent: (event) => event.type === 'note' && heard.push(event.text),
    });
    expect(heard).toContain(
      'Too few examples, 8 training and 4 validation, to calibrate probabilities (50 validation), or to tell what is unknown (20 of each).',
    );
    expect(report.confidence).toEqual({});
    const path = report.model;
    await expect(predict(path, [small], { confidence: 0.9 })).rejects.toThrow(
      withMessage(
        `model "${path}": expected scores of validation examples, for prediction sets (confidence), received none: it was trained by an older version, in a sweep, or with fewer than 20 validation examples. Train again with more validation examples, or leave the confidence out.`,
      ),
    );
  });

  it('refuses a threshold for what has none', async () => {
    await drawImages(at('three'), 'rings', 6);
    for (const motif of ['bars', 'discs'] as const) await drawImages(at('three'), motif, 6);
    const recipe = { ...quick, threshold: 'f1' };
    await expect(train(at('three'), { out: at('none'), recipe, cache: false })).rejects.toThrow(
      withMessage(
        'threshold: expected labels, or 2 classes, received "f1" of 3 classes for classification. Leave it out.',
      ),
    );
    await expect(
      train(at('two'), {
        out: at('none'),
        recipe: { ...quick, threshold: 'recall=0.9,class=rings' },
        cache: false,
      }),
    ).rejects.toThrow(
      withMessage(
        'threshold: expected one of bars, discs as its class, received "rings". Leave out class=, or name one of these.',
      ),
    );
  });

  it('chooses a threshold for each of several labels', async () => {
    const mixed = await drawMixedImages(at('mixed'), 130);
    const rows = mixed.map(({ file, motifs }) => `${file},${motifs.join('|')}`);
    await writeFile(at('labels.csv'), ['file,labels', ...rows].join('\n'));
    const { report } = await train(at('labels.csv'), {
      out: at('labels'),
      csv: { imageFolder: at('mixed') },
      recipe: { ...quick, threshold: 'f1', validation: 0.4 },
      cache: false,
    });
    const { decision, calibration, unknown } = report.confidence!;
    expect(unknown).toBeDefined();
    expect(calibration!.examples).toBe(report.validation.examples);
    const decisions = report.validation.examples * report.classNames.length;
    const counted = calibration!.validation.after.bins.reduce((sum, { images }) => sum + images, 0);
    expect(counted).toBe(decisions);
    expect(decision!.thresholds.map(({ className }) => className)).toEqual(report.classNames);
    const { predictions } = await predict(report.model, [at('mixed')]);
    for (const prediction of predictions) {
      if (!('labels' in prediction)) throw new Error('no labels');
      const above = decision!.thresholds.filter(
        ({ className, threshold }) => prediction.probabilities[className]! > threshold,
      );
      expect(prediction.labels).toEqual(above.map(({ className }) => className));
    }
  });

  it('calibrates labels in the model file and in its layers', async () => {
    const { model, validation, confidence } = (
      await train(at('labels.csv'), {
        out: at('unsure-labels'),
        csv: { imageFolder: at('mixed') },
        recipe: { ...quick, epochs: 1, validation: 0.4, unknown: null },
        cache: false,
      })
    ).report;
    const { temperature, validation: told } = confidence!.calibration!;
    expect(temperature).not.toBe(1);
    expect(told.after.loss).toBeLessThan(told.before.loss);
    expect(validation.loss).toBeCloseTo(told.after.loss, 4);
    const classifier = await Classifier.open(model, { task: 'multi-label' });
    const file = at('mixed', (await readdir(at('mixed')))[0]!);
    const { probabilities } = await classifier.predict(file);
    const [given] = await (await loadModel(model)).predict([file]);
    expect(given!).toBeAllClose(
      classifier.classNames.map((name) => probabilities[name]!),
      { atol: 1e-5, rtol: 0 },
    );
    await classifier.dispose();
    const page = await readFile(at('unsure-labels/report.html'), 'utf8');
    expect(page).toContain('Expected calibration error');
    expect(page).toContain('Precision and recall');
    await reportRun(at('unsure-labels'));
    expect(await readFile(at('unsure-labels/report.html'), 'utf8')).toBe(page);
  });
});

describe('its model file', () => {
  it('gives the calibrated probabilities that were told of', async () => {
    const { calibration } = first.report.confidence!;
    const told = await evaluate(first.report.model, at('two'), { split: 'val' });
    expect(told.confidence.calibration!.error).toBeCloseTo(calibration!.validation.after.error, 3);
    expect(told.loss).toBeCloseTo(first.report.validation.loss, 3);
    expect(told.confidence.unknown).toMatchObject({ examples: 60, rejected: 0 });
  });

  it('says what is unknown, in predictions of every kind', async () => {
    const { predictions } = await predict(first.report.model, [at('strangers'), at('two/val')], {
      confidence: 0.9,
    });
    const { threshold } = first.report.confidence!.unknown!;
    for (const prediction of predictions) {
      if (!('label' in prediction)) throw new Error('no label');
      expect(prediction.unknown).toBe(prediction.similarity! < threshold);
      expect(prediction.predictionSet!.length).toBeGreaterThan(0);
    }
    const means = [predictions.slice(0, 12), predictions.slice(12)].map(
      (part) =>
        part.reduce((sum, each) => sum + ('similarity' in each ? each.similarity! : 0), 0) / part.length,
    );
    expect(means[0]).toBeLessThan(means[1]!);
    const classifier = await Classifier.open(first.report.model);
    const { file } = predictions[0]!;
    const single = await classifier.predict(file, { confidence: 0.9 });
    expect(single).toMatchObject({ unknown: (predictions[0] as typeof single).unknown });
    await classifier.dispose();
  });

  it('decides by its threshold, or by another that is asked for', async () => {
    const { thresholds } = first.report.confidence!.decision!;
    const asked = async (threshold?: number) =>
      (await predict(first.report.model, [at('two/val')], { threshold })).predictions;
    for (const [said, limit] of [
      [await asked(), thresholds[0]!.threshold],
      [await asked(0.999999), 0.999999],
    ] as const) {
      for (const prediction of said) {
        if (!('label' in prediction)) throw new Error('no label');
        expect(prediction.label).toBe(prediction.probabilities['discs']! > limit ? 'discs' : 'bars');
      }
    }
  });

  it('is refused where it lacks the similarity that it tells of', async () => {
    const { info } = await readModelFile(first.report.model);
    const { graph } = await readModelFile(plain.report.model);
    await expect(writeModelFile(at('wrong.onnx'), graph, info)).rejects.toThrow(
      withMessage(
        `model "${at('wrong.onnx')}": expected one second output, "similarity" float32 [N, 1], as its metadata say, received none. The file was changed after it was written: train again, or use another copy.`,
      ),
    );
  });

  it.each([
    ['of a flattened feature map', { head: 'flatten,dense:8:relu' }],
    ['of a backbone that was trained, too', { unfreeze: 'block_6_expand' }],
    ['in int8', { precision: 'int8' as const }],
  ])('tells as much similarity as training did: %s', async (name, change) => {
    const recipe = { ...quick, epochs: 1, cut: 'block_6_expand_relu', unknown: 0.1, ...change };
    const { report } = await train(at('two'), { out: at(name), recipe, cache: false });
    const told = await evaluate(report.model, at('two'), { split: 'val' });
    const { threshold, validation } = report.confidence!.unknown!;
    expect(validation.rejected).toBe(5);
    expect(told.confidence.unknown).toEqual({ threshold, ...validation });
  });

  it('becomes layers that give the same probabilities', async () => {
    expect(first.report.confidence!.calibration!.temperature).not.toBe(1);
    const model = await loadModel(first.report.model);
    const classifier = await Classifier.open(first.report.model);
    const files = ['bars', 'discs'].map((name) => at('two/val', name));
    const said = (await predict(first.report.model, files)).predictions;
    const given = await model.predict(said.map(({ file }) => file));
    const wanted = said.map((each) => ('probabilities' in each ? each.probabilities['discs']! : Number.NaN));
    expect(given.map(([second]) => second!)).toBeAllClose(wanted, { atol: 1e-5, rtol: 0 });
    await classifier.dispose();
  });

  it('gives what the program of the documents reads, in plain ONNX Runtime', needs.keras, async () => {
    const page = await readFile(new URL('../../docs/confidence.md', import.meta.url), 'utf8');
    const [, program = ''] = /```python\n([\s\S]*?)```/.exec(page) ?? [];
    const run = promisify(execFile);
    const { stdout } = await run(process.env['GRAFT_ORACLE_PYTHON']!, ['-c', program], {
      cwd: at('runs/first'),
    });
    expect(['unknown', 'bars', 'discs']).toContain(stdout.trim());
  });
});

describe('compareModels', () => {
  it('compares runs on the data of the first', async () => {
    const report = await compareModels([at('runs/first'), at('runs/plain')]);
    expect(report).toMatchObject({
      data: at('two'),
      split: 'test',
      examples: 20,
      trainedOn: 0,
      score: 'accuracy',
    });
    expect(report.models).toHaveLength(2);
    expect(report.models[0]!.cost.parameters).toBe(report.models[1]!.cost.parameters);
    expect(report.pairs).toMatchObject([{ first: 0, second: 1 }]);
    for (const { predicted } of report.disagreements) expect(new Set(predicted).size).toBe(2);
  });

  it('leaves out what a model was trained on', async () => {
    const options = { data: at('two'), split: 'train' as const };
    await expect(compareModels([at('runs/first'), at('runs/plain')], options)).rejects.toThrow(
      withMessage(
        `data "${at('two')}": expected examples that none of the models was trained on, received 60, of which each one was trained on by one of them. Name other data behind the runs: graft compare RUN RUN DATA.`,
      ),
    );
  });

  it('refuses what cannot be compared', async () => {
    const alone = at('runs/first');
    await expect(compareModels([alone])).rejects.toThrow(
      withMessage(
        `graft compare: expected at least 2 runs, each once, received "${alone}". Name folders of runs or model files, and behind them the data, if other than those of the first run.`,
      ),
    );
    await mkdir(at('empty'), { recursive: true });
    await expect(compareModels([alone, at('empty')])).rejects.toThrow(
      withMessage(
        `run "${at('empty')}": expected a folder with a model.onnx, or a model file, received a folder without one. Name runs that have ended: graft runs lists them.`,
      ),
    );
    await expect(compareModels([alone, at('labels')])).rejects.toThrow(
      withMessage(
        `graft compare: expected models of the same task, received classification in "${alone}", multi-label in "${at('labels')}". Compare runs that answer the same question.`,
      ),
    );
    await train(at('three'), {
      out: at('of-three'),
      recipe: { ...quick, epochs: 1, validation: 0.34 },
      cache: false,
    });
    await expect(compareModels([alone, at('of-three')])).rejects.toThrow(
      withMessage(
        `graft compare: expected models of the same classes, received "bars", "discs" in "${alone}", "bars", "discs", "rings" in "${at('of-three')}". Compare runs that answer the same question.`,
      ),
    );
  });

  it('says so when the data have moved', async () => {
    await cp(at('runs/first'), at('moved'), { recursive: true });
    const record = JSON.parse(await readFile(at('moved/training.json'), 'utf8'));
    await writeFile(at('moved/training.json'), JSON.stringify({ ...record, path: at('gone') }));
    await expect(compareModels([at('moved'), at('runs/plain')])).rejects.toThrow(
      withMessage(
        `run "${at('moved')}": expected the data that it was trained on, received nothing at "${at('gone')}". Name the data last: graft compare RUN RUN DATA.`,
      ),
    );
    await rename(at('moved/training.json'), at('moved-training.json'));
    await expect(compareModels([at('moved'), at('runs/plain')])).rejects.toThrow(
      withMessage(
        `run "${at('moved')}": expected the data that it was trained on, received a run that does not tell where they are. Name the data last: graft compare RUN RUN DATA.`,
      ),
    );
  });

  it('knows data behind runs', async () => {
    const [one, other] = [at('runs/first'), at('runs/plain')];
    expect(await divideNamed([one, other])).toEqual({ runs: [one, other], data: undefined });
    expect(await divideNamed([one, other, at('two')])).toEqual({ runs: [one, other], data: at('two') });
    expect(await divideNamed([one, at('labels.csv')])).toEqual({ runs: [one], data: at('labels.csv') });
  });
});

describe('listRuns', () => {
  it('lists what there is, the best first, and what is wrong with the others', async () => {
    await cp(at('runs/first'), at('runs/broken'), { recursive: true });
    await writeFile(at('runs/broken/model.onnx'), 'no model');
    await cp(at('runs/first/.graft-run'), at('runs/begun/.graft-run'));
    await writeFile(at('runs/begun/run.json'), '{}');
    const { runs, others } = await listRuns(at('runs'));
    expect(runs.map(({ run }) => run).sort()).toEqual([at('runs/first'), at('runs/plain')]);
    expect(runs[0]!.validation.value).toBeGreaterThanOrEqual(runs[1]!.validation.value!);
    const listed = runs.find(({ run }) => run === at('runs/first'))!;
    expect(listed).toMatchObject({
      task: 'classification',
      modality: 'image',
      backbone: 'mobilenet_v2_openimages',
      data: at('two'),
      temperature: first.report.confidence!.calibration!.temperature,
      test: { metric: 'accuracy', examples: 20 },
    });
    expect(others).toEqual([
      {
        run: at('runs/begun'),
        state: 'unfinished',
        reason: `graft train --resume ${at('runs/begun')} goes on with it`,
      },
      {
        run: at('runs/broken'),
        state: 'unreadable',
        reason: 'expected an ONNX model, received bytes that cannot be read',
      },
    ]);
  });

  it('says so where there is no such folder', async () => {
    await expect(listRuns(at('nowhere'))).rejects.toThrow(
      withMessage(
        `runs "${at('nowhere')}": expected a folder of runs, received nothing of that name. graft train makes one; or name another: graft runs FOLDER.`,
      ),
    );
  });
});
