/** @file The layers there are: a factory for each, and the way back from a configuration. */

import { GraftError } from '../errors/graft-error.ts';
import { Activation, type ActivationLayerOptions } from './activation.ts';
import { Add, type AddOptions } from './add.ts';
import { AveragePooling2D } from './average-pooling2d.ts';
import { BatchNormalization, type BatchNormalizationOptions } from './batch-normalization.ts';
import { Concatenate, type ConcatenateOptions } from './concatenate.ts';
import { Conv2D, type Conv2DOptions } from './conv2d.ts';
import { Cropping2D, type Cropping2DOptions } from './cropping2d.ts';
import { CustomScaleLayer, type CustomScaleLayerOptions } from './custom-scale-layer.ts';
import { Dense, type DenseOptions } from './dense.ts';
import { DepthwiseConv2D, type DepthwiseConv2DOptions } from './depthwise-conv2d.ts';
import { Dropout, type DropoutOptions } from './dropout.ts';
import { Embedding, type EmbeddingOptions } from './embedding.ts';
import { Flatten, type FlattenOptions } from './flatten.ts';
import { GlobalAveragePooling1D } from './global-average-pooling1d.ts';
import { GlobalAveragePooling2D } from './global-average-pooling2d.ts';
import { GlobalMaxPooling2D } from './global-max-pooling2d.ts';
import type { GlobalPooling2DOptions } from './global-pooling2d.ts';
import { GroupedQueryAttention, type GroupQueryAttentionOptions } from './grouped-query-attention.ts';
import { InputLayer } from './input-layer.ts';
import type { Layer, LayerOptions } from './layer.ts';
import type { LayerConfig } from './layer-config.ts';
import { LayerNormalization, type LayerNormalizationOptions } from './layer-normalization.ts';
import { LayerScale, type LayerScaleOptions } from './layer-scale.ts';
import { MaxPooling2D } from './max-pooling2d.ts';
import { MultiHeadAttention, type MultiHeadAttentionOptions } from './multi-head-attention.ts';
import { Multiply, type MultiplyOptions } from './multiply.ts';
import { Normalization, type NormalizationOptions } from './normalization.ts';
import { PaddingMask } from './padding-mask.ts';
import type { Pooling2DOptions } from './pooling2d.ts';
import { PositionEmbedding, type PositionEmbeddingOptions } from './position-embedding.ts';
import { ReLU, type ReLUOptions } from './relu.ts';
import { Rescaling, type RescalingOptions } from './rescaling.ts';
import { Reshape, type ReshapeOptions } from './reshape.ts';
import { ReversibleEmbedding, type ReversibleEmbeddingOptions } from './reversible-embedding.ts';
import { RMSNormalization, type RMSNormalizationOptions } from './rms-normalization.ts';
import { RotaryEmbedding, type RotaryEmbeddingOptions } from './rotary-embedding.ts';
import { SeparableConv2D, type SeparableConv2DOptions } from './separable-conv2d.ts';
import { Softmax, type SoftmaxOptions } from './softmax.ts';
import {
  TokenAndPositionEmbedding,
  type TokenAndPositionEmbeddingOptions,
} from './token-and-position-embedding.ts';
import { TokenNgrams, type TokenNgramsOptions } from './token-ngrams.ts';
import { TokenPooling, type TokenPoolingOptions } from './token-pooling.ts';
import { TransformerEncoder, type TransformerEncoderOptions } from './transformer-encoder.ts';
import { UnitNormalization, type UnitNormalizationOptions } from './unit-normalization.ts';
import { ZeroPadding2D, type ZeroPadding2DOptions } from './zero-padding2d.ts';

/** Makes layers: `layers.dense({ units: 2 }).apply(x)`. Options and defaults are Keras', in camel case. */
export const layers = {
  activation: (options: ActivationLayerOptions): Activation => new Activation(options),
  add: (options: AddOptions = {}): Add => new Add(options),
  averagePooling2d: (options: Pooling2DOptions = {}): AveragePooling2D => new AveragePooling2D(options),
  batchNormalization: (options: BatchNormalizationOptions = {}): BatchNormalization =>
    new BatchNormalization(options),
  concatenate: (options: ConcatenateOptions = {}): Concatenate => new Concatenate(options),
  conv2d: (options: Conv2DOptions): Conv2D => new Conv2D(options),
  cropping2d: (options: Cropping2DOptions = {}): Cropping2D => new Cropping2D(options),
  customScaleLayer: (options: CustomScaleLayerOptions): CustomScaleLayer => new CustomScaleLayer(options),
  dense: (options: DenseOptions): Dense => new Dense(options),
  depthwiseConv2d: (options: DepthwiseConv2DOptions): DepthwiseConv2D => new DepthwiseConv2D(options),
  dropout: (options: DropoutOptions): Dropout => new Dropout(options),
  embedding: (options: EmbeddingOptions): Embedding => new Embedding(options),
  flatten: (options: FlattenOptions = {}): Flatten => new Flatten(options),
  globalAveragePooling1d: (options: LayerOptions = {}): GlobalAveragePooling1D =>
    new GlobalAveragePooling1D(options),
  globalAveragePooling2d: (options: GlobalPooling2DOptions = {}): GlobalAveragePooling2D =>
    new GlobalAveragePooling2D(options),
  globalMaxPooling2d: (options: GlobalPooling2DOptions = {}): GlobalMaxPooling2D =>
    new GlobalMaxPooling2D(options),
  groupQueryAttention: (options: GroupQueryAttentionOptions): GroupedQueryAttention =>
    new GroupedQueryAttention(options),
  layerNormalization: (options: LayerNormalizationOptions = {}): LayerNormalization =>
    new LayerNormalization(options),
  layerScale: (options: LayerScaleOptions): LayerScale => new LayerScale(options),
  maxPooling2d: (options: Pooling2DOptions = {}): MaxPooling2D => new MaxPooling2D(options),
  multiHeadAttention: (options: MultiHeadAttentionOptions): MultiHeadAttention =>
    new MultiHeadAttention(options),
  multiply: (options: MultiplyOptions = {}): Multiply => new Multiply(options),
  normalization: (options?: NormalizationOptions): Normalization => new Normalization(options),
  paddingMask: (options: LayerOptions = {}): PaddingMask => new PaddingMask(options),
  positionEmbedding: (options: PositionEmbeddingOptions): PositionEmbedding => new PositionEmbedding(options),
  reLU: (options: ReLUOptions = {}): ReLU => new ReLU(options),
  rescaling: (options: RescalingOptions): Rescaling => new Rescaling(options),
  reshape: (options: ReshapeOptions): Reshape => new Reshape(options),
  reversibleEmbedding: (options: ReversibleEmbeddingOptions): ReversibleEmbedding =>
    new ReversibleEmbedding(options),
  rmsNormalization: (options: RMSNormalizationOptions = {}): RMSNormalization =>
    new RMSNormalization(options),
  rotaryEmbedding: (options: RotaryEmbeddingOptions = {}): RotaryEmbedding => new RotaryEmbedding(options),
  separableConv2d: (options: SeparableConv2DOptions): SeparableConv2D => new SeparableConv2D(options),
  softmax: (options: SoftmaxOptions = {}): Softmax => new Softmax(options),
  tokenAndPositionEmbedding: (options: TokenAndPositionEmbeddingOptions): TokenAndPositionEmbedding =>
    new TokenAndPositionEmbedding(options),
  tokenNgrams: (options: TokenNgramsOptions): TokenNgrams => new TokenNgrams(options),
  tokenPooling: (options: TokenPoolingOptions): TokenPooling => new TokenPooling(options),
  transformerEncoder: (options: TransformerEncoderOptions): TransformerEncoder =>
    new TransformerEncoder(options),
  unitNormalization: (options: UnitNormalizationOptions = {}): UnitNormalization =>
    new UnitNormalization(options),
  zeroPadding2d: (options: ZeroPadding2DOptions = {}): ZeroPadding2D => new ZeroPadding2D(options),
} as const;

/** By Keras' class names. */
const CLASSES: Readonly<Record<string, LayerClass>> = {
  Activation,
  Add,
  AveragePooling2D,
  BatchNormalization,
  Concatenate,
  Conv2D,
  Cropping2D,
  CustomScaleLayer,
  Dense,
  DepthwiseConv2D,
  Dropout,
  Embedding,
  Flatten,
  GlobalAveragePooling1D,
  GlobalAveragePooling2D,
  GlobalMaxPooling2D,
  GroupedQueryAttention,
  InputLayer,
  LayerNormalization,
  LayerScale,
  MaxPooling2D,
  MultiHeadAttention,
  Multiply,
  Normalization,
  PaddingMask,
  PositionEmbedding,
  ReLU,
  Rescaling,
  Reshape,
  ReversibleEmbedding,
  RMSNormalization,
  RotaryEmbedding,
  SeparableConv2D,
  Softmax,
  TokenAndPositionEmbedding,
  TokenNgrams,
  TokenPooling,
  TransformerEncoder,
  UnitNormalization,
  ZeroPadding2D,
};

/** Keras' class names of all layers there are. */
export const LAYER_CLASS_NAMES: readonly string[] = Object.keys(CLASSES);

/** What makes layers of one kind again. */
export interface LayerClass {
  readonly className?: string;
  fromConfig(config: LayerConfig): Layer;
}

/**
 * Makes a layer from its class name and configuration: what `getConfig` gave, or Keras wrote.
 *
 * @param customLayers - Classes that are not Keras', by their names.
 * @throws {GraftError} `model-file`, if the class or an option is unknown.
 */
export function layerFromConfig(
  className: string,
  config: LayerConfig,
  customLayers: ReadonlyMap<string, LayerClass> = new Map(),
): Layer {
  const known = Object.hasOwn(CLASSES, className) ? CLASSES[className] : undefined;
  const layerClass = customLayers.get(className) ?? known;
  if (layerClass !== undefined) return layerClass.fromConfig(config);
  throw new GraftError('model-file', {
    where: `layer "${String(config['name'])}"`,
    expected: `a layer of class ${[...LAYER_CLASS_NAMES, ...customLayers.keys()].join(', ')}`,
    received: className,
    advice: 'Use a model of these layers.',
  });
}
