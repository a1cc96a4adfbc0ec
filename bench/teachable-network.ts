/** @file The network inside of Teachable Machine, MobileNetV2 0.35 at 224 px without its top, as TensorFlow.js loads it; its weights are drawn. */

import type { Tfjs, TfjsLayers } from './tfjs-backend.ts';

const ALPHA = 0.35;
/** Expansion, channels, repeats, stride; as in the paper (Sandler et al. 2018, https://arxiv.org/abs/1801.04381). */
const BLOCKS = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** @returns The files of a layers model, by name. */
export async function teachableNetwork(
  tf: Tfjs,
  { input, layers, model }: TfjsLayers,
): Promise<Readonly<Record<string, Uint8Array>>> {
  type Symbolic = ReturnType<typeof input>;
  const image = input({ shape: [224, 224, 3] });
  const normalized = (value: Symbolic, name?: string): Symbolic => {
    const norm = layers.batchNormalization({}).apply(value) as Symbolic;
    return layers.reLU({ maxValue: 6, ...(name ? { name } : {}) }).apply(norm) as Symbolic;
  };
  const convolution = (value: Symbolic, filters: number, kernelSize: number, strides = 1): Symbolic =>
    layers.conv2d({ filters, kernelSize, strides, padding: 'same', useBias: false }).apply(value) as Symbolic;
  let value = normalized(convolution(image, channelsOf(32), 3, 2));
  for (const [expansion, channels, repeats, stride] of BLOCKS) {
    for (let repeat = 0; repeat < repeats; repeat++) {
      const from = value;
      const width = from.shape.at(-1)!;
      const strides = repeat === 0 ? stride : 1;
      if (expansion > 1) value = normalized(convolution(value, width * expansion, 1));
      const deep = layers.depthwiseConv2d({ kernelSize: 3, strides, padding: 'same', useBias: false });
      value = convolution(normalized(deep.apply(value) as Symbolic), channelsOf(channels), 1);
      value = layers.batchNormalization({}).apply(value) as Symbolic;
      if (strides === 1 && width === value.shape.at(-1))
        value = layers.add().apply([from, value]) as Symbolic;
    }
  }
  const network = model({ inputs: image, outputs: normalized(convolution(value, 1280, 1), 'out_relu') });
  let saved: Readonly<Record<string, Uint8Array>> = {};
  await network.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const weights = new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData));
      const manifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      const document = { modelTopology, weightsManifest: manifest };
      saved = { 'model.json': new TextEncoder().encode(JSON.stringify(document)), 'weights.bin': weights };
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return saved;
}

/** In steps of 8, at most a tenth below what is asked for. */
function channelsOf(channels: number): number {
  const wanted = channels * ALPHA;
  const rounded = Math.max(8, Math.floor((wanted + 4) / 8) * 8);
  return rounded < 0.9 * wanted ? rounded + 8 : rounded;
}
