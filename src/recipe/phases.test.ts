import { describe, expect, it } from 'vitest';
import { withMessage } from '../../tests/support/saying.ts';
import { Functional } from '../core/layers/functional.ts';
import { input } from '../core/layers/input-layer.ts';
import { layers } from '../core/layers/layers.ts';
import { OPTIMIZER_NAMES } from '../core/optimizers/optimizers.ts';
import { parsePhase } from './phase-text.ts';
import { checkPhases, freezeUpTo, listPhases } from './phases.ts';
import { DEFAULT_RECIPE, type PhaseChange, type Recipe } from './recipe.ts';

const RECIPE: Recipe = {
  ...DEFAULT_RECIPE,
  task: 'classification',
  cut: 'last',
  sizePx: 8,
};

function backbone(): Functional {
  const image = input({ shape: [8, 8, 3] });
  let x = layers.conv2d({ filters: 2, kernelSize: 3, name: 'first' }).apply(image);
  x = layers.batchNormalization({ name: 'first_bn' }).apply(x);
  x = layers.conv2d({ filters: 2, kernelSize: 3, name: 'second' }).apply(x);
  x = layers.batchNormalization({ name: 'second_bn' }).apply(x);
  return new Functional({ inputs: image, outputs: x, name: 'network' });
}

const phases = (...then: PhaseChange[]): Recipe[] => listPhases({ ...RECIPE, phases: then });
const trainedOf = (model: Functional): string[] =>
  model.layers.filter(({ trainable }) => trainable).map(({ name }) => name);

describe('listPhases', () => {
  it('goes on from the phase before', () => {
    const [first, second, third] = phases({ unfreeze: 'second', learningRate: 1e-5 }, { epochs: 3 });
    expect(first).toEqual({ ...RECIPE, phases: [] });
    expect(second).toEqual({ ...RECIPE, phases: [], unfreeze: 'second', learningRate: 1e-5 });
    expect(third).toEqual({ ...second, epochs: 3 });
  });

  it("leaves the solver's penalty to the solver", () => {
    const solved = { ...RECIPE, optimizer: 'lbfgs', l2: 0.1 } as const;
    const then = [{ epochs: 3 }, { optimizer: 'adam' }, { optimizer: 'lbfgs' }] as const;
    expect(listPhases({ ...solved, phases: then }).map(({ l2 }) => l2)).toEqual([0.1, 0.1, null, null]);
  });
});

describe('phases of adapters', () => {
  it('take the place of layers that are trained whole, and the other way round', () => {
    const [, adapters, more, whole, head] = phases(
      { lora: 8, loraFrom: 'first' },
      { loraTargets: ['query'] },
      { unfreeze: 'first' },
      { lora: 4 },
    );
    expect(adapters).toMatchObject({ lora: 8, loraFrom: 'first', unfreeze: null });
    expect(more).toMatchObject({ lora: 8, loraFrom: 'first', loraTargets: ['query'] });
    expect(whole).toMatchObject({ lora: null, loraFrom: null, loraTargets: null, unfreeze: 'first' });
    expect(head).toMatchObject({ lora: 4, loraFrom: null, unfreeze: null });
    expect(phases({ lora: 8, loraFrom: 'first' }, { lora: null })[2]).toMatchObject({
      lora: null,
      loraFrom: null,
    });
  });
});

describe('freezeUpTo', () => {
  it('trains a layer and all after it, and never batch normalization', () => {
    const model = backbone();
    freezeUpTo(model, 'first_bn');
    expect(trainedOf(model)).toEqual(['second']);
    freezeUpTo(model, 'first');
    expect(trainedOf(model)).toEqual(['first', 'second']);
    freezeUpTo(model, null);
    expect(trainedOf(model)).toEqual([]);
  });

  it('names the nearest layer', () => {
    expect(() => freezeUpTo(backbone(), 'secnod')).toThrow(
      withMessage(
        'network "network": expected the name of a layer to train from (--unfreeze), received "secnod". Did you mean "second"? graft summary lists the layers.',
      ),
    );
  });
});

describe('checkPhases', () => {
  it('lets more be trained from phase to phase', () => {
    expect(() =>
      checkPhases(backbone(), phases({ unfreeze: 'second' }, {}, { unfreeze: 'first' })),
    ).not.toThrow();
  });

  it('refuses a phase that freezes what was trained', () => {
    expect(() => checkPhases(backbone(), phases({ unfreeze: 'first' }, { unfreeze: 'second' }))).toThrow(
      withMessage(
        'phases: expected a phase that trains from "first" or before it, as the one before, received from "second". Unfreeze more from phase to phase, not less.',
      ),
    );
    expect(() => checkPhases(backbone(), phases({ unfreeze: 'first' }, { unfreeze: null }))).toThrow(
      withMessage(
        'phases: expected a phase that trains from "first" or before it, as the one before, received the head alone. Unfreeze more from phase to phase, not less.',
      ),
    );
  });
});

describe('parsePhase', () => {
  it('reads pairs', () => {
    expect(
      parsePhase('unfreeze=mixed6, lr=1e-5,epochs=10,optimizer=sgd,batch=8,patience=0,schedule=cosine'),
    ).toEqual({
      unfreeze: 'mixed6',
      learningRate: 1e-5,
      epochs: 10,
      optimizer: 'sgd',
      batchSize: 8,
      patience: null,
      schedule: { type: 'cosine' },
    });
  });

  it('leaves a schedule its own pairs, and a list its words', () => {
    expect(parsePhase('lr=0.1,schedule=step:every=10,factor=0.5,epochs=30')).toEqual({
      learningRate: 0.1,
      schedule: { type: 'step', every: { epochs: 10 }, factor: 0.5 },
      epochs: 30,
    });
    expect(parsePhase('lora-targets=query, value,lora=8,lr=0.1')).toEqual({
      loraTargets: ['query', 'value'],
      lora: 8,
      learningRate: 0.1,
    });
    expect(() => parsePhase('schedule=cosine,factor=0.5')).toThrow(
      withMessage(
        'phase "schedule=cosine,factor=0.5": expected pairs of unfreeze, lora, lora-from, lora-targets, epochs, batch, optimizer, lr, schedule, keep-epoch, patience with a value, received "factor=0.5". Did you mean "batch"?',
      ),
    );
  });

  it.each([
    [
      'unfrezze=mixed6',
      'pairs of unfreeze, lora, lora-from, lora-targets, epochs, batch, optimizer, lr, schedule, keep-epoch, patience with a value',
      '"unfrezze=mixed6"',
      'Did you mean "unfreeze"?',
    ],
    [
      'lr',
      'pairs of unfreeze, lora, lora-from, lora-targets, epochs, batch, optimizer, lr, schedule, keep-epoch, patience with a value',
      '"lr"',
      'Write lr=VALUE.',
    ],
    ['lr=fast', 'a number above 0 for lr', '"fast"', 'For example: unfreeze=mixed6,lr=1e-5,epochs=10.'],
    [
      'optimizer=7',
      `one of ${OPTIMIZER_NAMES.join(', ')} for optimizer`,
      '"7"',
      'For example: unfreeze=mixed6,lr=1e-5,epochs=10.',
    ],
    [
      'epochs=2.5',
      'a whole number from 1 to 1,000,000 for epochs',
      '"2.5"',
      'For example: unfreeze=mixed6,lr=1e-5,epochs=10.',
    ],
  ])('refuses %s', (text, expected, received, advice) => {
    expect(() => parsePhase(text)).toThrow(
      withMessage(`phase "${text}": expected ${expected}, received ${received}. ${advice}`),
    );
  });
});
