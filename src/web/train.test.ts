import { describe, expect, it } from 'vitest';
import { convolutionFile } from '../../tests/support/convolution-file.ts';
import { withMessage } from '../../tests/support/saying.ts';
import { PixelClassifier } from '../artifacts/pixel-classifier.ts';
import type { TrainingEvent } from '../events/training-event.ts';
import type { BrowserWorker } from './browser.ts';
import { type TrainOptions, train } from './train.ts';
import { trainImages } from './train-images.ts';
import type { WorkAnswer, WorkOrder } from './worker-messages.ts';

const SIZE = 4;

const backbone = (): File => convolutionFile(SIZE, 8, 2);

/** Images of one color, each a little different. */
function images(channel: number, count = 10) {
  return Array.from({ length: count }, (_, index) => ({
    data: Uint8Array.from(
      { length: SIZE * SIZE * 3 },
      (_, place) => (place % 3 === channel ? 200 : 20) + index,
    ),
    width: SIZE,
    height: SIZE,
  }));
}

/** Says that it is there, and answers as it is told to. */
function fakeWorker(
  answers: readonly WorkAnswer[] | ((worker: BrowserWorker) => void),
  orders: WorkOrder[] = [],
): () => BrowserWorker {
  return () => {
    const worker: BrowserWorker = {
      onmessage: null,
      onerror: null,
      postMessage: (message) => {
        orders.push(structuredClone(message) as WorkOrder);
        if (typeof answers === 'function') answers(worker);
        else for (const data of answers) worker.onmessage!({ data });
      },
      terminate: () => {},
    };
    queueMicrotask(() => worker.onmessage!({ data: { type: 'ready' } }));
    return worker;
  };
}

describe('training in a page', () => {
  it('trains on images by class, and gives a model file that tells them apart', async () => {
    const events: TrainingEvent[] = [];
    const { model, report } = await trainImages(
      // As a folder is read: classes in natural order.
      { 'red 10': images(0), 'blue 9': images(2) },
      { backbone: backbone(), recipe: { epochs: 20 }, onEvent: (event) => events.push(event) },
    );
    expect(report.classNames).toEqual(['blue 9', 'red 10']);
    expect([report.train.examples, report.validation.examples]).toEqual([16, 4]);
    const types = events.map(({ type }) => type).filter((type) => type !== 'progress' && type !== 'step');
    expect([...new Set(types)]).toEqual([
      'data',
      'model',
      'phase',
      'stage',
      'epoch',
      'note',
      'metrics',
      'result',
    ]);
    expect(events.find(({ type }) => type === 'data')).toMatchObject({
      data: 'images',
      modality: 'image',
      sets: [
        { set: 'train', examples: 16 },
        { set: 'validation', examples: 4, source: '20% of each class', isSplit: true },
      ],
      duplicates: { images: 0 },
    });
    const classifier = await PixelClassifier.load(model);
    const [red] = images(0, 1);
    expect(await classifier.predict(red!.data)).toMatchObject([{ label: 'red 10' }]);
    await classifier.dispose();
  });

  it('keeps copies of an image on one side, and tells of them', async () => {
    const [first, ...others] = images(0);
    const events: TrainingEvent[] = [];
    await trainImages(
      { red: [first!, ...others, { ...first! }], blue: images(2) },
      { backbone: backbone(), recipe: { epochs: 1 }, onEvent: (event) => events.push(event) },
    );
    const data = events.find((event) => event.type === 'data');
    expect(data!.duplicates).toMatchObject({ images: 2, distinct: 1, differing: 0 });
    expect(data!.duplicates.sets.map(({ trained }) => trained)).toEqual([0, 0]);
  });

  it('validates and tests on images that are given for it', async () => {
    const { report } = await trainImages(
      { red: images(0), blue: images(2) },
      {
        backbone: backbone(),
        recipe: { epochs: 20 },
        validation: { red: images(0, 3) },
        test: { blue: images(2, 4), red: images(0, 1) },
      },
    );
    expect([report.train.examples, report.validation.examples, report.test?.examples]).toEqual([20, 3, 5]);
  });

  it('refuses in words what it cannot train on', async () => {
    const both = { red: images(0), blue: images(2) };
    const refused = (given: Parameters<typeof trainImages>[0], more: TrainOptions = {}) =>
      expect(trainImages(given, { backbone: backbone(), ...more })).rejects;
    await refused({ Red: images(0), red: images(2) }).toThrow(
      withMessage(
        'training images: expected class names that differ in more than upper and lower case, received "red", "Red". ' +
          'Give the images of one class under one name.',
      ),
    );
    await refused({ ...both, red: ['a.png' as never] }).toThrow(
      withMessage(
        'training images of "red", 1: expected a File, a Blob or ImageData, received a value of type string. ' +
          'Of a video or canvas, give what captureImage makes of it.',
      ),
    );
    await refused(both, { validation: { green: images(1) } }).toThrow(
      withMessage(
        'validation images: expected classes among "blue", "red", received "green". ' +
          'Give training images of that class, or leave it out.',
      ),
    );
    await refused(both, { recipe: { group: '(' } }).toThrow(/^group "\(": expected a regular expression/);
  });
});

describe('training in a worker', () => {
  const given = { red: images(0).values(), blue: images(2) };

  it('sends images and options, and hears events and the result', async () => {
    const orders: WorkOrder[] = [];
    const events: TrainingEvent[] = [];
    const event: TrainingEvent = { type: 'note', text: 'a note' };
    const result = { report: {} as never, model: Uint8Array.of(1, 2) };
    const worker = fakeWorker(
      [
        { type: 'event', event },
        { type: 'result', result },
      ],
      orders,
    );
    const trained = await train(given, {
      worker,
      recipe: { epochs: 3 },
      onEvent: (heard) => events.push(heard),
    });
    expect(events).toEqual([event]);
    expect([...new Uint8Array(await trained.save().arrayBuffer())]).toEqual([1, 2]);
    expect(orders).toMatchObject([{ type: 'train', settings: { recipe: { epochs: 3 } } }]);
    expect(Object.entries((orders[0] as Extract<WorkOrder, { type: 'train' }>).examples)).toHaveLength(2);
  });

  it('asks another one for one thread, and says so, where the threads of the first did not start', async () => {
    const orders: WorkOrder[] = [];
    const events: TrainingEvent[] = [];
    const answers: WorkAnswer[] = [
      { type: 'no-threads' },
      { type: 'result', result: { report: {} as never, model: Uint8Array.of(3) } },
    ];
    const worker = fakeWorker((own) => own.onmessage!({ data: answers.shift()! }), orders);
    const onEvent = (event: TrainingEvent): unknown => events.push(event);
    const { model } = await train(given, { worker, threads: 4, onEvent });
    expect([...model]).toEqual([3]);
    const asked = orders.map((order) => order.type === 'train' && order.settings.threads);
    expect(asked).toEqual([4, 1]);
    expect(orders.map((order) => order.type === 'train' && Object.keys(order.examples))).toEqual([
      ['red', 'blue'],
      ['red', 'blue'],
    ]);
    const text =
      'this browser started none of the threads that it promised: one does all, with the same results';
    expect(events).toEqual([{ type: 'note', text }]);
  });

  it('tells it to stop', async () => {
    const orders: WorkOrder[] = [];
    const stop = new AbortController();
    const parts = { where: 'training', expected: 'an end', received: 'an interruption', advice: 'Wait.' };
    const worker = fakeWorker((own) => {
      if (orders.at(-1)?.type !== 'stop') stop.abort();
      else own.onmessage!({ data: { type: 'failure', failure: { code: 'interrupted', parts } } });
    }, orders);
    await expect(train({}, { worker, signal: stop.signal })).rejects.toMatchObject({
      code: 'interrupted',
      parts,
    });
    expect(orders.map(({ type }) => type)).toEqual(['train', 'stop']);
  });

  it('fails in words, and with what a listener throws', async () => {
    const failing = fakeWorker((own) => own.onerror!({ message: '' }));
    await expect(train({}, { worker: failing })).rejects.toThrow(
      withMessage(
        'training worker: expected a worker that trains, received one that cannot be started. ' +
          'Start one yourself: { worker: () => new Worker(...) } of a module that imports graft-ml/web/worker; or train in this thread, { worker: false }.',
      ),
    );
    const talking = fakeWorker([{ type: 'event', event: { type: 'note', text: 'a note' } }]);
    const onEvent = (): never => {
      throw new Error('enough');
    };
    await expect(train({}, { worker: talking, onEvent })).rejects.toThrow(withMessage('enough'));
    const broken = fakeWorker([{ type: 'failure', failure: { message: 'a bug', stack: 'here' } }]);
    await expect(train({}, { worker: broken })).rejects.toThrow(withMessage('a bug'));
    await expect(train({}, { worker: fakeWorker([]), backbone: (() => {}) as never })).rejects.toThrow(
      /^train: expected examples and options that can go to a worker, received .*could not be cloned/,
    );
  });
});
