/**
 * @file KerasHub's `.weights.h5` as the layers of a backbone. The file tells names of layers and numbers their weights; its groups
 * are named after classes, counted in the order of the layers.
 */

import { GraftError } from '../../core/errors/graft-error.ts';
import { computeSize, type Tensor, transpose } from '../../core/tensor/tensor.ts';
import type { TensorReader } from '../../core/weights/tensor-source.ts';
import { brokenFile, type WeightFile } from '../../core/weights/weight-file.ts';

/** Where a tensor comes from: weight number `weight` of the layer in group `path`. */
export interface KerasHubWeight {
  readonly path: string;
  readonly weight: number;
}

/** How the numbers are arranged: as they are; as one matrix `[in, out]`; or as `[out, in]`. */
type Form = 'plain' | 'matrix' | 'transposed';

interface Source {
  readonly form: Form;
  /** Several stand side by side. */
  readonly parts: readonly KerasHubWeight[];
}

/** The first dense layer behind the attention. */
export const FEEDFORWARD = '_feedforward_intermediate_dense';

const BLOCK =
  /^(.*?)layers\/(transformer_encoder|transformer_decoder|llama_transformer_decoder)(?:_(\d+))?\//;
const FAMILIES: Readonly<Record<string, 'bert' | 'gpt2' | 'llama'>> = {
  transformer_encoder: 'bert',
  transformer_decoder: 'gpt2',
  llama_transformer_decoder: 'llama',
};

/** The groups of a file, as layers of one backbone. */
export class KerasHubFile {
  readonly where: string;
  readonly family: 'bert' | 'gpt2' | 'llama';
  readonly numLayers: number;
  readonly file: WeightFile;
  readonly #prefix: string;
  readonly #block: string;
  readonly #keys: ReadonlyMap<string, readonly string[]>;
  readonly #names: ReadonlyMap<string, string>;

  /** @throws {GraftError} `weights`, if it is of another network than BERT, GPT-2 and Llama. */
  constructor(file: WeightFile) {
    const { where, layers = [] } = file;
    this.where = where;
    this.file = file;
    const blocks = layers.flatMap(({ path }) => BLOCK.exec(path ?? '') ?? []);
    const [first] = layers.flatMap(({ path = '' }) => {
      const match = BLOCK.exec(path);
      return match === null ? [] : [match];
    });
    if (blocks.length === 0 || first === undefined) throw this.#otherNetwork();
    this.#prefix = first[1]!;
    this.#block = first[2]!;
    this.family = FAMILIES[this.#block]!;
    this.#keys = new Map(layers.map(({ path = '', weights }) => [path, weights.map(({ key }) => key)]));
    this.#names = new Map(layers.map(({ path = '', name }) => [path, name]));
    const numbers = layers.flatMap(({ path = '' }) => {
      const match = BLOCK.exec(path);
      return match === null || match[1] !== this.#prefix || match[2] !== this.#block
        ? []
        : Number(match[3] ?? 0);
    });
    this.numLayers = Math.max(...numbers) + 1;
    // Networks of one's own, and others of KerasHub, have such blocks too.
    if (this.family !== 'llama' && !this.has('position_embedding')) throw this.#otherNetwork();
    if (this.family === 'bert') {
      const pooled = this.#names.get(`${this.#prefix}layers/dense`);
      if (!this.has('embedding') || (pooled !== undefined && pooled !== 'pooled_dense'))
        throw this.#otherNetwork();
    }
  }

  /** Whether there is such a layer beside the blocks. */
  has(layer: string): boolean {
    return this.#keys.has(`${this.#prefix}layers/${layer}`);
  }

  /** A weight of a layer beside the blocks. */
  layer(layer: string, weight: number): KerasHubWeight {
    return { path: `${this.#prefix}layers/${layer}`, weight };
  }

  /** A weight of a layer inside a block. */
  inBlock(block: number, layer: string, weight: number): KerasHubWeight {
    return { path: `${this.#prefix}layers/${this.#block}${block === 0 ? '' : `_${block}`}/${layer}`, weight };
  }

  hasWeight({ path, weight }: KerasHubWeight): boolean {
    return (this.#keys.get(path)?.length ?? 0) > weight;
  }

  /** @throws {GraftError} `weights`, if there is none. */
  tensor({ path, weight }: KerasHubWeight): Tensor<'float32'> {
    const key = this.#keys.get(path)?.[weight];
    const tensor = key === undefined ? undefined : this.file.tensors.get(key);
    if (tensor !== undefined) return tensor;
    throw brokenFile(this.where, `weight ${weight} of "${path}"`, 'none');
  }

  /** Sizes of a tensor that has so many axes. @throws {GraftError} `weights`. */
  sizes(part: KerasHubWeight, rank: number): readonly number[] {
    const { shape } = this.tensor(part);
    if (shape.length === rank) return shape;
    throw brokenFile(
      this.where,
      `${rank} axes in weight ${part.weight} of "${part.path}"`,
      `[${shape.join(', ')}]`,
    );
  }

  /** Its tensors by other names, read when they are asked for. */
  readers({ sources }: TensorNames): ReadonlyMap<string, TensorReader> {
    return new Map(
      [...sources].map(([name, source]) => {
        const shapes = source.parts.map((part) => arrangedShape(part, this.tensor(part).shape, source.form));
        const shape = [...shapes[0]!.slice(0, -1), shapes.reduce((sum, each) => sum + each.at(-1)!, 0)];
        return [name, { shape, read: async () => this.#joined(source) }] as const;
      }),
    );
  }

  /** The same, all at once: the file has been read whole. */
  tensors(names: TensorNames): ReadonlyMap<string, Tensor<'float32'>> {
    return new Map(
      [...names.sources].map(([name, { parts, form }]) => [
        name,
        arranged(parts[0]!, this.tensor(parts[0]!), form),
      ]),
    );
  }

  #joined({ parts, form }: Source): Float32Array {
    const tensors = parts.map((part) => arranged(part, this.tensor(part), form));
    const [only] = tensors;
    if (tensors.length === 1) return only!.data;
    const width = tensors.reduce((sum, { shape }) => sum + shape.at(-1)!, 0);
    const rows = only!.data.length / only!.shape.at(-1)!;
    const joined = new Float32Array(rows * width);
    let start = 0;
    for (const { data, shape } of tensors) {
      const own = shape.at(-1)!;
      for (let row = 0; row < rows; row++) {
        joined.set(data.subarray(row * own, (row + 1) * own), row * width + start);
      }
      start += own;
    }
    return joined;
  }

  #otherNetwork(): GraftError {
    return new GraftError('weights', {
      where: this.where,
      expected: 'a BertBackbone, GPT2Backbone or LlamaBackbone of KerasHub',
      received: 'another network',
      advice: 'Write one with backbone.save_to_preset("FOLDER") or backbone.save_weights("NAME.weights.h5").',
    });
  }
}

/** Heads of attention are one axis in a matrix: of what goes in, for the projection behind the heads. */
function arrangedShape({ path }: KerasHubWeight, shape: readonly number[], form: Form): readonly number[] {
  if (form === 'plain')
    return shape.length === 2 && !path.endsWith('embedding') ? [computeSize(shape)] : shape;
  const inputAxes = path.endsWith('output_dense') ? shape.length - 1 : 1;
  const matrix = [computeSize(shape.slice(0, inputAxes)), computeSize(shape.slice(inputAxes))];
  return form === 'transposed' ? matrix.toReversed() : matrix;
}

function arranged(part: KerasHubWeight, { shape, data }: Tensor<'float32'>, form: Form): Tensor<'float32'> {
  const [rows, columns] = arrangedShape(part, shape, 'matrix');
  const whole = arrangedShape(part, shape, form);
  if (form !== 'transposed') return { dtype: 'float32', shape: whole, data };
  return transpose({ dtype: 'float32', shape: [rows!, columns!], data }, [1, 0]);
}

/** Collects where tensors come from, by the names that transformers gives them. */
export class TensorNames {
  readonly sources: Map<string, Source> = new Map();

  plain(name: string, part: KerasHubWeight): void {
    this.sources.set(name, { form: 'plain', parts: [part] });
  }

  matrix(name: string, parts: readonly KerasHubWeight[]): void {
    this.sources.set(name, { form: 'matrix', parts });
  }

  transposed(name: string, part: KerasHubWeight): void {
    this.sources.set(name, { form: 'transposed', parts: [part] });
  }
}
