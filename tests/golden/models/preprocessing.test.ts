/** Pixels are scaled as timm, Keras and Hugging Face's processors scale them: tools/oracle/preprocessing.py. */

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Functional } from '../../../src/core/layers/functional.ts';
import { input } from '../../../src/core/layers/input-layer.ts';
import { layers } from '../../../src/core/layers/layers.ts';
import { onnxPreprocessing } from '../../../src/vision/preprocessing/onnx-preprocessing.ts';
import { imageGraph } from '../../../src/vision/preprocessing/image-graph.ts';
import type { Preprocessing } from '../../../src/vision/preprocessing/preprocessing.ts';
import { resolvePreprocessing } from '../../../src/vision/preprocessing/preprocessing-choice.ts';
import { parsePreprocessing } from '../../../src/vision/preprocessing/preprocessing-text.ts';
import { evaluateGraph } from '../../../src/core/runtime/create-session.ts';
import { floats, tensor } from '../../../src/core/tensor/tensor.ts';

const { px, pixels, named, processors } = JSON.parse(
  readFileSync(new URL('preprocessing.json', import.meta.url), 'utf8'),
) as {
  readonly px: number;
  readonly pixels: readonly number[];
  readonly named: readonly { readonly text: string; readonly numbers: readonly number[] }[];
  readonly processors: readonly {
    readonly config: Readonly<Record<string, unknown>>;
    readonly numbers: readonly number[];
  }[];
};

/** What a network sees of the image. */
async function seen(preprocessing: Preprocessing) {
  const image = input({ shape: [px, px, 3] });
  // One position of every window: the image as it is.
  const model = new Functional({
    inputs: image,
    outputs: layers.maxPooling2d({ poolSize: 1 }).apply(image),
  });
  const graph = imageGraph(model, model.output, { preprocessing, output: 'features' });
  const results = await evaluateGraph(graph, {
    image: tensor('uint8', [1, px, px, 3], Uint8Array.from(pixels)),
  });
  return results['features']!;
}

it.each(named.map(({ text, numbers }, index) => [`${text} (${index})`, text, numbers] as const))(
  '%s',
  async (_, text, numbers) => {
    const preprocessing = resolvePreprocessing(parsePreprocessing(text))!;
    expect(await seen(preprocessing)).toBeAllClose(floats([1, px, px, 3], numbers), { atol: 2e-5, rtol: 1e-6 });
  },
);

it.each(
  processors.map(({ config, numbers }, index) => [
    `${String(config['image_processor_type'])} (${index})`,
    config,
    numbers,
  ] as const),
)('the configuration of %s in the metadata', async (_, config, numbers) => {
  const { preprocessing, source } = await onnxPreprocessing({
    name: 'model.onnx',
    metadata: { preprocessor_config: JSON.stringify(config) },
    dtype: 'float32',
    layout: 'channelsFirst',
  });
  expect(source).toBe("from the file's metadata");
  expect(await seen(preprocessing)).toBeAllClose(floats([1, px, px, 3], numbers), { atol: 2e-6, rtol: 1e-6 });
});
