/** Networks that PyTorch exported give what PyTorch computes: tools/oracle/torch_onnx.py. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { modelGraph } from '../../../src/core/layers/lower-model.ts';
import { loadGraphBackbone } from '../../../src/node/backbones/onnx-file.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { floats } from '../../../src/core/tensor/tensor.ts';

interface Numbers {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

const EXPECTED = JSON.parse(readFileSync('tests/golden/onnx/torch.json', 'utf8')) as {
  readonly convolutions: { readonly features: Numbers; readonly logits: Numbers };
  readonly attention: { readonly logits: Numbers };
};
const PX = 16;
/** Float32 rounding alone, over some ten operators. */
const TOLERANCE = { atol: 3e-6, rtol: 1e-5 };

/** Two images, `[2, 16, 16, 3]`: the files were written for one. */
const images = floats(
  [2, PX, PX, 3],
  Array.from({ length: 2 * PX * PX * 3 }, (_, i) => Math.sin(0.37 * i)),
);

async function run(file: string, cut?: string) {
  const { model } = await loadGraphBackbone(`tests/golden/onnx/${file}.onnx`, cut === undefined ? {} : { cut });
  const graph = modelGraph(model);
  return (await evaluateGraph(graph, { image: images }))[graph.outputs[0]!.name]!;
}

describe('a network that PyTorch exported', () => {
  it.each([
    ['convolutions, features', 'convolutions', undefined, EXPECTED.convolutions.features],
    ['convolutions, logits', 'convolutions', 'logits', EXPECTED.convolutions.logits],
    ['attention, logits', 'attention', 'logits', EXPECTED.attention.logits],
  ])('gives what PyTorch computes: %s', async (_, file, cut, { shape, data }) => {
    expect(await run(file, cut)).toBeAllClose(floats(shape, data), TOLERANCE);
  });
});
