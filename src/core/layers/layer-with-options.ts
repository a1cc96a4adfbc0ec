/** @file A layer whose options are a table. */

import { Layer } from './layer.ts';
import { baseConfig, type LayerConfig } from './layer-config.ts';
import {
  type OptionsOf,
  type OptionTable,
  optionsFromConfig,
  optionsToConfig,
  readOptions,
} from './option-table.ts';

/** The class of a configured layer. */
export interface OptionsClass<L extends Layer = Layer> {
  new (options: never): L;
  /** Keras' class name. */
  readonly className: string;
  readonly options: OptionTable;
  /** Whether files for Keras 2 and TensorFlow.js cannot have it. Default false. */
  readonly onlyInKeras3?: boolean;
}

/**
 * The base of layers with options. A class names its table `options` and itself `className`; the options become its
 * properties:
 *
 * ```ts
 * const OPTIONS = { rate: { type: 'number', min: 0, below: 1 } } as const;
 *
 * export interface Dropout extends ValuesOf<typeof OPTIONS> {}
 * export class Dropout extends LayerWithOptions<typeof OPTIONS> {
 *   static readonly className = 'Dropout';
 *   static override readonly options: typeof OPTIONS = OPTIONS;
 * ```
 */
export abstract class LayerWithOptions<T extends OptionTable> extends Layer {
  static readonly options: OptionTable = {};

  /** @throws {GraftError} `argument`, if an option is not what its row says. */
  constructor(options: OptionsOf<T>) {
    super(options);
    Object.assign(this, readOptions(this.#class.options, options, `layer "${this.name}"`));
  }

  override get className(): string {
    return this.#class.className ?? this.constructor.name;
  }

  get #class(): OptionsClass {
    return this.constructor as unknown as OptionsClass;
  }

  override getConfig(): LayerConfig {
    const { name, trainable } = this;
    const options = optionsToConfig(
      this.#class.options,
      this as unknown as Readonly<Record<string, unknown>>,
    );
    return { ...baseConfig(name, trainable), ...options };
  }

  /** The layer of a configuration: what `getConfig` gave, or Keras wrote. */
  static fromConfig<L extends Layer>(this: OptionsClass<L>, config: LayerConfig): L {
    // biome-ignore lint/complexity/noThisInStatic: the class that it is called on.
    return new this(optionsFromConfig(this.options, config) as never);
  }
}
