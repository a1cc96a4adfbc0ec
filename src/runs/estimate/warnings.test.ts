import { describe, expect, it } from 'vitest';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import { listPhases } from '../../recipe/phases.ts';
import type { Recipe, RecipeInput } from '../../recipe/recipe.ts';
import { readRecipe } from '../../recipe/recipe-input.ts';
import type { Backbone } from '../../vision/backbone/backbone.ts';
import { type Choices, collectWarnings } from './warnings.ts';

/** A backbone with 8 x 8 x 2,048 numbers at its cut, as InceptionV3 has at 299 px. */
function backbone(): Backbone {
  const image = input({ shape: [8, 8, 2048] });
  const model = new Functional({
    inputs: image,
    outputs: layers.activation({ activation: 'relu', name: 'mixed10' }).apply(image),
  });
  const pretrainedConfig = { id: 'inception_v3', defaultSizePx: 299 } as Backbone['pretrainedConfig'];
  return { model, pretrainedConfig, preprocessing: { scale: 1, offset: 0 }, cut: 'mixed10', notes: [] };
}

interface Told {
  readonly train?: readonly number[];
  readonly validation?: number;
  readonly training?: number;
}

/** @param train - Images of each class. @param training - Seconds of it. */
function textsOf(change: RecipeInput, { train = [500, 500], validation = 200, training = 10 }: Told = {}) {
  const recipe = readRecipe({
    task: 'classification',
    cut: 'mixed10',
    sizePx: 299,
    ...change,
  }) as Recipe;
  const phases = listPhases(recipe);
  const samples = train.flatMap((size, label) => Array.from({ length: size }, () => ({ file: '', label })));
  const choices: Choices = {
    classifier: { backbone: backbone(), recipe },
    images: {
      classes: train.map((_, label) => ['cats', 'dogs', 'foxes'][label]!),
      train: samples,
      validation: Array.from({ length: validation }, () => ({ file: '', label: 0 })),
    },
    phases,
    forecasts: phases.map(({ epochs }) => ({
      seconds: { features: 0, step: 0, epoch: training / epochs, training },
    })),
  };
  return collectWarnings(choices).map(({ text }) => text);
}

describe('collectWarnings', () => {
  it('says nothing of the defaults', () => expect(textsOf({})).toEqual([]));

  it('flatten at 299 px, with what is better', () => {
    expect(textsOf({ head: 'flatten-dense-1024' })).toEqual([
      'Flatten makes 131,072 numbers of an image, and so a head of 134,219,777 parameters: --head gap,dense:1024:relu,dropout:0.2 has 2,099,201.',
    ]);
  });

  it('a head that is larger than the images can teach', () => {
    expect(textsOf({ head: 'flatten,dense:128' })).toEqual([
      'The head has 16,777,473 parameters, 16,777 for each image to train on: it can learn them by heart. --head gap,dense:128:relu has 262,401.',
    ]);
    expect(textsOf({ head: 'gap,dense:1024' }, { train: [50, 50] })).toEqual([
      'The head has 2,099,201 parameters, 20,992 for each image to train on: it can learn them by heart. Fewer units do as well.',
    ]);
    expect(textsOf({ head: 'gap,dense:1024' }, { train: [500, 500] })).toEqual([]);
  });

  it.each([
    [0.5, 'adam', null, 'A learning rate of 0.5 is more than a new head can bear with adam.'],
    [1e-9, 'rmsprop', null, 'A learning rate of 1e-9 is less than a new head can learn from with rmsprop.'],
    [2e-3, 'adam', 'mixed10', 'A learning rate of 0.002 is more than pretrained layers can bear with adam.'],
    [1, 'sgd', 'mixed10', 'A learning rate of 1 is more than pretrained layers can bear with sgd.'],
  ] as const)('a rate of %s with %s', (learningRate, optimizer, unfreeze, text) => {
    expect(textsOf({ learningRate, optimizer, unfreeze })).toEqual([
      `${text} graft lr-find looks for a good one.`,
    ]);
  });

  it('says nothing of rates that may be right', () => {
    expect(textsOf({ learningRate: 0.5, optimizer: 'sgd' })).toEqual([]);
    expect(textsOf({ learningRate: 1e-5, unfreeze: 'mixed10' })).toEqual([]);
  });

  it('looks at every phase', () => {
    expect(textsOf({ phases: [{ unfreeze: 'mixed10', epochs: 3 }] })).toEqual([
      'A learning rate of 0.002 is more than pretrained layers can bear with adam. graft lr-find looks for a good one.',
    ]);
  });

  it('a batch of more than all images', () => {
    expect(textsOf({ batchSize: 101 }, { train: [50, 50] })).toEqual([
      'A batch of 101 is more than the 100 images to train on: every epoch is one step. --batch 16 makes 7 of it.',
    ]);
    expect(textsOf({ batchSize: 100 }, { train: [50, 50] })).toEqual([]);
  });

  it('few views', () => {
    expect(textsOf({ augmentation: 'geometric', views: 1, epochs: 20 })).toEqual([
      'With --views 1, 20 epochs see the same view of every image, which augments little. --views 10 shows 10 of each.',
    ]);
    expect(textsOf({ augmentation: 'geometric', views: 2, epochs: 20 })).toEqual([
      'With --views 2, 20 epochs see 2 views of every image in turn, which augments little. --views 10 shows 10 of each.',
    ]);
    expect(textsOf({ augmentation: 'geometric', views: 2, epochs: 2 })).toEqual([]);
    expect(textsOf({ augmentation: 'geometric', views: null })).toEqual([]);
    expect(textsOf({ views: 1 })).toEqual([]);
  });

  it('hours of training a network', () => {
    const slow = { unfreeze: 'mixed10', learningRate: 1e-5, epochs: 60 };
    expect(textsOf(slow, { training: 7200 })).toEqual([
      'Training from mixed10 on takes about 2 min an epoch, and there may be 60. A later --unfreeze is faster.',
    ]);
    expect(textsOf(slow, { training: 3000 })).toEqual([]);
    expect(textsOf({}, { training: 7200 })).toEqual([]);
  });

  it('classes of very unequal size', () => {
    expect(textsOf({}, { train: [1200, 300, 400] })).toEqual([
      'There are 1,200 images of cats, but 300 of dogs. --balance weights makes the classes count alike.',
    ]);
    expect(textsOf({ balance: 'weights' }, { train: [1200, 300] })).toEqual([]);
    expect(textsOf({}, { train: [1199, 300] })).toEqual([]);
  });

  it("a size far from the backbone's", () => {
    expect(textsOf({ sizePx: 96 })).toEqual([
      '96 px is far from the 299 px that inception_v3 was trained with. --size 299 suits it.',
    ]);
    expect(textsOf({ sizePx: 150 })).toEqual([]);
  });

  it('few images to validate', () => {
    expect(textsOf({}, { validation: 10 })).toEqual([
      '10 validation images tell little: with 9 of them right, the accuracy is 60% to 98%. Give more with --validation.',
    ]);
    expect(textsOf({}, { validation: 30 })).toEqual([]);
  });
});
