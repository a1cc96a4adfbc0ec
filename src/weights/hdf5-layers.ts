/**
 * @file What is read from an open HDF5 file of Keras 1, 2 and 3, in two layouts. Legacy, `model.save("x.h5")` and, before
 * Keras 3, `model.save_weights("x.h5")`: a group a layer; attributes give the order of layers and of their weights.
 * Keras 3, `model.save_weights("x.weights.h5")`: groups in groups; weights are numbered and have no names.
 */

import type { Dataset, File, Group } from 'h5wasm/node';
import { GraftError } from '../errors/graft-error.ts';
import { sizeOf, type Tensor } from '../tensor/tensor.ts';
import { brokenFile, type WeightFile, type WeightFileLayer } from './weight-file.ts';

/** Deflate makes data at most about a thousand times smaller: a larger claim is no honest file. */
const MOST_BYTES_PER_FILE_BYTE = 1100;

const MOST_GROUPS = 20_000;
const DEEPEST_GROUP = 16;

/** Names that Keras gives to weights; the path before one is the layer's. */
const WEIGHT_NAMES = new Set([
  'kernel',
  'depthwise_kernel',
  'pointwise_kernel',
  'bias',
  'gamma',
  'beta',
  'moving_mean',
  'moving_variance',
  'mean',
  'variance',
  'count',
]);

/** What Keras calls a weight that its layer gave no name, as the factors of ConvNeXt's LayerScale. */
const UNNAMED_WEIGHT = /^variable(_\d+)?$/;

export interface Hdf5Request {
  readonly path: string;
  readonly fileBytes: number;
  /** For messages. */
  readonly where: string;
  /** Of Keras 3's layout: layers' names by their groups, for files that have no names of their own. */
  readonly names?: ReadonlyMap<string, string> | undefined;
}

/** What was read: tensors in a map that holds all of them. */
export type Hdf5Layers = Required<Pick<WeightFile, 'layers' | 'inventory'>> & {
  readonly tensors: ReadonlyMap<string, Tensor<'float32'>>;
  /** The model's configuration as JSON, if it is a whole model. */
  readonly configText?: string;
};

/**
 * Reads all weights at once; HDF5 is then closed. After an error the library may hold the file open, and take what is
 * written in its place for it; see keras-hdf5.ts.
 *
 * @throws {GraftError} `weights`, if the file is damaged or not of this layout.
 */
export async function readHdf5Layers({ path, fileBytes, where, names }: Hdf5Request): Promise<Hdf5Layers> {
  const h5wasm = await import('h5wasm/node');
  const module = await h5wasm.ready;
  // Otherwise HDF5 prints its errors to the console and goes on.
  module.activate_throwing_error_handler();
  let file: File | undefined;
  try {
    file = new h5wasm.File(path, 'r');
    return readFile({ where, mostBytes: fileBytes * MOST_BYTES_PER_FILE_BYTE, root: file, names });
  } catch (cause) {
    if (cause instanceof GraftError) throw cause;
    throw brokenFile(where, 'an HDF5 file', 'one that HDF5 cannot read', cause);
  } finally {
    closeQuietly(file);
  }
}

interface Reader {
  readonly where: string;
  readonly mostBytes: number;
  readonly root: Group;
  readonly names: ReadonlyMap<string, string> | undefined;
}

function readFile(reader: Reader): Hdf5Layers {
  const { root, where } = reader;
  const base = isGroup(root.get('model_weights')) ? (root.get('model_weights') as Group) : root;
  const layerNames = readNames(base, 'layer_names');
  const { found, inventory } =
    layerNames === undefined
      ? listKeras3(reader)
      : { found: listLegacy(base, layerNames, where), inventory: layerNames };
  if (found.length === 0)
    throw brokenFile(where, 'an HDF5 file with the layers of a Keras model', 'one without');
  const tensors = new Map<string, Tensor<'float32'>>();
  const layers = new Map<string, { readonly first: Found; weights: { name: string; key: string }[] }>();
  let bytesLeft = reader.mostBytes;
  for (const weight of found) {
    const { group, path, layer, name, place } = weight;
    // Models inside a model may have layers of one name.
    const key = tensors.has(`${layer}/${name}`) ? `${place}/${name}` : `${layer}/${name}`;
    const tensor = readDataset(reader, group, path, key, bytesLeft);
    bytesLeft -= tensor.data.byteLength;
    tensors.set(key, tensor);
    const listed = layers.get(place) ?? { first: weight, weights: [] };
    layers.set(place, listed);
    listed.weights.push({ name, key });
  }
  const list = [...layers].map(
    ([place, { first, weights }]): WeightFileLayer => ({
      name: first.layer,
      path: place,
      ...(first.isNameless && { isNameless: true }),
      weights,
    }),
  );
  const configText = root.attrs['model_config']?.value;
  return { tensors, layers: list, inventory, ...(typeof configText === 'string' && { configText }) };
}

/** A weight found in a file: its numbers are at `path` in `group`. */
interface Found {
  readonly group: Group;
  readonly path: string;
  readonly layer: string;
  readonly name: string;
  /** Of the layer, see `WeightFileLayer.path`. */
  readonly place: string;
  /** Whether the file does not tell the layer's own name. */
  readonly isNameless?: boolean;
}

function listLegacy(base: Group, layerNames: readonly string[], where: string): Found[] {
  return layerNames.flatMap((layerName) => {
    const group = base.get(layerName);
    if (!isGroup(group)) throw brokenFile(where, `a group for layer "${layerName}"`, 'none');
    const weightNames = readNames(group, 'weight_names') ?? [];
    return weightNames.map((path) => {
      const { layer, name } = splitWeightName(layerName, path);
      return { group, path, layer, name, place: layer === layerName ? layer : `${layerName}/${layer}` };
    });
  });
}

/** Beside the layers: the optimiser's slots, and the states of random numbers. */
const NO_LAYERS = new Set(['optimizer', 'seed_generator']);

/**
 * Every group may have weights in `vars`, whose attribute tells the layer's name, and more layers below it. Early
 * versions of Keras 3 wrote no such attribute: the group's own name is an automatic one.
 */
function listKeras3({ root, where, names }: Reader): {
  readonly found: Found[];
  readonly inventory: readonly string[];
} {
  const found: Found[] = [];
  const inventory: string[] = [];
  let visited = 0;
  const visit = (group: Group, path: readonly string[]): void => {
    // Links in a hostile file may lead in circles.
    if (++visited > MOST_GROUPS || path.length > DEEPEST_GROUP) {
      throw brokenFile(where, `at most ${MOST_GROUPS} groups, ${DEEPEST_GROUP} deep`, 'more');
    }
    for (const key of group.keys()) {
      const child = NO_LAYERS.has(key) ? null : group.get(key);
      if (!isGroup(child)) continue;
      if (key === 'vars') {
        const place = path.join('/');
        const named = child.attrs['name']?.value;
        const known = typeof named === 'string' ? named : names?.get(place);
        const layer = known ?? path.at(-1) ?? 'model';
        const isNameless = known === undefined;
        const count = child.keys().length;
        inventory.push(place);
        for (let i = 0; i < count; i++) {
          found.push({ group: child, path: `${i}`, layer, name: `${i}`, place, isNameless });
        }
      } else visit(child, [...path, key]);
    }
  };
  visit(root, []);
  return { found, inventory };
}

/** `conv2d_1/kernel:0` in group `conv2d_1`; of a nested model `Conv1/kernel:0` in group `mobilenetv2`; `conv1_W`. */
function splitWeightName(group: string, weightName: string): { layer: string; name: string } {
  const path = weightName.replace(/:0$/, '');
  if (path.startsWith(`${group}/`)) {
    const rest = path.slice(group.length + 1).split('/');
    const name = rest.pop()!;
    return { layer: rest.at(-1) ?? group, name };
  }
  const parts = path.split('/');
  const name = parts.at(-1)!;
  const layer = parts.at(-2);
  const isName = WEIGHT_NAMES.has(name) || UNNAMED_WEIGHT.test(name);
  return layer !== undefined && isName ? { layer, name } : { layer: group, name: path };
}

function readDataset(
  { where }: Reader,
  group: Group,
  path: string,
  key: string,
  bytesLeft: number,
): Tensor<'float32'> {
  const dataset = group.get(path) as Dataset | null;
  if (dataset?.type !== 'Dataset') throw brokenFile(where, `numbers for "${key}"`, 'none');
  const shape = dataset.shape ?? [];
  if (sizeOf(shape) * dataset.metadata.size > bytesLeft) {
    throw brokenFile(where, `"${key}" to fit into the file`, `shape [${shape.join(', ')}]`);
  }
  const { value } = dataset;
  // The count of a Normalization layer is an integer, of 64 bits in most files.
  const isScalar = typeof value === 'number' || typeof value === 'bigint';
  const data = isScalar ? Float32Array.of(Number(value)) : value;
  if (!(data instanceof Float32Array || data instanceof Float64Array) || data.length !== sizeOf(shape)) {
    throw brokenFile(where, `"${key}" as ${sizeOf(shape)} floats`, `type ${JSON.stringify(dataset.dtype)}`);
  }
  return { dtype: 'float32', shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

/** An attribute that lists names. HDF5 holds 64 KB an attribute, so Keras splits long ones: `layer_names0`, ... */
function readNames(group: Group, attribute: string): string[] | undefined {
  const { attrs } = group;
  const parts: unknown[] = [];
  if (attribute in attrs) parts.push(attrs[attribute]?.value);
  else for (let i = 0; `${attribute}${i}` in attrs; i++) parts.push(attrs[`${attribute}${i}`]?.value);
  if (parts.length === 0) return undefined;
  return parts.flat().filter((name): name is string => typeof name === 'string' && name !== '');
}

function isGroup(entity: unknown): entity is Group {
  return (entity as { type?: unknown } | null)?.type === 'Group';
}

function closeQuietly(file: File | undefined): void {
  try {
    file?.close();
  } catch {
    // A damaged file may not close either; what was read, or the first error, is what counts.
  }
}
