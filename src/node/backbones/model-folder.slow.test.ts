/** @file Networks of images and texts in folders as transformers and timm write them, on this machine and on a hub. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hub, hubServer } from '../../../tests/support/hub-server.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { computeSize, type Tensor, tensor } from '../../core/tensor/tensor.ts';
import { writeSafetensors } from '../../core/weights/safetensors.ts';
import { MINUS_ONE_TO_ONE, normalized } from '../../vision/preprocessing/preprocessing.ts';
import { loadTextBackbone } from '../text/load-text-backbone.ts';
import { loadBackbone } from './load-backbone.ts';

/** As transformers names them. */
const VIT_SHAPES: Readonly<Record<string, readonly number[]>> = {
  'embeddings.cls_token': [1, 1, 8],
  'embeddings.position_embeddings': [1, 5, 8],
  'embeddings.patch_embeddings.projection.weight': [8, 3, 4, 4],
  'embeddings.patch_embeddings.projection.bias': [8],
  ...module_('encoder.layer.0.attention.attention.query', [8, 8]),
  ...module_('encoder.layer.0.attention.attention.key', [8, 8]),
  ...module_('encoder.layer.0.attention.attention.value', [8, 8]),
  ...module_('encoder.layer.0.attention.output.dense', [8, 8]),
  ...module_('encoder.layer.0.intermediate.dense', [16, 8]),
  ...module_('encoder.layer.0.output.dense', [8, 16]),
  ...module_('encoder.layer.0.layernorm_before', [8]),
  ...module_('encoder.layer.0.layernorm_after', [8]),
  ...module_('layernorm', [8]),
};

function module_(name: string, weight: readonly number[]): Record<string, readonly number[]> {
  return { [`${name}.weight`]: weight, [`${name}.bias`]: [weight[0]!] };
}

function vit(without?: string): Uint8Array {
  const tensors = Object.entries(VIT_SHAPES).flatMap(([name, shape]): [string, Tensor<'float32'>][] =>
    name === without
      ? []
      : [[`vit.${name}`, tensor('float32', shape, new Float32Array(computeSize(shape)).fill(0.1))]],
  );
  return writeSafetensors(new Map(tensors));
}

const CONFIG = JSON.stringify({ model_type: 'vit', hidden_act: 'gelu', num_attention_heads: 2 });

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'graft-test-'));
});
afterEach(() => rm(home, { recursive: true }));

async function folderOf(files: Readonly<Record<string, Uint8Array | string>>): Promise<string> {
  const folder = join(home, 'tiny-vit');
  await mkdir(folder);
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

describe('loadBackbone', () => {
  it('takes a folder with the configuration beside the weights', async () => {
    const processor = JSON.stringify({ image_mean: [0.1, 0.2, 0.3], image_std: [0.5, 0.5, 0.5] });
    const folder = await folderOf({
      'config.json': CONFIG,
      'preprocessor_config.json': processor,
      'model.safetensors': vit(),
    });
    for (const place of [folder, join(folder, 'model.safetensors')]) {
      const { model, cut, preprocessing, pretrainedConfig, notes } = await loadBackbone(place);
      expect([cut, model.input.shape, model.output.shape]).toEqual(['pooled', [null, 8, 8, 3], [null, 8]]);
      expect(preprocessing).toEqual(normalized({ mean: [0.1, 0.2, 0.3], std: [0.5, 0.5, 0.5] }));
      expect(pretrainedConfig.preprocessingSource).toBe('from preprocessor_config.json');
      expect(notes).toEqual([]);
    }
    const { title } = (await loadBackbone(folder)).pretrainedConfig;
    expect(title).toBe('tiny-vit: vit_8_patch4');
    const larger = await loadBackbone(folder, { inputShape: [16, 12, 3], preprocessing: MINUS_ONE_TO_ONE });
    expect(larger.model.getLayer('layer_norm').output.shape).toEqual([null, 13, 8]);
    expect(larger.preprocessing).toEqual(MINUS_ONE_TO_ONE);
  });

  it('takes a model of the hub', async () => {
    const model = { repository: 'owner/tiny', files: { 'config.json': CONFIG, 'model.safetensors': vit() } };
    const { origin, requests } = await hubServer(hub(model));
    const download = { env: { GRAFT_HOME: home, HF_ENDPOINT: origin } };
    const { pretrainedConfig, cut } = await loadBackbone('hf:owner/tiny', { download });
    expect([pretrainedConfig.title, cut]).toEqual(['owner/tiny: vit_8_patch4', 'pooled']);
    expect(requests).toHaveLength(3);
    await expect(loadBackbone('hf:owner/tiny', { download, weights: 'imagenet' })).rejects.toThrow(
      withMessage(
        'backbone "hf:owner/tiny": expected its own weights, or random ones, received "imagenet". ' +
          'Leave out --weights, or give that file as the backbone.',
      ),
    );
    const joined = await loadBackbone('hf:owner/tiny,hf:owner/tiny@main', { download });
    expect(joined.model.output.shape).toEqual([null, 16]);
  });

  it('says which tensor a file lacks, and that images have other sides than patches', async () => {
    const folder = await folderOf({
      'config.json': CONFIG,
      'model.safetensors': vit('encoder.layer.0.output.dense.bias'),
    });
    await expect(loadBackbone(folder)).rejects.toThrow(
      withMessage(
        'weights "model.safetensors": expected a tensor "vit.encoder.layer.0.output.dense.bias", received 21 tensors without it. ' +
          'The file is of a network that is built otherwise: export it as ONNX, and give that file.',
      ),
    );
    await expect(loadBackbone(folder, { inputShape: [10, 10, 3] })).rejects.toThrow(
      withMessage(
        'vit_8_patch4: expected images whose sides are multiples of 4 px, the side of a patch, received 10 x 10 px. Use 12 px.',
      ),
    );
  });

  it('refuses weights of no family, of a damaged configuration, and of a name of Keras', async () => {
    const path = join(home, 'other.safetensors');
    await writeFile(
      path,
      writeSafetensors(new Map([['a.weight', tensor('float32', [1], new Float32Array(1))]])),
    );
    await expect(loadBackbone(path)).rejects.toThrow(
      withMessage(
        'weights "other.safetensors": expected weights of PyTorch of a network that Graft builds: ResNet, Wide ResNet and ResNeXt (torchvision, timm, transformers); ' +
          'MobileNetV2 (torchvision, timm) and V3 (torchvision); EfficientNet-Lite 0 to 4 (timm, efficientnet-lite-pytorch); ViT, DINOv2, and the image towers of CLIP and SigLIP (timm, transformers), ' +
          'received those of another. Export the network as ONNX, torch.onnx.export(model, example, "model.onnx"), and give that file as the backbone: ' +
          'see docs/coming-from-pytorch.md.',
      ),
    );
    const folder = await folderOf({ 'config.json': '[]', 'model.safetensors': vit() });
    await expect(loadBackbone(folder)).rejects.toThrow(
      withMessage(
        'config "tiny-vit/config.json": expected a configuration in JSON, received something else. The file is damaged: fetch it again.',
      ),
    );
    await rm(join(folder, 'config.json'));
    await expect(loadBackbone('resnet50', { weights: join(folder, 'model.safetensors') })).rejects.toThrow(
      withMessage(
        'weights "model.safetensors": expected weights of resnet50, as Keras builds it, received those of vit_8_patch4, as PyTorch builds it. ' +
          'Give the file itself as the backbone.',
      ),
    );
  });
});

const TOKENIZER = {
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: null,
  decoder: null,
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    max_input_chars_per_word: 100,
    vocab: { '[UNK]': 0, a: 1 },
  },
};

it('loadTextBackbone takes a model of the hub', async () => {
  const read = (name: string): Promise<Uint8Array> => readFile(`tests/golden/text/bert/${name}`);
  const files = {
    'config.json': await read('config.json'),
    'tokenizer.json': JSON.stringify(TOKENIZER),
    'model.safetensors': await read('model.safetensors'),
  };
  const { origin } = await hubServer(hub({ repository: 'owner/bert', files }));
  const download = { env: { GRAFT_HOME: home, HF_ENDPOINT: origin } };
  const { facts } = await loadTextBackbone('hf:owner/bert', { download });
  expect([facts.id, facts.architecture]).toEqual(['owner/bert', 'bert']);
});
