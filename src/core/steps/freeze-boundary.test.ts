import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { Functional } from '../layers/functional.ts';
import { input } from '../layers/input-layer.ts';
import type { Layer } from '../layers/layer.ts';
import { layers } from '../layers/layers.ts';
import type { SymbolicTensor } from '../layers/symbolic-tensor.ts';
import { boundarySpecs, featureShape, isTrained, splitAtFreezeBoundary } from './freeze-boundary.ts';

const conv = (name: string, trainable = false) =>
  layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', name, trainable });

function modelOf(
  grow: (x: SymbolicTensor) => SymbolicTensor,
  shape: (number | null)[] = [8, 8, 3],
): Functional {
  const x = input({ shape, name: 'image' });
  return new Functional({ inputs: x, outputs: grow(x), name: 'net' });
}

function describeSplit(model: Functional) {
  const { boundary, output, layers: after } = splitAtFreezeBoundary(model);
  return {
    boundary: boundary.map(({ layer }) => layer.name).join(),
    output: output.layer.name,
    layers: after.map(({ name }) => name),
  };
}

describe('splitAtFreezeBoundary', () => {
  it('leaves pooling and flattening to the frozen part', () => {
    const model = modelOf((x) => {
      const pooled = layers.globalAveragePooling2d({ name: 'gap' }).apply(conv('stem').apply(x));
      const hidden = layers.dense({ units: 5, name: 'hidden' }).apply(pooled);
      const dropped = layers.dropout({ rate: 0.5, name: 'drop' }).apply(hidden);
      return layers.dense({ units: 2, name: 'last' }).apply(dropped);
    });
    expect(describeSplit(model)).toEqual({
      boundary: 'gap',
      output: 'last',
      layers: ['hidden', 'drop', 'last'],
    });
  });

  it('leaves pooling of the whole image, and that alone, to the trained part where it is told to', () => {
    const split = (...between: Layer[]) => {
      const model = modelOf((x) =>
        layers
          .dense({ units: 2, name: 'last' })
          .apply(between.reduce((tensor, layer) => layer.apply(tensor), conv('stem').apply(x))),
      );
      const { boundary, layers: after } = splitAtFreezeBoundary(model, { beforePooling: true });
      return [boundary[0]!.layer.name, ...after.map(({ name }) => name)];
    };
    expect(split(layers.globalAveragePooling2d({ name: 'gap' }))).toEqual(['stem', 'gap', 'last']);
    expect(split(layers.globalMaxPooling2d({ name: 'gmp' }))).toEqual(['stem', 'gmp', 'last']);
    expect(split(layers.maxPooling2d({ name: 'pool' }))).toEqual(['pool', 'last']);
    expect(split(layers.flatten({ name: 'flat' }))).toEqual(['flat', 'last']);
    expect(split()).toEqual(['stem', 'last']);
  });

  it('begins in front of a Dropout: what it gives changes from step to step', () => {
    const model = modelOf((x) => {
      const dropped = layers.dropout({ rate: 0.5, name: 'drop' }).apply(conv('stem').apply(x));
      return layers.dense({ units: 2, name: 'last' }).apply(layers.flatten({ name: 'flat' }).apply(dropped));
    });
    expect(describeSplit(model)).toMatchObject({ boundary: 'stem', layers: ['drop', 'flat', 'last'] });
  });

  it('does not mind a frozen Dropout, as the blocks of EfficientNet have it', () => {
    const model = modelOf((x) => {
      const stem = conv('stem').apply(x);
      const dropped = layers.dropout({ rate: 0.5, name: 'drop', trainable: false }).apply(stem);
      const joined = layers.add({ name: 'join' }).apply([stem, dropped]);
      return layers.dense({ units: 2, name: 'last' }).apply(layers.flatten({ name: 'flat' }).apply(joined));
    });
    expect(describeSplit(model)).toMatchObject({ boundary: 'flat', layers: ['last'] });
  });

  it('passes over a frozen Dropout, which does nothing', () => {
    const model = modelOf((x) => {
      const same = layers.dropout({ rate: 0.5, trainable: false, name: 'same' }).apply(conv('stem').apply(x));
      return conv('last', true).apply(same);
    });
    expect(describeSplit(model)).toMatchObject({ boundary: 'same', layers: ['last'] });
  });

  it('keeps frozen layers that come after a trained one', () => {
    const model = modelOf((x) => {
      const trained = conv('trained', true).apply(conv('stem').apply(x));
      const fixed = layers.batchNormalization({ name: 'fixed', trainable: false }).apply(trained);
      return conv('frozen').apply(fixed);
    });
    expect(describeSplit(model)).toMatchObject({ boundary: 'stem', layers: ['trained', 'fixed', 'frozen'] });
  });

  it('begins at the input where everything is trained', () => {
    const model = modelOf((x) => conv('second', true).apply(conv('first', true).apply(x)));
    expect(describeSplit(model)).toMatchObject({ boundary: 'image', layers: ['first', 'second'] });
  });

  it('goes back to where the branches part: an Inception block with a pooling in a branch', () => {
    const model = modelOf((x) => {
      const before = conv('before').apply(x);
      const first = conv('first', true).apply(before);
      const pool = layers
        .averagePooling2d({ poolSize: 3, strides: 1, padding: 'same', name: 'pool' })
        .apply(before);
      const second = conv('second', true).apply(pool);
      return layers.concatenate({ name: 'mixed' }).apply([first, second]);
    });
    expect(describeSplit(model)).toMatchObject({
      boundary: 'before',
      layers: expect.arrayContaining(['first', 'pool', 'second', 'mixed']),
    });
  });

  it('goes back over a shortcut, no farther than needed', () => {
    const model = modelOf((x) => {
      const before = conv('before').apply(x);
      const start = conv('start').apply(before);
      const middle = conv('middle').apply(start);
      const end = conv('end', true).apply(conv('late').apply(middle));
      return layers.add({ name: 'sum' }).apply([start, end]);
    });
    expect(describeSplit(model)).toEqual({
      boundary: 'start',
      output: 'sum',
      layers: ['middle', 'late', 'end', 'sum'],
    });
  });

  it('refuses a model of which nothing is trained', () => {
    const message = withMessage(
      'model "net": expected a layer that is trained, received only frozen layers. ' +
        'Put a Dense layer on the frozen part, or set trainable = true on a layer.',
    );
    expect(() => splitAtFreezeBoundary(modelOf((x) => conv('stem').apply(x)))).toThrow(message);
    const dropping = modelOf((x) => layers.dropout({ rate: 0.5 }).apply(conv('stem').apply(x)));
    expect(() => splitAtFreezeBoundary(dropping)).toThrow(message);
    const statistics = layers.batchNormalization({ center: false, scale: false });
    expect(() => splitAtFreezeBoundary(modelOf((x) => statistics.apply(x)))).toThrow(message);
  });

  it('begins at several tensors where a model has several inputs', () => {
    const [left, right] = [input({ shape: [4], name: 'left' }), input({ shape: [4], name: 'right' })];
    const both = layers.concatenate().apply([left, right]);
    const outputs = layers.dense({ units: 1 }).apply(both);
    expect(describeSplit(new Functional({ inputs: [left, right], outputs })).boundary).toBe('concatenate');
    const apart = layers
      .add()
      .apply([
        layers.dense({ units: 1, name: 'a' }).apply(input({ shape: [4], name: 'one' })),
        layers.dense({ units: 1, name: 'b' }).apply(input({ shape: [4], name: 'two' })),
      ]);
    const inputs = apart.inputs.map((each) => each.inputs[0]!);
    const split = splitAtFreezeBoundary(new Functional({ inputs, outputs: apart, name: 'net' }));
    expect(boundarySpecs(split)).toEqual([
      { name: 'features', dtype: 'float32', shape: [4] },
      { name: 'features/two', dtype: 'float32', shape: [4] },
    ]);
  });

  it('keeps what was computed of ids, of any length, and the mask itself, but nothing that is made of it', () => {
    const ids = input({ shape: [null], dtype: 'int64', name: 'ids' });
    const mask = input({ shape: [null], name: 'mask' });
    const embedded = layers
      .embedding({ inputDim: 9, outputDim: 4, name: 'embed', trainable: false })
      .apply(ids);
    const frozen = layers.dense({ units: 6, name: 'frozen', trainable: false }).apply(embedded);
    const bias = layers.rescaling({ scale: -1, name: 'bias' }).apply(mask);
    const wide = layers.reshape({ targetShape: [-1, 1], name: 'wide' }).apply(bias);
    const trained = layers.dense({ units: 6, name: 'trained' }).apply(frozen);
    const outputs = layers.multiply({ name: 'masked' }).apply([trained, wide]);
    const model = new Functional({ inputs: [mask, ids], outputs, name: 'net' });
    const split = splitAtFreezeBoundary(model);
    expect(split.layers.map(({ name }) => name).sort()).toEqual(['bias', 'masked', 'trained', 'wide']);
    expect(boundarySpecs(split)).toEqual([
      { name: 'features', dtype: 'float32', shape: [null, 6] },
      { name: 'features/mask', dtype: 'float32', shape: [null] },
    ]);
  });

  it('keeps what is normalized, not the normalization of it', () => {
    const ids = input({ shape: [null], dtype: 'int64', name: 'ids' });
    const embedded = layers
      .embedding({ inputDim: 9, outputDim: 4, name: 'embed', trainable: false })
      .apply(ids);
    const normalized = layers.layerNormalization({ name: 'norm', trainable: false }).apply(embedded);
    const trained = layers.dense({ units: 4, name: 'trained' }).apply(normalized);
    const outputs = layers.add({ name: 'sum' }).apply([trained, embedded]);
    const { boundary } = splitAtFreezeBoundary(new Functional({ inputs: ids, outputs }));
    expect(boundary.map(({ layer }) => layer.name)).toEqual(['embed']);
  });

  it('begins at the ids where everything is trained', () => {
    const ids = input({ shape: [null], dtype: 'int64', name: 'ids' });
    const outputs = layers.embedding({ inputDim: 9, outputDim: 4 }).apply(ids);
    const split = splitAtFreezeBoundary(new Functional({ inputs: ids, outputs }));
    expect(boundarySpecs(split)).toEqual([{ name: 'features', dtype: 'int64', shape: [null] }]);
  });

  it('takes what is trainable from its options, and changes nothing', () => {
    const model = modelOf((x) => conv('second').apply(conv('first', true).apply(x)));
    const { boundary } = splitAtFreezeBoundary(model, { isTrainable: ({ name }) => name === 'second' });
    expect(boundary.map(({ layer }) => layer.name)).toEqual(['first']);
    expect(model.layers.filter(({ trainable }) => trainable).map(({ name }) => name)).toContain('first');
    expect(model.getLayer('second').trainable).toBe(false);
  });

  it('refuses a model with several outputs', () => {
    const x = input({ shape: [4] });
    const outputs = ['a', 'b'].map((name) => layers.dense({ units: 1, name }).apply(x));
    expect(() => splitAtFreezeBoundary(new Functional({ inputs: x, outputs, name: 'net' }))).toThrow(
      withMessage(
        'model "net": expected one output to train, received 2 ("a", "b"). ' +
          'Make a Functional with the output that the loss is of.',
      ),
    );
  });
});

describe('featureShape', () => {
  it('is the shape of one sample', () => {
    expect(featureShape(splitAtFreezeBoundary(modelOf((x) => conv('c', true).apply(x))))).toEqual([8, 8, 3]);
  });

  it('refuses sizes that are not known', () => {
    const part = splitAtFreezeBoundary(modelOf((x) => conv('c', true).apply(x), [null, 8, 3]));
    expect(() => featureShape(part)).toThrow(
      withMessage(
        'layer "image": expected an output of known sizes where the trained part begins, received [?, ?, 8, 3]. ' +
          'Give the input layer a full shape.',
      ),
    );
  });
});

it('isTrained: a layer is trained if it may be and has something to train', () => {
  const x = input({ shape: [4] });
  const trained = (layer: Parameters<typeof isTrained>[0]) => {
    layer.apply(x);
    return isTrained(layer);
  };
  expect(trained(layers.dense({ units: 1 }))).toBe(true);
  expect(trained(layers.dense({ units: 1, trainable: false }))).toBe(false);
  expect(trained(layers.flatten())).toBe(false);
  expect(trained(layers.batchNormalization())).toBe(true);
  expect(trained(layers.batchNormalization({ center: false, scale: false }))).toBe(false);
});
