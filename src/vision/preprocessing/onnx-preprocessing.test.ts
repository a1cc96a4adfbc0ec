import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMessage } from '../../../tests/support/saying.ts';
import { preprocessorConfigBeside } from '../../node/backbones/onnx-file.ts';
import { onnxPreprocessing } from './onnx-preprocessing.ts';
import { INSIDE_PREPROCESSING, MINUS_ONE_TO_ONE, TORCH_PREPROCESSING } from './preprocessing.ts';
import { resolvePreprocessing } from './preprocessing-choice.ts';
import { parsePreprocessing } from './preprocessing-text.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'graft-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const CLIP = resolvePreprocessing(parsePreprocessing('mean=0.48/0.46/0.41,std=0.27/0.26/0.28'))!;
const NUMBERS = { mean: [0.48, 0.46, 0.41], std: [0.27, 0.26, 0.28] };
const HUGGING_FACE = { do_normalize: true, image_mean: NUMBERS.mean, image_std: NUMBERS.std };

function of(metadata: Readonly<Record<string, string>>, path = 'net.onnx') {
  return onnxPreprocessing({
    name: path,
    metadata,
    dtype: 'float32',
    layout: 'channelsFirst',
    preprocessorConfig: () => preprocessorConfigBeside(join(folder, path)),
  });
}

describe('onnxPreprocessing', () => {
  it.each([
    ['mean and std, as lists', { mean: '[0.48, 0.46, 0.41]', std: '[0.27, 0.26, 0.28]' }],
    ['mean and std, without brackets', { mean: '0.48,0.46,0.41', std: '(0.27, 0.26, 0.28)' }],
    [
      'an entry each of a processor',
      {
        image_mean: '[0.48, 0.46, 0.41]',
        image_std: '[0.27, 0.26, 0.28]',
        do_rescale: 'True',
        do_normalize: 'True',
      },
    ],
    ["timm's configuration", { pretrained_cfg: JSON.stringify({ ...NUMBERS, input_size: [3, 224, 224] }) }],
    ['a processor of Hugging Face', { preprocessor_config: JSON.stringify(HUGGING_FACE) }],
  ])('reads %s', async (_, metadata) => {
    expect(await of(metadata)).toEqual({ preprocessing: CLIP, source: "from the file's metadata" });
  });

  it('reads what Hugging Face leaves beside the file', async () => {
    const file = join(folder, 'preprocessor_config.json');
    await writeFile(file, JSON.stringify(HUGGING_FACE));
    try {
      const source = 'from preprocessor_config.json beside it';
      expect(await of({})).toEqual({ preprocessing: CLIP, source });
      // What the file says itself comes first.
      expect((await of({ mean: '[0, 0, 0]', std: '[1, 1, 1]' })).source).toBe("from the file's metadata");
    } finally {
      await rm(file);
    }
  });

  it('leaves bytes to the file', async () => {
    const bytes = { name: 'a.onnx', metadata: {}, dtype: 'uint8', layout: 'plain' } as const;
    expect(await onnxPreprocessing(bytes)).toEqual({
      preprocessing: INSIDE_PREPROCESSING,
      source: 'the file takes bytes and scales them itself',
    });
  });

  it.each([
    ['channelsFirst', TORCH_PREPROCESSING],
    ['plain', MINUS_ONE_TO_ONE],
  ] as const)('says that it is assumed where nothing tells: %s', async (layout, preprocessing) => {
    const silent = {
      name: 'a.onnx',
      metadata: { author: 'x' },
      dtype: 'float32',
      layout,
    } as const;
    expect(await onnxPreprocessing(silent)).toEqual({
      preprocessing,
      source: 'assumed, for the file does not tell; --preprocessing says otherwise',
    });
  });

  it.each([
    [{ mean: '[0.5, 0.5, 0.5]', std: '[0.5, 0, 0.5]' }, 'std', '[0.5,0,0.5]'],
    [{ mean: '[0.5]', std: '[0.5, 0.5, 0.5]' }, 'mean', '[0.5]'],
    [{ mean: '[0.5, 0.5, 0.5]' }, 'std', 'none'],
    [{ rescale_factor: '0' }, 'rescale_factor', '0'],
    [{ rescale_factor: '0.0078', rescale_offset: 'true' }, 'rescale_offset', 'true'],
  ])('refuses what no pixel can be scaled with: %j', async (metadata, name, received) => {
    await expect(of(metadata)).rejects.toThrow(
      withMessage(
        `model "net.onnx": expected a ${name} that pixels can be scaled with in its metadata, received ${received}. ` +
          'Say how pixels are scaled, with --preprocessing.',
      ),
    );
  });
});
