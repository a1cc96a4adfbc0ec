import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import { PixelClassifier } from '../artifacts/pixel-classifier.ts';
import { Functional } from '../core/layers/functional.ts';
import { input } from '../core/layers/input-layer.ts';
import { layers } from '../core/layers/layers.ts';
import { modelGraph } from '../core/layers/lower-model.ts';
import { encodeModel } from '../core/onnx/encoder.ts';
import { platform } from '../core/runtime/platform.ts';
import { type Backbone, backboneOfOnnx } from '../vision/backbone/backbone.ts';
import { encodeClassifier, type TrainHeadOptions, trainHead } from './train-head.ts';

const SIZE = 4;
const BYTES = SIZE * SIZE * 3;

/** A convolution with random weights, as the bytes of an ONNX file. */
async function backbone(): Promise<Backbone> {
  const image = input({ shape: [SIZE, SIZE, 3], name: 'image' });
  const outputs = layers.conv2d({ filters: 8, kernelSize: 2, activation: 'relu' }).apply(image);
  const model = new Functional({ inputs: image, outputs, name: 'small' });
  model.initialize({ seed: 1 });
  const { name } = outputs.layer;
  const bytes = encodeModel(modelGraph(model));
  const made = await backboneOfOnnx({ name: 'small.onnx', bytes });
  expect([made.pretrainedConfig.id, name.startsWith('conv2d')]).toEqual(['small', true]);
  return made;
}

/** Images of one color, red or blue, each a little different. */
function images(count: number): { pixels: Uint8Array; labels: number[] } {
  const labels = Array.from({ length: count }, (_, index) => index % 2);
  const pixels = Uint8Array.from({ length: count * BYTES }, (_, place) => {
    const index = Math.floor(place / BYTES);
    const channel = place % 3;
    return channel === (labels[index] === 0 ? 0 : 2) ? 200 + index : 20 + index;
  });
  return { pixels, labels };
}

async function options(more: Partial<TrainHeadOptions> = {}): Promise<TrainHeadOptions> {
  const classNames = ['red', 'blue'];
  return { backbone: await backbone(), classNames, train: images(20), recipe: { epochs: 30 }, ...more };
}

describe('trainHead', () => {
  it('trains on pixels, and gives a file that tells the classes apart', async () => {
    const seen: number[] = [];
    const trained = await trainHead(await options({ onEpoch: ({ epoch }) => seen.push(epoch) }));
    expect(seen.length).toBe(trained.history.epochs.length);
    // A fifth of each class validates.
    expect([trained.train.images, trained.validation.images, trained.validation.accuracy]).toEqual([
      16, 4, 1,
    ]);
    const classifier = await PixelClassifier.load(encodeClassifier(trained));
    const { pixels } = images(2);
    expect((await classifier.predict(pixels, 2)).map(({ label }) => label)).toEqual(['red', 'blue']);
    await classifier.dispose();
  });

  it('validates on the images that are given for it', async () => {
    const trained = await trainHead(await options({ validation: images(6) }));
    expect([trained.train.images, trained.validation.images]).toEqual([20, 6]);
  });

  it('needs two images of each class where none are given to validate', async () => {
    const train = { pixels: new Uint8Array(3 * BYTES), labels: [0, 0, 1] };
    await expect(trainHead(await options({ train }))).rejects.toThrow(
      withMessage(
        'class "blue": expected at least 2 images: one to train on, one to validate, received 1. ' +
          'Give more images, or validation images of your own.',
      ),
    );
  });

  it.each([
    ['a kernel', { head: 'flatten,dense:4' }],
    ['a graph', { clip: 'global:1' }],
    ['views, and int8', { augmentation: 'flip', precision: 'int8', views: 2 } as const],
  ])('does all on the machine that it is given: %s', async (_, recipe) => {
    const platforms = ['createSession', 'loadKernel', 'startHelpers', 'nextTurn'] as const;
    const runtime = { ...platform };
    const spies = platforms.map((name) => vi.spyOn(platform, name));
    const own = vi.spyOn(runtime, 'createSession');
    onTestFinished(() => {
      for (const spy of spies) spy.mockRestore();
    });
    await trainHead(await options({ runtime, recipe: { epochs: 2, ...recipe } }));
    expect(own).toHaveBeenCalled();
    expect(platforms.filter((_, index) => spies[index]!.mock.calls.length > 0)).toEqual([]);
  });

  it('stops before it has learned anything', async () => {
    await expect(trainHead(await options({ signal: AbortSignal.abort() }))).rejects.toThrow(
      withMessage(
        'training: expected to reach its end, received an interruption. ' +
          'Stopped before training began: nothing was learned yet.',
      ),
    );
  });
});
