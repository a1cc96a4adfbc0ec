/** @file The events of a run: as lines of JSON, and from the library's functions, which the command line only prints. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DEFAULT_RECIPE,
  type EpochEvent,
  estimate,
  evaluate,
  findLearningRate,
  GraftError,
  predict,
  type RunEvent,
  resumeTraining,
  sweep,
  train,
} from '../../src/index.ts';
import { graft } from './cli.ts';
import { evaluateDocument, predictDocument, sweepDocument, trainDocument } from './contract.ts';
import { drawWorkplace, QUICK, type Workplace } from './trained-models.ts';

let work: Workplace;
beforeAll(async () => {
  work = await drawWorkplace();
});
afterAll(() => work.remove());

const RECIPE = { ...DEFAULT_RECIPE, sizePx: 64, epochs: 4 };
const inWork = (name: string): string => join(work.cwd, name);

/** What an event is as JSON is what it is. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** The types of events, in their order, each once in a row; progress comes as often as it takes. */
function typesOf(events: readonly Pick<RunEvent, 'type'>[]): string[] {
  const types = events.map(({ type }) => type).filter((type) => type !== 'progress' && type !== 'step');
  return types.filter((type, index) => type !== types[index - 1] && type !== 'note');
}

const TRAINING = ['data', 'model', 'plan', 'phase', 'stage', 'epoch', 'metrics', 'stage', 'result'];

describe('graft train --json-lines', () => {
  it('prints the events as they come, a JSON object a line, and nothing else', async () => {
    const seen: string[] = [];
    const { status, stdout, stderr } = await graft(
      ['train', 'two', ...QUICK, '--json-lines', '--out', 'lines'],
      { cwd: work.cwd, onStderr: (text) => seen.push(text) },
    );
    expect([status, stderr]).toEqual([0, '']);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent);
    expect(typesOf(events)).toEqual(TRAINING);
    const epochs = events.filter((event): event is EpochEvent => event.type === 'epoch');
    expect(epochs.map(({ epoch }) => epoch)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(epochs[0]).toMatchObject({
      phase: null,
      epochOfPhase: 1,
      epochs: 30,
      metrics: { loss: expect.any(Number), val_accuracy: expect.any(Number) },
      learningRate: 0.002,
      isBest: true,
    });
    const last = events.at(-1)!;
    const report = last.type === 'result' && trainDocument.parse(last.report);
    expect(report).toMatchObject({ run: 'lines', epochs: 30 });
    expect(epochs.findLast(({ isBest }) => isBest)!.epoch).toBe((report as { bestEpoch: number }).bestEpoch);
    const metrics = events.filter((event) => event.type === 'metrics');
    expect(metrics.map(({ set }) => set)).toEqual(['train', 'validation']);
    expect(metrics[1]!.metrics).toMatchObject({ confusion: [expect.any(Array), expect.any(Array)] });
  });

  it('prints those of a failure up to it, and why on standard error', async () => {
    const { status, stdout, stderr } = await graft(
      [
        ...['train', 'two', ...QUICK, '--json-lines', '--out', 'diverged', '--batch', '10'],
        ...['--head', 'gap,dense:8', '--optimizer', 'sgd', '--lr', '1e30'],
      ],
      { cwd: work.cwd },
    );
    expect([status, stderr.split(':')[0]]).toEqual([1, 'error training, epoch 1, step 2']);
    expect(
      typesOf(
        stdout
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      ),
    ).toEqual(TRAINING.slice(0, 5));
  });

  it('is one of --json and --json-lines', async () => {
    const { status, stdout, stderr } = await graft(['train', 'two', '--json', '--json-lines'], {
      cwd: work.cwd,
    });
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain("error: option '--json-lines' cannot be used with option '--json'");
  });
});

describe('the library', () => {
  it('trains, evaluates and predicts by functions, with the documents of the command line', async () => {
    const events: RunEvent[] = [];
    const onEvent = (event: RunEvent): void => void events.push(event);
    const out = inWork('library');
    const { report, trained } = await train(inWork('two'), { recipe: RECIPE, out, cache: false, onEvent });
    expect(typesOf(events)).toEqual(TRAINING);
    expect(asJson(events.at(-1))).toEqual(asJson({ type: 'result', useCase: 'train', report }));
    expect(trainDocument.parse(asJson(report))).toMatchObject({ run: out, epochs: 4 });
    expect(trained.history.epochs).toHaveLength(4);

    const evaluated = await evaluate(report.model, inWork('two'));
    expect(evaluateDocument.parse(asJson(evaluated))).toMatchObject({ examples: 24, split: 'all' });
    const { predictions } = await predict(report.model, [inWork('two/bars')], { top: 1 });
    expect(predictDocument.parse(asJson(predictions))).toHaveLength(12);
  });

  it('estimates, sweeps and looks for a rate by functions', async () => {
    const options = { recipe: RECIPE, cache: false };
    const plan = await estimate(inWork('two'), options);
    expect(plan).toMatchObject({
      examples: { train: 20, validation: 4 },
      features: { total: 24, cached: 0 },
    });
    const axes = { learningRates: [1e-2, 1e-3] };
    const events: RunEvent[] = [];
    const swept = await sweep(inWork('two'), {
      ...options,
      axes,
      out: inWork('swept'),
      onEvent: (event) => void events.push(event),
    });
    expect(sweepDocument.parse(asJson(swept)).rows).toHaveLength(2);
    expect(typesOf(events)).toEqual([...['data', 'sweep-plan', 'stage', 'combination', 'metrics', 'result']]);
    const { points, plot } = await findLearningRate(inWork('two'), { ...options, steps: 5 });
    expect([points.length, plot]).toEqual([5, null]);
  });

  it('ends with what a listener throws, and leaves no run behind', async () => {
    const run = train(inWork('two'), {
      recipe: RECIPE,
      out: inWork('thrown'),
      cache: false,
      onEvent({ type }) {
        if (type === 'plan') throw new Error('not so much');
      },
    });
    await expect(run).rejects.toThrow('not so much');
    expect(existsSync(inWork('thrown'))).toBe(false);
  });

  it('stops by a signal, keeps the best epoch, and resumes the run', async () => {
    const controller = new AbortController();
    const out = inWork('stopped');
    const { report } = await train(inWork('two'), {
      recipe: { ...RECIPE, epochs: 60, patience: null },
      out,
      cache: false,
      checkpointSeconds: 0,
      signal: controller.signal,
      onEvent: (event) => event.type === 'epoch' && event.epoch === 3 && controller.abort(),
    });
    expect([report.ended, report.epochs]).toEqual(['interrupted', 3]);
    const resumed: RunEvent[] = [];
    const again = await resumeTraining(out, { cache: false, onEvent: (event) => void resumed.push(event) });
    expect([again.report.ended, again.report.epochs]).toEqual(['epochs', 60]);
    expect(resumed.find(({ type }) => type === 'resume')).toEqual({ type: 'resume', epoch: 4, step: 0 });
    const bests = resumed.filter((event) => event.type === 'epoch').filter(({ isBest }) => isBest);
    expect(bests.at(-1)?.epoch).toBe(again.report.bestEpoch);
  });

  it('gives up by a signal where there is nothing to keep', async () => {
    const controller = new AbortController();
    const events: RunEvent[] = [];
    const error = await evaluate(inWork('library/model.onnx'), inWork('two'), {
      signal: controller.signal,
      onEvent(event) {
        events.push(event);
        if (event.type === 'progress') controller.abort();
      },
    }).catch((reason: unknown) => reason);
    expect((error as GraftError).message).toBe(
      `model "${inWork('library/model.onnx')}": expected to reach the end of the images, received a request to stop. Stopped before the end: there is no result.`,
    );
    expect(error).toBeInstanceOf(GraftError);
    expect(events.some(({ type }) => type === 'result')).toBe(false);
  });
});
