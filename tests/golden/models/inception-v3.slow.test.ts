import { describe, expect, it } from 'vitest';
import { inceptionV3 } from '../../../src/vision/architectures/inception-v3.ts';
import { loadWeights } from '../../../src/core/weights/apply.ts';
import { describeLayers } from './describe-layers.ts';
import nsfwjs from './inception_v3_nsfwjs.json' with { type: 'json' };
import keras from './keras_inception_v3.json' with { type: 'json' };
import { expectSamples, images, run, setFormulaWeights } from './model-inputs.ts';
import { readNsfwjsInception } from './nsfwjs-weights.ts';

describe('InceptionV3', () => {
  it.each([
    ['with its top at 299 px', keras.withTop, true],
    ['without, at 75 px', keras.small, false],
  ])('has the layers of Keras %s', (_, expected, includeTop) => {
    const model = inceptionV3({ inputShape: expected.inputShape as [number, number, number], includeTop });
    expect(describeLayers(model)).toEqual(expected.layers);
    expect(model.countParams().total).toBe(expected.parameters);
  });

  it('gives the numbers of Keras up to the end, on odd sizes', async () => {
    const model = inceptionV3({ inputShape: [75, 89, 3], pooling: 'avg' });
    setFormulaWeights(model);
    const [output] = await run(model, model.outputs, images(2, 75, 89));
    expectSamples(output!, keras.computed.outputs, 1e-4);
  });

  it('gives the numbers of Keras at mixed7 with real weights', async () => {
    const model = inceptionV3({ inputShape: [nsfwjs.sizePx, nsfwjs.sizePx, 3] });
    loadWeights(model, await readNsfwjsInception());
    const [output] = await run(
      model,
      [model.getLayer(nsfwjs.cut).output],
      images(8, nsfwjs.sizePx, nsfwjs.sizePx),
    );
    expectSamples(output!, nsfwjs.outputs, 1e-3);
  });
});
