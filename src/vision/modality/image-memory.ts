/** @file Whether images of a size go through a network on this machine: known from its layers, before anything runs. */

import { GraftError } from '../../core/errors/graft-error.ts';
import { sizeText } from '../../core/errors/size-text.ts';
import { BATCH_SIZES, USUAL_SIZE } from '../../core/features/batched-session.ts';
import { FORWARD_BATCH } from '../../core/features/feature-extraction.ts';
import { USUAL_POSITIONS } from '../../core/features/row-layout.ts';
import { Functional } from '../../core/layers/functional.ts';
import type { LayerShape } from '../../core/layers/layer-shape.ts';
import { platform } from '../../core/runtime/platform.ts';
import { USABLE_MEMORY } from '../../core/steps/memory.ts';

const BYTES = 4;
/** Batches of decoded images that lie ready while the network works. */
const DECODED_BATCHES = 3;
/** More than this is told before the work, which is slow then. */
const NOTABLE_BYTES = 4e9;

/** What {@link imageMemory} needs to know. */
export interface SizedNetwork {
  readonly model: Functional;
  /** The layer that a head grows from. How large a head may be is another question. */
  readonly cut: string;
  /** What the network is, and the size that it was trained with, for the advice. */
  readonly pretrainedConfig: { readonly id: string; readonly defaultSizePx: number };
}

/**
 * Bytes for a batch of images on its way through a network, about: the layer that holds the most, what goes in and what
 * comes out, and the decoded images.
 *
 * @param images - How many there are; few of them make smaller batches.
 */
export function imageMemory(model: Functional, images: number = Number.POSITIVE_INFINITY): number {
  const largest = Math.max(
    ...model.layers.map(({ output }) => sizeIn(output.shape) + sizeIn(output.inputs[0]?.shape ?? [])),
  );
  const batch = images < FORWARD_BATCH ? Math.min(images, USUAL_SIZE) : Math.max(...BATCH_SIZES);
  const decoded = Math.min(images, FORWARD_BATCH * DECODED_BATCHES);
  return largest * BYTES * batch + sizeIn(model.input.shape) * decoded;
}

/**
 * Refuses images that are too large.
 *
 * @param available - Bytes of the machine. Default: its memory, or the container's limit where that is lower.
 * @throws {GraftError} `memory`.
 */
export function requireImageMemory(
  { model, cut, pretrainedConfig }: SizedNetwork,
  available: number = platform.totalBytes(),
): void {
  const needed = memoryUpTo(cut, model);
  if (needed <= available * USABLE_MEMORY) return;
  throw new GraftError('memory', {
    where: 'image size',
    expected: `images that take at most ${sizeText(available * USABLE_MEMORY)} (${USABLE_MEMORY * 100}% of this machine's memory)`,
    received: `${pixelsOf(model)}, which take about ${sizeText(needed)}`,
    advice: `Give a smaller --size: ${pretrainedConfig.id} was trained with ${pretrainedConfig.defaultSizePx}.`,
  });
}

/** One sentence if images take unusually much; else undefined. */
export function imageMemoryNote({ model, cut, pretrainedConfig }: SizedNetwork): string | undefined {
  const needed = memoryUpTo(cut, model);
  if (needed < NOTABLE_BYTES) return undefined;
  return `Images of ${pixelsOf(model)} take about ${sizeText(needed)} of memory and much time: ${pretrainedConfig.id} was trained with ${pretrainedConfig.defaultSizePx}.`;
}

function memoryUpTo(cut: string, model: Functional): number {
  return imageMemory(new Functional({ inputs: model.inputs, outputs: model.getLayer(cut).output }));
}

function pixelsOf(model: Functional): string {
  const [, height = 0, width = 0] = model.input.shape;
  return `${width} x ${height} pixels`;
}

/** Numbers of one image; about, where a size is known only when it runs. */
function sizeIn(shape: LayerShape): number {
  return shape.slice(1).reduce<number>((product, size) => product * (size ?? USUAL_POSITIONS), 1);
}
