import { describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { readSafetensors } from '../../core/weights/safetensors.ts';
import { loadBackbone } from '../../node/backbones/load-backbone.ts';
import { findPretrainedConfig } from '../pretrained/pretrained-configs.ts';
import { backboneOfConfig } from './backbone.ts';
import { decodeBackbone, encodeBackbone } from './backbone-file.ts';

describe('the file of a backbone up to its cut', () => {
  it('has the weights of the default backbone, bit for bit, in little more than half their bytes', async () => {
    const whole = await loadBackbone('mobilenet_v2_openimages', { inputShape: [64, 64, 3] });
    const bytes = encodeBackbone(whole);
    expect(bytes.length).toBeLessThan(2.9e6);
    const again = await decodeBackbone(bytes, 'small.safetensors', { inputShape: [64, 64, 3] });
    expect(again.pretrainedConfig).toBe(whole.pretrainedConfig);
    expect(again.cut).toBe('block_15_add');
    const { metadata } = readSafetensors(bytes, 'weights');
    expect(metadata).toMatchObject({ 'graft.backbone': 'mobilenet_v2_openimages', cut: 'block_15_add' });
    let compared = 0;
    for (const layer of again.model.layers) {
      const original = whole.model.getLayer(layer.name);
      for (const [index, { value }] of layer.weights.entries()) {
        if (
          !readSafetensors(bytes, 'weights').tensors.has(`${layer.name}/${layer.weights[index]!.spec.name}`)
        )
          continue;
        expect(Buffer.from(value.buffer).equals(Buffer.from(original.weights[index]!.value.buffer))).toBe(
          true,
        );
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(200);
  });

  it('keeps float32 where float16 would lose something', async () => {
    const config = findPretrainedConfig('mobilenet_v2_035');
    const random = await backboneOfConfig(config, 'random', {
      inputShape: [32, 32, 3],
      cut: 'block_1_project',
      seed: 3,
    });
    const again = await decodeBackbone(encodeBackbone(random), 'random.safetensors', {
      inputShape: [32, 32, 3],
      cut: 'block_1_project',
    });
    const kernel = (of: typeof random) => of.model.getLayer('Conv1').weights[0]!.value;
    expect(kernel(again)).toEqual(kernel(random));
  });

  it("is of torchvision's network by its name, though Keras has one with the same weights", async () => {
    const options = { inputShape: [32, 32, 3], cut: 'out_relu' } as const;
    const config = findPretrainedConfig('torchvision:mobilenet_v2');
    const random = await backboneOfConfig(config, 'random', { ...options, seed: 3 });
    const again = await decodeBackbone(encodeBackbone(random), 'random.safetensors', options);
    expect(again.pretrainedConfig).toBe(config);
    expect(again.model.getLayer('Conv1_pad').output.shape).toEqual([null, 34, 34, 3]);
    const kernel = (of: typeof random) => of.model.getLayer('Conv1').weights[0]!.value;
    expect(kernel(again)).toEqual(kernel(random));
  });

  it('refuses a network that its name does not give again', async () => {
    const random = await backboneOfConfig(findPretrainedConfig('mobilenet_v2_035'), 'random', {
      inputShape: [32, 32, 3],
    });
    const { build: _, ...facts } = findPretrainedConfig('mobilenet_v2_035');
    expect(() => encodeBackbone({ ...random, pretrainedConfig: facts })).toThrow(
      withMessage(
        'backbone "mobilenet_v2_035": expected a network as graft backbones lists it, received one that is known by its file alone. ' +
          'Take its own file: a page reads the files of ONNX and Keras, too.',
      ),
    );
  });
});
