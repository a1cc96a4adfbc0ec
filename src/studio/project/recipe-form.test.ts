import { describe, expect, it } from 'vitest';
import { parseHead } from '../../recipe/head-spec.ts';
import { DEFAULT_RECIPE } from '../../recipe/recipe.ts';
import { readTextRecipe } from '../../recipe/text-defaults.ts';
import { choiceOf, chosenRecipe, commandText, createFlags, recipeForm } from './recipe-form.ts';

const NETWORKS = ['mobilenet_v2_openimages', 'inception_v3'];

describe('the form of a recipe', () => {
  it('has a field for each row of the table that is of images, and no path', () => {
    const keys = recipeForm(NETWORKS).map(({ key }) => key);
    expect(keys).toEqual(
      expect.arrayContaining(['backbone', 'head', 'learningRate', 'augmentation', 'seed']),
    );
    for (const key of ['weights', 'maxTokens', 'task']) expect(keys).not.toContain(key);
    expect(recipeForm(NETWORKS).find(({ key }) => key === 'weightDecay')).toMatchObject({
      label: 'Weight decay',
      flag: '--weight-decay',
      otherwise: "the optimizer's",
      isNumber: true,
    });
  });

  it.each(['images', 'texts'] as const)('of %s names no flag where it explains a field', (holds) => {
    const fields = recipeForm(NETWORKS, holds);
    for (const { key, description, otherwise } of fields) {
      expect([key, description, otherwise].join(' ')).not.toMatch(/(^|[\s(])--/);
    }
    const words = new Map(fields.map(({ key, description }) => [key, description]));
    expect(words.get('patience')).toBe('epochs without a better "Monitor" before it stops; 0 never stops');
  });

  it('of texts has nothing of images, and the fraction that validates of a table', () => {
    const fields = recipeForm(NETWORKS, 'texts');
    expect(fields.map(({ key }) => key)).not.toContain('views');
    expect(fields.map(({ group }) => group)).not.toContain('Images');
    expect(fields.find(({ key }) => key === 'validation')).toMatchObject({ otherwise: '0.1' });
  });

  it('becomes flags of the command line, and those a command that a shell reads', () => {
    const choice = { learningRate: '1e-3', epochs: ' 5 ', head: '', group: "^[a-z]+'", views: '0' };
    const flags = createFlags(choice, NETWORKS);
    expect(flags).toEqual(['--lr=1e-3', '--epochs=5', "--group=^[a-z]+'", '--views=0']);
    expect(commandText(['graft', 'train', 'my photos', ...flags])).toBe(
      "graft train 'my photos' --lr=1e-3 --epochs=5 '--group=^[a-z]+'\\''' --views=0",
    );
  });

  it('becomes a recipe, in which values have their types', () => {
    const choice = { learningRate: '1e-3', epochs: ' 5 ', head: 'gap,dense:8:relu', group: '' };
    expect(chosenRecipe(choice, NETWORKS)).toEqual({
      learningRate: 0.001,
      epochs: 5,
      head: parseHead('gap,dense:8:relu'),
    });
  });

  it('does not ask for the network where there is one', () => {
    const [only] = NETWORKS;
    expect(recipeForm([only!]).map(({ key }) => key)).not.toContain('backbone');
    expect(() => createFlags({ backbone: only! }, [only!])).toThrow('received "backbone"');
  });

  it.each([
    [
      { epochs: '0' },
      'recipe: expected a whole number from 1 to 1,000,000, received "0". Correct it, or leave it out for the default.',
    ],
    [
      { weights: '/etc/passwd' },
      'recipe: expected a field for images that is no path, received "weights". Correct it, or leave it empty.',
    ],
    [
      { validation: '/etc' },
      'Validation: expected a number between 0 and 1, received "/etc". Correct it, or leave it empty.',
    ],
    [
      { precision: 'int4' },
      'Precision: expected one of float32, int8, received "int4". Correct it, or leave it empty.',
    ],
  ])('refuses %j', (choice, message) => {
    expect(() => createFlags(choice as never, NETWORKS)).toThrow(message);
  });

  it("is filled from a run's recipe, with what differs from the defaults and the network's own", () => {
    const usual = { ...DEFAULT_RECIPE, task: 'classification', sizePx: 224, cut: 'block_15_add' };
    expect(choiceOf(usual, NETWORKS)).toEqual({});
    expect(choiceOf({ ...usual, sizePx: 96, cut: 'block_10_add', labelSmoothing: 0.1 }, NETWORKS)).toEqual({
      sizePx: '96',
      cut: 'block_10_add',
      labelSmoothing: '0.1',
    });
  });

  it('cannot be filled from a recipe that names files', () => {
    expect(choiceOf({ ...DEFAULT_RECIPE, weights: 'mine.h5' }, NETWORKS)).toBe(null);
    expect(choiceOf({ ...DEFAULT_RECIPE, validation: 'other/photos' }, NETWORKS)).toBe(null);
  });
});

describe('the form of a recipe for texts', () => {
  it('has the fields of texts, with what stands there where nothing is said, and none of images', () => {
    const fields = new Map(recipeForm(NETWORKS, 'texts').map((field) => [field.key, field]));
    for (const key of ['sizePx', 'augmentation', 'weights', 'task'])
      expect([key, fields.has(key)]).toEqual([key, false]);
    const otherwise = ['backbone', 'schedule', 'optimizer', 'ngrams', 'epochs'].map(
      (key) => fields.get(key)!.otherwise,
    );
    expect(otherwise).toEqual(['use_lite', 'cosine', 'adamw', 'none', 'by how many there are']);
    expect(fields.get('backbone')!.choices).toEqual(['use_lite']);
  });

  it('becomes flags, and is read back from the recipe of a run', () => {
    expect(createFlags({ ngrams: '2', long: 'windows' }, NETWORKS, 'texts')).toEqual([
      '--ngrams=2',
      '--long=windows',
    ]);
    const recipe = { ...readTextRecipe({ ngrams: 2 }, 400), cut: 'pooled_dense', maxTokens: 128 };
    expect(choiceOf(recipe, NETWORKS, 'texts')).toEqual({ ngrams: '2', epochs: '50' });
    expect(() => createFlags({ sizePx: '96' }, NETWORKS, 'texts')).toThrow(
      'recipe: expected a field for texts that is no path, received "sizePx". Correct it, or leave it empty.',
    );
  });
});
