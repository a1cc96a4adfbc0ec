import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { backboneCard, backboneCards, isBackboneAvailable, loadBackbone, weightSourceOf } from './cards.ts';

const QUANTISED = '../shared/weights/mobilenet_v2_1.0_224_quant.tflite';
const TEACHABLE = '../shared/weights/teachable-machine-mobilenet_v2_0.35';

describe('backbone cards', () => {
  it.each(backboneCards)('tell the truth about $id', async (card) => {
    const { model, cut } = await loadBackbone(card.id, { weights: 'random' });
    expect(model.countParams().total).toBe(card.parameters);
    expect(model.input.shape).toEqual([null, card.defaultSizePx, card.defaultSizePx, 3]);
    expect(cut).toBe(card.defaultCut);
    const smallest = card.smallestSizePx;
    const small = await loadBackbone(card.id, { weights: 'random', inputShape: [smallest, smallest, 3] });
    expect(small.model.output.shape.slice(1, 3)).toEqual([1, 1]);
    await expect(
      loadBackbone(card.id, { weights: 'random', inputShape: [smallest, smallest - 1, 3] }),
    ).rejects.toMatchObject({ code: 'argument' });
  });

  it('say what is at hand, and where it comes from', () => {
    expect(backboneCards.map((card) => [card.id, isBackboneAvailable(card)])).toEqual([
      ['mobilenet_v2_openimages', true],
      ['inception_v3', false],
    ]);
    expect(weightSourceOf(backboneCards[0]!)).toBe('npm package @mediapipe/objectron');
  });

  it('are found by name, or the nearest is told', () => {
    expect(backboneCard('inception_v3').defaultCut).toBe('mixed7');
    expect(() => backboneCard('inceptionv3')).toThrow(
      expect.objectContaining({
        code: 'argument',
        message:
          'backbone: expected a name among "mobilenet_v2_openimages", "inception_v3", or a file of weights, ' +
          'received "inceptionv3". Did you mean "inception_v3"?',
      }),
    );
  });
});

describe('loadBackbone', () => {
  it('loads the default from the installed package', async () => {
    const { model, card, cut, preprocessing } = await loadBackbone('mobilenet_v2_openimages');
    expect(card.id).toBe('mobilenet_v2_openimages');
    expect(cut).toBe(card.defaultCut);
    expect(preprocessing).toEqual({ scale: 1 / 127.5, offset: -1 });
    expect(model.weights.every(({ weight }) => weight.materialised)).toBe(true);
  });

  it('draws the same random weights for the same seed', async () => {
    const first = async (seed: number): Promise<number[]> => {
      const options = { weights: 'random', seed, inputShape: [32, 32, 3] } as const;
      const { model } = await loadBackbone('mobilenet_v2_openimages', options);
      return [...model.getLayer('Conv1').weight('kernel').value.slice(0, 4)];
    };
    expect(await first(1)).toEqual(await first(1));
    expect(await first(1)).not.toEqual(await first(2));
  });

  it('refuses a cut that is no layer', async () => {
    await expect(loadBackbone('inception_v3', { weights: 'random', cut: 'mixed77' })).rejects.toThrow(
      expect.objectContaining({
        code: 'layer-not-found',
        message:
          'model "inception_v3": expected the name of a layer, received "mixed77". ' +
          'The nearest names are "mixed7", "mixed0", "mixed1".',
      }),
    );
  });

  it('refuses pictures that are too small', async () => {
    await expect(
      loadBackbone('inception_v3', { weights: 'random', inputShape: [74, 80, 3] }),
    ).rejects.toThrow(
      expect.objectContaining({
        code: 'argument',
        message:
          'inceptionV3: expected pictures of at least 75 x 75 px, received 74 x 80 px with 3 channels. ' +
          'Use a size from 75 px on.',
      }),
    );
  });

  it('says where to find weights that have to be fetched', async () => {
    await expect(loadBackbone('inception_v3')).rejects.toThrow(
      expect.objectContaining({
        code: 'file-not-found',
        message:
          'backbone "inception_v3": expected a file of weights, received none. ' +
          'Fetch https://storage.googleapis.com/tensorflow/keras-applications/inception_v3/' +
          'inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5 and give its path as weights.',
      }),
    );
  });

  it('refuses a file of a network that it does not know', async () => {
    await expect(loadBackbone('tests/golden/weights/keras_legacy.h5')).rejects.toThrow(
      expect.objectContaining({
        code: 'weights',
        message:
          'weights "keras_legacy.h5": expected weights of MobileNetV2 or InceptionV3, ' +
          'received 11 tensors of another network. Give weights of one of these networks.',
      }),
    );
  });

  it.skipIf(!existsSync(QUANTISED))('loads a quantised TFLite file', async () => {
    const { model, card } = await loadBackbone(QUANTISED);
    expect(card).toMatchObject({ id: 'mobilenet_v2', alpha: 1, parameters: 2_257_984, licence: 'unknown' });
    expect(model.weights.every(({ weight }) => weight.materialised)).toBe(true);
  });

  it.skipIf(!existsSync(TEACHABLE))('loads a TensorFlow.js model of another width', async () => {
    const { model, card } = await loadBackbone(TEACHABLE);
    expect(card).toMatchObject({ id: 'mobilenet_v2', alpha: 0.35, parameters: 410_208 });
    expect(model.weights.every(({ weight }) => weight.materialised)).toBe(true);
  });

  it.skipIf(!existsSync(TEACHABLE))('refuses the weights of one network for another', async () => {
    await expect(loadBackbone('inception_v3', { weights: TEACHABLE })).rejects.toThrow(
      'weights "model.json": expected weights of inception_v3, received those of mobilenet_v2. ' +
        'Give the file itself as the backbone.',
    );
  });
});
