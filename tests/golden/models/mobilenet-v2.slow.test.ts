import { describe, expect, it } from 'vitest';
import { loadBackbone } from '../../../src/node/backbones/load-backbone.ts';
import { mobileNetV2 } from '../../../src/vision/architectures/mobilenet-v2.ts';
import { describeLayers } from './describe-layers.ts';
import keras from './keras_mobilenet_v2.json' with { type: 'json' };
import objectron from './mobilenet_v2_objectron.json' with { type: 'json' };
import { expectSamples, images, run, setFormulaWeights } from './model-inputs.ts';

describe('MobileNetV2', () => {
  it.each([
    ['with its top', { inputShape: [224, 224, 3], includeTop: true } as const, keras.withTop],
    ['of odd sizes', { inputShape: [75, 97, 3], alpha: 0.35 } as const, keras.odd],
  ])('has the layers of Keras %s', (_, options, expected) => {
    const model = mobileNetV2(options);
    expect(describeLayers(model)).toEqual(expected.layers);
    expect(model.countParams().total).toBe(expected.parameters);
  });

  it.each(Object.entries(keras.parametersByAlpha))(
    'has the parameters of Keras at alpha %s',
    (alpha, count) => {
      const model = mobileNetV2({ inputShape: [96, 96, 3], alpha: Number(alpha) });
      expect(model.countParams().total).toBe(count);
    },
  );

  it('gives the numbers of Keras on odd sizes', async () => {
    const model = mobileNetV2({ inputShape: [75, 97, 3], alpha: 0.35 });
    setFormulaWeights(model);
    const [output] = await run(model, model.outputs, images(2, 75, 97));
    expectSamples(output!, keras.computed.outputs, 1e-4);
  });

  it('gives the numbers of Keras on even sizes, with its top', async () => {
    const model = mobileNetV2({ inputShape: [64, 96, 3], alpha: 0.35, includeTop: true, classes: 7 });
    setFormulaWeights(model);
    const [output] = await run(model, model.outputs, images(2, 64, 96));
    expectSamples(output!, keras.computedEven.outputs, 1e-4);
  });

  it('gives the numbers of TensorFlow Lite with the weights from objectron', async () => {
    const { sizePx } = objectron;
    const { model } = await loadBackbone('mobilenet_v2_openimages', { inputShape: [sizePx, sizePx, 3] });
    const names = Object.keys(objectron.outputs) as (keyof typeof objectron.outputs)[];
    const outputs = await run(
      model,
      names.map((name) => model.getLayer(name).output),
      images(4, sizePx, sizePx),
    );
    for (const [index, name] of names.entries())
      expectSamples(outputs[index]!, objectron.outputs[name], 1e-4);
  });
});
