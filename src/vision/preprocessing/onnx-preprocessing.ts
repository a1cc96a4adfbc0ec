/** @file What an ONNX file says of the pixels that it takes; what is assumed where it says nothing. */

import { GraftError } from '../../core/errors/graft-error.ts';
import type { Layout } from '../../core/layers/layer.ts';
import type { DType } from '../../core/tensor/dtype.ts';
import {
  INSIDE_PREPROCESSING,
  MINUS_ONE_TO_ONE,
  normalized,
  type Preprocessing,
  TORCH_PREPROCESSING,
} from './preprocessing.ts';

/** A preprocessing, and how it is known. */
export interface KnownPreprocessing {
  readonly preprocessing: Preprocessing;
  /** For people: `from the file's metadata`, `assumed, ...`. */
  readonly source: string;
}

/** Where Hugging Face's programs keep it, beside the model. */
export const PREPROCESSOR_CONFIG = 'preprocessor_config.json';

/** Entries of the metadata that hold a configuration as JSON: of Hugging Face's processors, of timm. */
const CONFIG_ENTRIES = ['preprocessor_config', PREPROCESSOR_CONFIG, 'pretrained_cfg', 'data_config'];

export interface OnnxPixels {
  /** The file's, for messages. */
  readonly name: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Of the image's input. */
  readonly dtype: DType;
  readonly layout: Layout;
  /** The text of a {@link PREPROCESSOR_CONFIG} that belongs to the file, if there is one. Asked for only if it is needed. */
  readonly preprocessorConfig?: (() => Promise<string | undefined>) | undefined;
}

/**
 * The preprocessing of an ONNX file: nothing where it takes bytes, as Graft's own do; else what its metadata say, as
 * `mean` and `std`, or as the configuration of timm or of Hugging Face's processors; else the latter's
 * `preprocessor_config.json` beside it; else what most networks of this layout were trained with.
 *
 * @throws {GraftError} `model-file`, if what is said makes no sense.
 */
export async function onnxPreprocessing({
  name,
  metadata,
  dtype,
  layout,
  preprocessorConfig,
}: OnnxPixels): Promise<KnownPreprocessing> {
  if (dtype === 'uint8') {
    return { preprocessing: INSIDE_PREPROCESSING, source: 'the file takes bytes and scales them itself' };
  }
  const said = saidInMetadata(metadata);
  if (said !== undefined) {
    return { preprocessing: preprocessingOf(said, name, 'metadata'), source: "from the file's metadata" };
  }
  const beside = parsed(await preprocessorConfig?.());
  if (beside !== undefined && tells(beside)) {
    return {
      preprocessing: preprocessingOf(beside, name, PREPROCESSOR_CONFIG),
      source: `from ${PREPROCESSOR_CONFIG} beside it`,
    };
  }
  const source = 'assumed, for the file does not tell; --preprocessing says otherwise';
  return { preprocessing: layout === 'channelsFirst' ? TORCH_PREPROCESSING : MINUS_ONE_TO_ONE, source };
}

/**
 * What a configuration of timm or of Hugging Face's processors says; undefined if it says nothing of pixels.
 *
 * @param place - Its file, for messages.
 * @throws {GraftError} `model-file`, if what is said makes no sense.
 */
export function statedPreprocessing(config: Config, place: string): Preprocessing | undefined {
  return tells(config) ? preprocessingOf(config, place, 'configuration') : undefined;
}

type Config = Readonly<Record<string, unknown>>;

function saidInMetadata(metadata: Readonly<Record<string, string>>): Config | undefined {
  for (const name of CONFIG_ENTRIES) {
    const config = parsed(metadata[name]);
    if (config !== undefined && tells(config)) return config;
  }
  const flat = Object.fromEntries(Object.entries(metadata).map(([name, text]) => [name, meaningOf(text)]));
  return tells(flat) ? flat : undefined;
}

function tells(config: Config): boolean {
  return ['mean', 'std', 'image_mean', 'image_std', 'rescale_factor', 'do_rescale', 'do_normalize'].some(
    (name) => config[name] !== undefined,
  );
}

/** `(x * factor - mean) / std`, of which a processor may leave out either half. */
function preprocessingOf(config: Config, file: string, place: string): Preprocessing {
  const mean = threeNumbers(config['image_mean'] ?? config['mean']);
  const std = threeNumbers(config['image_std'] ?? config['std']);
  const factor = config['do_rescale'] === false ? 1 : (config['rescale_factor'] ?? 1 / 255);
  const isNormalized = config['do_normalize'] !== false && (mean !== undefined || std !== undefined);
  const bad = (name: string, value: unknown) =>
    new GraftError('model-file', {
      where: `model "${file}"`,
      expected: `a ${name} that pixels can be scaled with in its ${place}`,
      received: JSON.stringify(value) ?? 'none',
      advice: 'Say how pixels are scaled, with --preprocessing.',
    });
  if (typeof factor !== 'number' || !(factor > 0 && Number.isFinite(factor))) {
    throw bad('rescale_factor', factor);
  }
  // Its versions do not agree on what that is.
  if (config['rescale_offset'] === true) throw bad('rescale_offset', true);
  if (!isNormalized) return { scale: factor, offset: 0 };
  if (mean === undefined) throw bad('mean', config['image_mean'] ?? config['mean']);
  if (!std?.every((deviation) => deviation > 0)) throw bad('std', config['image_std'] ?? config['std']);
  if (factor === 1 / 255) return normalized({ mean, std });
  return {
    scale: std.map((deviation) => factor / deviation) as unknown as typeof std,
    offset: mean.map((each, channel) => -each / std[channel]!) as unknown as typeof std,
  };
}

/** `[0.485, 0.456, 0.406]`, as a list, or as text with or without brackets. */
function threeNumbers(value: unknown): readonly [number, number, number] | undefined {
  const list =
    typeof value === 'string'
      ? value
          .replace(/^\s*[[(]|[\])]\s*$/g, '')
          .split(',')
          .map(Number)
      : value;
  if (!Array.isArray(list) || list.length !== 3) return undefined;
  const [a, b, c] = list as unknown[];
  if (typeof a !== 'number' || typeof b !== 'number' || typeof c !== 'number') return undefined;
  return [a, b, c].every(Number.isFinite) ? [a, b, c] : undefined;
}

function parsed(text: string | undefined): Config | undefined {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Config)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What an entry of the metadata, which are all text, stands for. */
function meaningOf(text: string): unknown {
  try {
    return JSON.parse(text.toLowerCase());
  } catch {
    return text;
  }
}
