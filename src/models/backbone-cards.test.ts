import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/support/picture-folder.ts';
import { saying } from '../../tests/support/saying.ts';
import { cardWeightsPath } from '../weights/download/card-weights.ts';
import {
  backboneCard,
  backboneCards,
  isBackboneAvailable,
  kerasCards,
  weightSourceOf,
} from './backbone-cards.ts';

describe('backbone cards', () => {
  it('have names of their own, the one that needs no network first', () => {
    expect(backboneCards[0]!.id).toBe('mobilenet_v2_openimages');
    expect(new Set(backboneCards.map(({ id }) => id)).size).toBe(backboneCards.length);
    expect(backboneCards).toHaveLength(53);
  });

  it('have parameters that tell one network of Keras from another', () => {
    expect(new Set(kerasCards.map(({ parameters }) => parameters)).size).toBe(kerasCards.length);
  });

  it('have a hash that their publisher states, but for those of MobileNet and MobileNetV2', () => {
    const unpublished = kerasCards.filter(({ weights: { md5, sha256 } }) => !md5 && !sha256);
    expect(unpublished.map(({ architecture }) => architecture)).toEqual([
      ...Array.from({ length: 4 }, () => 'mobilenet'),
      ...Array.from({ length: 6 }, () => 'mobilenet_v2'),
    ]);
  });

  it('say where the weights come from', () => {
    expect(weightSourceOf(backboneCards[0]!)).toBe('npm package @mediapipe/objectron');
    expect(weightSourceOf(backboneCard('mobilenet_v2_050'))).toBe(
      'https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/' +
        'mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.5_224_no_top.h5',
    );
  });

  it('say whether the weights are at hand', async () => {
    const surroundings = { env: { GRAFT_HOME: await temporaryFolder() } };
    const available = () =>
      backboneCards.filter((card) => isBackboneAvailable(card, surroundings)).map(({ id }) => id);
    expect(available()).toEqual(['mobilenet_v2_openimages']);
    const path = cardWeightsPath(backboneCard('vgg16').weights as { url: string }, surroundings);
    await mkdir(join(path, '..'));
    await writeFile(path, 'weights');
    expect(available()).toEqual(['mobilenet_v2_openimages', 'vgg16']);
  });
});

describe('backboneCard', () => {
  it('finds a card by its name', () => {
    expect(backboneCard('inception_v3').defaultCut).toBe('mixed7');
  });

  it.each([
    ['InceptionV3', 'The nearest name is "inception_v3".'],
    ['inception_v33', 'The nearest names are "inception_v3", "inception_resnet_v2".'],
    ['resnet5', 'The nearest names are "resnet50", "resnet50v2", "resnet152".'],
    ['EfficientNetB', 'The nearest names are "efficientnet_b0", "efficientnet_b1", "efficientnet_b2".'],
    ['photographs', 'A file is told from a name by its ending or its folder: ./weights/model.h5.'],
    ['', 'A file is told from a name by its ending or its folder: ./weights/model.h5.'],
  ])('tells what is near to "%s"', (asked, advice) => {
    expect(() => backboneCard(asked)).toThrow(
      saying(
        `backbone: expected a name that graft backbones lists, or a file of weights, received "${asked}". ${advice}`,
      ),
    );
  });
});
