/** @file What the configurations of all layers begin with. */

import type { LayerOptions } from './layer.ts';

/** A layer's configuration with Keras' keys: what `getConfig` gives. */
export type LayerConfig = Readonly<Record<string, unknown>>;

/** What the configurations of all layers begin with. */
export function baseConfig(name: string, trainable: boolean): LayerConfig {
  return { name, trainable, dtype: 'float32' };
}

/** The options that every layer has. */
export function readBase({ name, trainable }: LayerConfig): LayerOptions {
  return {
    name: typeof name === 'string' ? name : undefined,
    trainable: typeof trainable === 'boolean' ? trainable : true,
  };
}
