/**
 * @file Vision transformers: ViT, DINOv2, and the image towers of CLIP and SigLIP, which differ in what stands before and
 * behind the blocks. Layers are called as KerasHub calls them, where it has them.
 * @see https://arxiv.org/abs/2010.11929
 */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { ActivationName } from '../../core/layers/activations.ts';
import { Functional } from '../../core/layers/functional.ts';
import { input } from '../../core/layers/input-layer.ts';
import { layers } from '../../core/layers/layers.ts';
import type { SymbolicTensor } from '../../core/layers/symbolic-tensor.ts';
import { type ArchitectureOptions, checkInputShape } from './architecture.ts';

/** A vision transformer. Classes are a head's: `includeTop` is not looked at. */
export interface VisionTransformerOptions extends ArchitectureOptions {
  readonly patchSizePx: number;
  /** Numbers a token. */
  readonly width: number;
  readonly depth: number;
  /** They divide the width. */
  readonly numHeads: number;
  /** Width of the first of the two dense layers in a block. */
  readonly intermediateDim: number;
  readonly activation: ActivationName;
  /** Of layer normalization. */
  readonly epsilon: number;
  /** Tokens before those of the patches: one for the class, then registers. */
  readonly prefixTokens: number;
  /** Whether the patches' convolution has a bias. */
  readonly patchBias: boolean;
  /** Whether tokens are normalized before the first block, too: CLIP. */
  readonly normalizesFirst: boolean;
  /**
   * How a vector is made of the tokens: the first of them, the mean of all, or attention with a query that is learned and two
   * dense layers behind it (SigLIP).
   */
  readonly tokenPooling: 'first' | 'mean' | 'attention';
}

/** The layer that gives the vector. */
export const POOLED_TOKENS = 'pooled';

/**
 * Builds a vision transformer on images `[N, H, W, 3]`. Weights are not set.
 *
 * The class token and the registers are rows of `position_embedding`: the tokens that these are added to are 0.
 *
 * @returns The model; its output is `pooled`, `[N, width]`. `layer_norm` has the tokens, `[N, prefix + patches, width]`.
 * @throws {GraftError} `argument`, if the sides of images are no multiples of the patch's.
 */
export function visionTransformer(options: VisionTransformerOptions): Functional {
  const { inputShape, patchSizePx, width, depth, prefixTokens, epsilon, name = 'vit' } = options;
  checkInputShape(name, inputShape, patchSizePx);
  const [height, imageWidth] = inputShape;
  if (height % patchSizePx !== 0 || imageWidth % patchSizePx !== 0) {
    throw new GraftError('argument', {
      where: name,
      expected: `images whose sides are multiples of ${patchSizePx} px, the side of a patch`,
      received: `${height} x ${imageWidth} px`,
      advice: `Use ${Math.max(1, Math.round(height / patchSizePx)) * patchSizePx} px.`,
    });
  }
  const start = input({ shape: inputShape });
  const count = (height / patchSizePx) * (imageWidth / patchSizePx);
  let x = layers
    .conv2d({
      filters: width,
      kernelSize: patchSizePx,
      strides: patchSizePx,
      useBias: options.patchBias,
      name: 'patch_embedding',
    })
    .apply(start);
  x = tokensOf(x, count, options);
  const positions = layers
    .positionEmbedding({ sequenceLength: prefixTokens + count, name: 'position_embedding' })
    .apply(x);
  x = layers.add({ name: 'embeddings' }).apply([x, positions]);
  if (options.normalizesFirst) x = layers.layerNormalization({ epsilon, name: 'pre_layer_norm' }).apply(x);
  for (let block = 0; block < depth; block++) {
    x = layers
      .transformerEncoder({
        intermediateDim: options.intermediateDim,
        numHeads: options.numHeads,
        activation: options.activation,
        layerNormEpsilon: epsilon,
        normalizeFirst: true,
        name: `transformer_layer_${block}`,
      })
      .apply(x);
  }
  x = layers.layerNormalization({ epsilon, name: 'layer_norm' }).apply(x);
  return new Functional({ inputs: start, outputs: pool(x, options), name });
}

/** `[N, h, w, width]` as `[N, prefix + h w, width]`, the tokens of the prefix 0. */
function tokensOf(
  x: SymbolicTensor,
  count: number,
  { prefixTokens, width }: VisionTransformerOptions,
): SymbolicTensor {
  const whole = prefixTokens + count;
  if (prefixTokens === 0) {
    return layers.reshape({ targetShape: [count, width], name: 'patches' }).apply(x);
  }
  const column = layers.reshape({ targetShape: [count, 1, width], name: 'patches' }).apply(x);
  const padded = layers
    .zeroPadding2d({
      padding: [
        [prefixTokens, 0],
        [0, 0],
      ],
      name: 'prefix_tokens',
    })
    .apply(column);
  return layers.reshape({ targetShape: [whole, width], name: 'tokens' }).apply(padded);
}

function pool(x: SymbolicTensor, options: VisionTransformerOptions): SymbolicTensor {
  const { tokenPooling, width, numHeads, intermediateDim, activation, epsilon } = options;
  if (tokenPooling === 'first')
    return layers.tokenPooling({ token: 'first', name: POOLED_TOKENS }).apply([x]);
  if (tokenPooling === 'mean') return layers.globalAveragePooling1d({ name: POOLED_TOKENS }).apply(x);
  // The learned query is the same for all images: its projection is the bias, and what it is projected from counts for nothing.
  const token = layers.tokenPooling({ token: 'first', name: 'head_query_token' }).apply([x]);
  const query = layers.reshape({ targetShape: [1, width], name: 'head_query' }).apply(token);
  const attended = layers
    .multiHeadAttention({ numHeads, keyDim: width / numHeads, name: 'head_attention' })
    .apply([query, x]);
  let y = layers.layerNormalization({ epsilon, name: 'head_layer_norm' }).apply(attended);
  y = layers.dense({ units: intermediateDim, activation, name: 'head_intermediate_dense' }).apply(y);
  y = layers.dense({ units: width, name: 'head_output_dense' }).apply(y);
  y = layers.add({ name: 'head_add' }).apply([attended, y]);
  return layers.reshape({ targetShape: [width], name: POOLED_TOKENS }).apply(y);
}
