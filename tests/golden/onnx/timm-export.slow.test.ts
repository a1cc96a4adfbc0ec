/**
 * Networks of timm and torchvision, exported by PyTorch, are cut before their heads and give the features that PyTorch
 * computes: tools/oracle/timm_onnx.py.
 */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelGraph } from '../../../src/core/layers/lower-model.ts';
import { loadGraphBackbone } from '../../../src/node/backbones/onnx-file.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { floats } from '../../../src/core/tensor/tensor.ts';
import { withMessage } from '../../support/saying.ts';

const { networks } = JSON.parse(readFileSync('tests/golden/onnx/timm/timm.json', 'utf8')) as {
  readonly networks: Readonly<
    Record<
      string,
      {
        readonly px: number;
        readonly features: { readonly shape: readonly number[]; readonly data: readonly number[] };
      }
    >
  >;
};

/** Float32 rounding alone, over two blocks of a transformer. */
const TOLERANCE = { atol: 1e-5, rtol: 1e-5 };

/** `[N, px, px, 3]`: the files were written for one image. */
function images(count: number, px: number) {
  return floats(
    [count, px, px, 3],
    Array.from({ length: count * px * px * 3 }, (_, i) => Math.sin(0.37 * i)),
  );
}

async function run(file: string, px: number) {
  const { model, cut } = await loadGraphBackbone(`tests/golden/onnx/timm/${file}.onnx`, {
    inputShape: [px, px, 3],
  });
  const graph = modelGraph(model);
  const results = await evaluateGraph(graph, { image: images(2, px) });
  return { cut, features: results[graph.outputs[0]!.name]! };
}

describe('the features of a network that PyTorch exported', () => {
  it.each([
    ['pads that follow from the size of the image', 'same_padding', '/Relu_2_output_0'],
    ['sums over constants', 'edgenext', '/stages/stages.3/blocks/blocks.0/Add_2_output_0'],
    ['masks that are written into', 'swin', '/permute/Transpose_output_0'],
    ['no head: the output, a class token', 'dinov2', 'output'],
    ['a class token before the head', 'vit', '/Gather_output_0'],
    ['no head and no pooling: all tokens', 'vit_tokens', 'output'],
    ['the mean of all tokens', 'mixer', '/ReduceMean_output_0'],
    ['two tokens with a head each: the class token', 'distilled', '/Gather_output_0'],
    ['a class token, by the newer exporter', 'dynamo', 'select'],
    ['floats of 16 bits', 'half', '/Relu_2_output_0'],
  ])('%s', async (_, file, cut) => {
    const { px, features } = networks[file]!;
    const ours = await run(file, px);
    expect(ours.cut).toBe(cut);
    expect(ours.features).toBeAllClose(floats(features.shape, features.data), TOLERANCE);
  });

  it.each([
    ['27', 'open_sizes', 'same_padding'],
    ['32', 'open_sizes', 'same_padding_at_32'],
  ])('have the pads of images of %s pixels, where the file leaves the size open', async (_, file, network) => {
    const { px, features } = networks[network]!;
    const ours = await run(file, px);
    expect(ours.features).toBeAllClose(floats(features.shape, features.data), TOLERANCE);
  });

  it('are refused for a size that the network cannot work on', async () => {
    await expect(run('edgenext', 96)).rejects.toThrow(
      withMessage(
        'model "edgenext.onnx": expected Reshape "/stages/stages.1/blocks/blocks.1/Reshape" to work on ' +
          'images [N, 3, 96, 96], with as many elements as in [1, 16, 12, 12], received [1, 16, 64]. ' +
          'The file was written for [1, 3, 64, 64]: use that size, or cut it before this node.',
      ),
    );
  });
});
