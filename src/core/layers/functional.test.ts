import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { Functional } from './functional.ts';
import { input } from './input-layer.ts';
import { layers } from './layers.ts';

function smallModel(): Functional {
  const inputs = input({ shape: [4, 4, 1] });
  const first = layers.conv2d({ filters: 2, kernelSize: 3, name: 'first' }).apply(inputs);
  const left = layers.conv2d({ filters: 2, kernelSize: 1, name: 'left' }).apply(first);
  const deep = layers.batchNormalization({ name: 'deep' }).apply(left);
  const right = layers.conv2d({ filters: 2, kernelSize: 1, name: 'right' }).apply(first);
  const joined = layers.add({ name: 'joined' }).apply([right, deep]);
  return new Functional({ inputs, outputs: joined, name: 'small' });
}

const namesOf = (model: Functional): string[] => model.layers.map((layer) => layer.name);

describe('the order of layers', () => {
  it('goes by depth, then by the walk from the outputs', () => {
    // `right` is one step from the output, beside `deep`; the walk meets it first, as the first input of `joined`.
    expect(namesOf(smallModel())).toEqual(['input_layer', 'first', 'left', 'right', 'deep', 'joined']);
  });

  it('holds only what leads to the outputs', () => {
    const model = smallModel();
    const cut = new Functional({ inputs: model.inputs, outputs: [model.getLayer('left').output] });
    expect(namesOf(cut)).toEqual(['input_layer', 'first', 'left']);
    expect(cut.getLayer('first')).toBe(model.getLayer('first'));
    expect(cut.name).toBe('functional');
  });

  it('may begin in the middle', () => {
    const model = smallModel();
    const top = new Functional({ inputs: model.getLayer('first').output, outputs: model.outputs });
    expect(namesOf(top)).toEqual(['left', 'right', 'deep', 'joined']);
  });

  it('grows on a cut', () => {
    const model = smallModel();
    const flat = layers.flatten().apply(model.getLayer('left').output);
    const top = layers.dense({ units: 1 }).apply(flat);
    const grown = new Functional({ inputs: model.inputs, outputs: top });
    expect(namesOf(grown)).toEqual(['input_layer', 'first', 'left', 'flatten', 'dense']);
    expect(grown.output.shape).toEqual([null, 1]);
  });
});

describe('what is wrong with a model', () => {
  it('a layer that is not there', () => {
    expect(() => smallModel().getLayer('rigth')).toThrow(
      withMessage(
        'model "small": expected the name of a layer, received "rigth". ' +
          'The nearest names are "right", "first", "left".',
      ),
    );
  });

  it('an input that is missing', () => {
    const [a, b] = [input({ shape: [2], name: 'a' }), input({ shape: [2], name: 'b' })];
    const sum = layers.add().apply([a, b]);
    expect(() => new Functional({ inputs: a, outputs: sum })).toThrow(
      withMessage(
        'model "functional": expected outputs that grow from the inputs alone, received an output that needs ' +
          'input layer "b" as well. List that input layer among the inputs.',
      ),
    );
  });

  it('two layers of one name', () => {
    const [a, b] = [input({ shape: [2] }), input({ shape: [2] })];
    const sum = layers.add().apply([a, b]);
    expect(() => new Functional({ inputs: [a, b], outputs: sum })).toThrow(
      withMessage(
        'model "functional": expected layers of different names, received "input_layer" twice. ' +
          'Give one of the two layers another name.',
      ),
    );
  });
});

describe('two models on one base', () => {
  it('may each have a layer of the same name, with the same first weights', () => {
    const start = input({ shape: [4], name: 'start' });
    const base = layers.dense({ units: 3, name: 'base' }).apply(start);
    const heads = [1, 2].map(() => layers.dense({ units: 2, name: 'answers' }).apply(base));
    const models = heads.map((outputs) => new Functional({ inputs: start, outputs }));
    for (const model of models) model.initialize({ seed: 1 });
    const [one, other] = models.map((model) => model.getLayer('answers'));
    expect(other).not.toBe(one);
    expect(other!.weight('kernel').value).toEqual(one!.weight('kernel').value);
    expect(() => new Functional({ inputs: start, outputs: heads, name: 'both' })).toThrow(
      withMessage(
        'model "both": expected layers of different names, received "answers" twice. ' +
          'Give one of the two layers another name.',
      ),
    );
  });
});

describe('weights', () => {
  it('have full names, in order', () => {
    expect(smallModel().weights.map(({ name }) => name)).toEqual([
      'first/kernel',
      'first/bias',
      'left/kernel',
      'left/bias',
      'right/kernel',
      'right/bias',
      'deep/gamma',
      'deep/beta',
      'deep/moving_mean',
      'deep/moving_variance',
    ]);
  });

  it('are counted', () => {
    const model = smallModel();
    expect(model.countParams()).toEqual({ total: 40, trainable: 36, nonTrainable: 4 });
    model.getLayer('first').trainable = false;
    expect(model.countParams()).toEqual({ total: 40, trainable: 16, nonTrainable: 24 });
    expect(model.trainable).toBe(true);
    model.trainable = false;
    expect(model.trainable).toBe(false);
    expect(model.countParams()).toEqual({ total: 40, trainable: 0, nonTrainable: 40 });
  });

  it('are drawn each from its own stream', () => {
    const [one, same, other] = [smallModel(), smallModel(), smallModel()];
    one.initialize({ seed: 1 });
    same.initialize({ seed: 1 });
    other.initialize({ seed: 2 });
    const kernel = (model: Functional, layer: string): Float32Array =>
      model.getLayer(layer).weight('kernel').value;
    expect(kernel(one, 'right')).not.toEqual(kernel(one, 'left'));
    expect(kernel(same, 'left')).toEqual(kernel(one, 'left'));
    expect(kernel(other, 'left')).not.toEqual(kernel(one, 'left'));
  });

  it('stay where they exist already', () => {
    const model = smallModel();
    model.getLayer('left').weight('bias').value = Float32Array.of(1, 2);
    model.initialize({ seed: 1 });
    expect([...model.getLayer('left').weight('bias').value]).toEqual([1, 2]);
  });
});
