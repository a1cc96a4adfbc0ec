/**
 * @file Loads what tools/oracle/keras_recent_h5.py wrote into the networks built here, and compares their outputs with
 * the fixtures: weights that Keras saved arrive where they belong.
 *
 *     npx tsx tools/check-recent-h5.ts FOLDER
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Functional } from '../src/core/layers/functional.ts';
import { modelGraph } from '../src/core/layers/lower-model.ts';
import { evaluateGraph } from '../src/core/runtime/create-session.ts';
import { tensor } from '../src/core/tensor/tensor.ts';
import { loadWeights } from '../src/core/weights/apply.ts';
import { readKerasHdf5 } from '../src/node/weights/keras-hdf5.ts';
import type { InputShape } from '../src/vision/architectures/architecture.ts';
import { convNeXt } from '../src/vision/architectures/convnext.ts';
import { efficientNet } from '../src/vision/architectures/efficientnet.ts';
import { efficientNetV2 } from '../src/vision/architectures/efficientnet-v2.ts';
import { mobileNetV3Small } from '../src/vision/architectures/mobilenet-v3.ts';
import { nasNetMobile } from '../src/vision/architectures/nasnet.ts';

interface Fixture {
  readonly networks: Readonly<
    Record<
      string,
      {
        readonly small: { readonly inputShape: InputShape };
        readonly computed: {
          readonly outputs: readonly { readonly largest: number; readonly values: readonly number[] }[];
        };
      }
    >
  >;
}

const FAMILIES: Readonly<Record<string, (inputShape: InputShape) => Functional>> = {
  mobilenet_v3: (inputShape) => mobileNetV3Small({ inputShape, alpha: 0.75 }),
  efficientnet: (inputShape) => efficientNet('b0', { inputShape }),
  efficientnet_v2: (inputShape) => efficientNetV2('b0', { inputShape }),
  nasnet: (inputShape) => nasNetMobile({ inputShape }),
  convnext: (inputShape) => convNeXt('tiny', { inputShape }),
};

const folder = process.argv[2] ?? '.';
for (const [family, build] of Object.entries(FAMILIES)) {
  const fixture = JSON.parse(
    readFileSync(new URL(`../tests/golden/models/keras_${family}.json`, import.meta.url), 'utf8'),
  ) as Fixture;
  const { small, computed } = Object.values(fixture.networks)[0]!;
  for (const ending of ['h5', 'weights.h5']) {
    const model = build(small.inputShape);
    loadWeights(model, await readKerasHdf5(join(folder, `${family}.${ending}`)));
    console.log(
      `${family}.${ending}: largest relative difference ${await difference(model, computed, family)}`,
    );
  }
}

/** Of the first image, noise by the formula of tools/oracle/model_inputs.py; relative to the largest value. */
async function difference(
  model: Functional,
  { outputs }: Fixture['networks'][string]['computed'],
  family: string,
): Promise<number> {
  const [height, width] = model.input.shape.slice(1) as [number, number];
  const pixels = Float32Array.from({ length: height * width * 3 }, (_, i) => hash32(i) & 255);
  const input = family === 'nasnet' ? pixels.map((value) => Math.fround(value / 127.5) - 1) : pixels;
  const results = await evaluateGraph(modelGraph(model), {
    [model.input.layer.name]: tensor('float32', [1, height, width, 3], input),
  });
  const output = Object.values(results)[0]!.data as Float32Array;
  const { values, largest } = outputs[0]!;
  const errors = values.map((value, k) => Math.abs(value - output[(k * 7919) % output.length]!));
  return Math.max(...errors) / largest;
}

function hash32(index: number): number {
  let value = (Math.imul(index, 2654435761) + 12345) >>> 0;
  value ^= value >>> 15;
  value = Math.imul(value, 2246822519);
  return (value ^ (value >>> 13)) >>> 0;
}
