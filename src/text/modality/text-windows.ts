/** @file Long texts in windows: the same network over overlapping parts of a text, and the mean of what it says of them. */

import { Functional } from '../../core/layers/functional.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { TokenWindows } from '../../core/layers/token-windows.ts';
import { WindowPooling } from '../../core/layers/window-pooling.ts';

/** Windows of a text, at most. More would take more memory for one text than a batch of others. */
export const MAX_WINDOWS = 32;
/** What two windows that follow each other share: this part of a window. */
const OVERLAP = 0.25;

/** How texts are cut. */
export interface WindowsOptions {
  /** The most tokens of a window, what stands around a text included. */
  readonly windowTokens: number;
  /** What stands around every text. */
  readonly prefix: readonly number[];
  readonly suffix: readonly number[];
}

/** The most tokens of a text that is read in windows, what stands around it included. */
export function maxTokensOfWindows(options: WindowsOptions): number {
  const { room, stride } = windowSizes(options);
  return options.windowTokens + stride * (room < 2 ? 0 : MAX_WINDOWS - 1);
}

/**
 * A network that takes texts of any length: ids `[N, S]` are cut into windows inside, and the vectors of a text's windows become their
 * mean, each by its number of tokens. A text that fits into one window has the vector that it has without. Layers and weights are the
 * network's own.
 *
 * @param encoder - Ids `[N, S]` to vectors `[N, D]`.
 */
export function inWindows(encoder: Functional, options: WindowsOptions): Functional {
  const { prefix, suffix } = options;
  const sizes = { ...windowSizes(options), prefix, suffix };
  const windows = new TokenWindows({ ...sizes, name: 'token_windows' }).apply(encoder.input);
  const applied = new Map<SymbolicTensor, SymbolicTensor>([[encoder.input, windows]]);
  for (const tensor of encoder.tensors) {
    if (applied.has(tensor)) continue;
    applied.set(tensor, tensor.layer.apply(tensor.inputs.map((input) => applied.get(input)!)));
  }
  const vectors = applied.get(encoder.output)!;
  const outputs = new WindowPooling({ ...sizes, name: 'window_pooling' }).apply([vectors, encoder.input]);
  return new Functional({ inputs: encoder.inputs, outputs, name: encoder.name });
}

function windowSizes({ windowTokens, prefix, suffix }: WindowsOptions): { room: number; stride: number } {
  const room = Math.max(windowTokens - prefix.length - suffix.length, 1);
  return { room, stride: Math.max(room - Math.floor(room * OVERLAP), 1) };
}
