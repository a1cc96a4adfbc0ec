import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plainImage, temporaryFolder } from '../../tests/support/image-folder.ts';
import { withMessage } from '../../tests/support/saying.ts';
import { Functional } from '../core/layers/functional.ts';
import { input } from '../core/layers/input-layer.ts';
import type { SymbolicTensor } from '../core/layers/layer.ts';
import { layers } from '../core/layers/layers.ts';
import { optimizers } from '../core/optimizers/optimizers.ts';
import { saveModel } from '../node/artifacts/save-model.ts';
import { imageDatasetFromDirectory } from '../node/images/image-dataset.ts';
import { type Model, model } from '../node/training/model.ts';
import { preprocessing } from '../vision/preprocessing/preprocessing.ts';

const images = (): SymbolicTensor => input({ shape: [6, 6, 3], name: 'images' });
const headOf = (x: SymbolicTensor, units = 1): SymbolicTensor =>
  layers
    .dense({ units, activation: units === 1 ? 'sigmoid' : 'softmax' })
    .apply(layers.flatten().apply(layers.conv2d({ filters: 2, kernelSize: 3, name: 'first' }).apply(x)));
const optimizer = optimizers.sgd({ learningRate: 0.1 });
const compile = (made: Model, loss = 'binary_crossentropy') => made.compile({ optimizer, loss });

describe('a model without preprocessing', () => {
  const refusal = withMessage(
    'model "m": expected preprocessing, which scales pixels in [0, 255] for its first layer "first" (Conv2D), received none. Give the one that loadBackbone returns, or preprocessing.zeroToOne; preprocessing.raw leaves pixels in [0, 255].',
  );

  it('is refused wherever its numbers would be taken for something', async () => {
    const inputs = images();
    const made = model({ name: 'm', inputs, outputs: headOf(inputs) });
    made.initialize({ seed: 1 });
    expect(() => compile(made)).toThrow(refusal);
    await expect(made.predict(['x.jpg'])).rejects.toThrow(refusal);
    await expect(saveModel(made, 'model.onnx')).rejects.toThrow(refusal);
    expect(() => made.preprocessing).toThrow(refusal);
    const { outputs } = made;
    await expect(saveModel(new Functional({ name: 'm', inputs, outputs }), 'model.onnx')).rejects.toThrow(
      refusal,
    );
  });

  it.each([
    ['scales pixels itself', () => layers.rescaling({ scale: 1 / 255 })],
    ['normalizes them', () => layers.batchNormalization()],
  ])('is taken where it %s', async (_, first) => {
    const inputs = images();
    const padded = layers.zeroPadding2d({ padding: 1 }).apply(inputs);
    const made = model({ inputs, outputs: headOf(first().apply(padded)) });
    compile(made);
    expect(made.preprocessing).toEqual({ scale: 1, offset: 0 });
  });

  it('is taken where that is said', () => {
    const inputs = images();
    compile(model({ inputs, outputs: headOf(inputs), preprocessing: preprocessing.raw }));
  });

  it('is refused where a second way leads past the scaling', () => {
    const inputs = images();
    const scaled = layers.rescaling({ scale: 1 / 255 }).apply(inputs);
    const raw = layers.averagePooling2d({ poolSize: 1, name: 'first' }).apply(inputs);
    const outputs = layers
      .dense({ units: 1, activation: 'sigmoid' })
      .apply(layers.flatten().apply(layers.add().apply([scaled, raw])));
    expect(() => compile(model({ name: 'm', inputs, outputs }))).toThrow(
      withMessage(
        'model "m": expected preprocessing, which scales pixels in [0, 255] for its first layer "first" (AveragePooling2D), received none. Give the one that loadBackbone returns, or preprocessing.zeroToOne; preprocessing.raw leaves pixels in [0, 255].',
      ),
    );
  });
});

describe('an output that does not fit', () => {
  const made = (units: number): Model => {
    const inputs = images();
    return model({
      name: 'm',
      inputs,
      outputs: headOf(inputs, units),
      preprocessing: preprocessing.zeroToOne,
    });
  };

  it('its loss is refused when it is compiled', () => {
    expect(() => compile(made(1), 'sparse_categorical_crossentropy')).toThrow(
      withMessage(
        'model "m": expected an output of a unit for each class, for SparseCategoricalCrossentropy, received 1 unit. Give the last layer as many units as there are classes, or compile with \'binary_crossentropy\' for two classes.',
      ),
    );
    const inputs = images();
    const outputs = layers.conv2d({ filters: 2, kernelSize: 3 }).apply(inputs);
    const map = model({ name: 'm', inputs, outputs, preprocessing: preprocessing.zeroToOne });
    expect(() => compile(map)).toThrow(
      withMessage(
        'model "m": expected one output [N, units], received [N, 4, 4, 2]. End the model with a Dense layer.',
      ),
    );
  });

  it.each([
    [
      6,
      1,
      'binary_crossentropy',
      "an output of 6 units, for the 6 classes of WHERE, received 1 unit. End the model with units: 6, activation: 'softmax', and compile with 'sparse_categorical_crossentropy'.",
    ],
    [
      2,
      2,
      'binary_crossentropy',
      "an output of 1 unit, the probability of \"c1\", for BinaryCrossentropy and the 2 classes of WHERE, received 2 units. End the model with units: 1, activation: 'sigmoid', or compile with 'sparse_categorical_crossentropy' for a softmax.",
    ],
    [
      2,
      3,
      'sparse_categorical_crossentropy',
      "an output of 2 units, for the 2 classes of WHERE, received 3 units. End the model with units: 2, activation: 'softmax', and compile with 'sparse_categorical_crossentropy'.",
    ],
    [
      2,
      1,
      'mse',
      "an output of 2 units, for the 2 classes of WHERE, received 1 unit. End the model with units: 2, activation: 'softmax', and compile with 'sparse_categorical_crossentropy'.",
    ],
  ])('%d classes: %d units and %s are refused in fit and evaluate', async (count, units, loss, message) => {
    const folder = await temporaryFolder();
    for (let index = 0; index < count; index++) {
      await mkdir(join(folder, `c${index}`));
      await writeFile(join(folder, `c${index}/p.png`), await plainImage('#808080'));
    }
    const data = await imageDatasetFromDirectory(folder, { imageSize: [6, 6] });
    const trained = made(units);
    compile(trained, loss);
    const refusal = withMessage(`model "m": expected ${message.replace('WHERE', data.where)}`);
    await expect(trained.fit(data)).rejects.toThrow(refusal);
    await expect(trained.evaluate(data)).rejects.toThrow(refusal);
  });
});
