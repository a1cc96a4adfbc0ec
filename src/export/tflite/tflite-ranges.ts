/** @file Between which numbers the outputs of a model's layers lie, on images. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { GraphBuilder } from '../../core/graph/builder.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { SymbolicTensor } from '../../core/layers/layer.ts';
import { inferenceLowering, lowerTensors } from '../../core/layers/lower-model.ts';
import { createSession } from '../../core/runtime/create-session.ts';
import type { RuntimeOptions } from '../../core/runtime/runtime.ts';
import { tensor } from '../../core/tensor/tensor.ts';

export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Pixels of images, `[height, width, 3]` in [0, 255], of the size that the model takes. */
export type CalibrationImages = AsyncIterable<Uint8Array>;

/**
 * Runs a model on images.
 *
 * @param model - Takes pixels.
 * @param tensors - Of its layers.
 * @returns A range for each of them.
 * @throws {GraftError} `dataset`, if there is no image.
 */
export async function measureRanges(
  model: Functional,
  tensors: readonly SymbolicTensor[],
  images: CalibrationImages,
  { runtime }: RuntimeOptions = {},
): Promise<readonly Range[]> {
  const builder = new GraphBuilder(model.name);
  const [, height, width, channels] = model.input.shape as readonly number[];
  const shape = [1, height!, width!, channels!];
  const pixels = builder.input('pixels', 'float32', shape);
  const given = new Map([[model.input, { value: pixels, layout: 'plain' as const }]]);
  const names = lowerTensors(tensors, inferenceLowering(builder), given).map(({ value }) => {
    const axes = value.shape.map((_, axis) => axis);
    return [
      builder.output(builder.largest(value, axes, 0)).name,
      builder.output(builder.largest(builder.neg(value), axes, 0)).name,
    ] as const;
  });
  const session = await createSession(builder.build(), { runtime });
  try {
    let ranges: readonly Range[] = [];
    for await (const image of images) {
      const results = await session.run({ pixels: tensor('float32', shape, Float32Array.from(image)) });
      const number = (name: string): number => results[name]!.data[0] as number;
      const own = names.map(([max, negatedMin]) => ({ max: number(max), min: -number(negatedMin) }));
      ranges = own.map(({ min, max }, index) => ({
        min: Math.min(min, ranges[index]?.min ?? min),
        max: Math.max(max, ranges[index]?.max ?? max),
      }));
    }
    if (ranges.length > 0) return ranges;
    throw new GraftError('dataset', {
      where: 'calibration',
      expected: 'images such as the model will see',
      received: 'none',
      advice: 'Give some of those that it was trained on.',
    });
  } finally {
    await session.dispose();
  }
}
