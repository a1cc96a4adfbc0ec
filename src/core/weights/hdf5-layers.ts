/**
 * @file What is read from an open HDF5 file of Keras 1, 2 and 3, in two layouts. Legacy, `model.save("x.h5")` and, before
 * Keras 3, `model.save_weights("x.h5")`: a group a layer; attributes give the order of layers and of their weights.
 * Keras 3, `model.save_weights("x.weights.h5")`: groups in groups; weights are numbered and have no names.
 */

import type { File, Group } from 'h5wasm';
import { GraftError } from '../errors/graft-error.ts';
import { FileBudget, OBJECT_BYTES_PER_LETTER } from '../tensor/file-budget.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { Hdf5Contents, type Hdf5Module } from './hdf5-contents.ts';
import { type EmscriptenFileSystem, Hdf5FileSystem, type Hdf5Source } from './hdf5-file-system.ts';
import { boundLibraryMemory, libraryMemoryWasRefused } from './library-memory.ts';
import { brokenFile, type WeightFile, type WeightFileLayer } from './weight-file.ts';

/** What HDF5 needs however small a file is; unpacking a chunk takes several times its size for a moment. */
const LIBRARY_BYTES = 32 * 2 ** 20;
const LIBRARY_BYTES_PER_BUDGET_BYTE = 2;

const MAX_GROUPS = 20_000;
const DEEPEST_GROUP = 16;
/** A weight that was found. Links may lead to the same group from many places. */
const FOUND_BYTES = 256;

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
  readonly source: Hdf5Source;
  readonly sourceBytes: number;
  /** Of the file as it was given, which may be an archive: it bounds what the contents may come to. */
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
  readonly configText?: string | undefined;
};

/** Loads HDF5. @returns Reads all weights at once; HDF5's file is then closed. */
export async function loadHdf5(): Promise<(request: Hdf5Request) => Hdf5Layers> {
  const h5wasm = await import('h5wasm');
  const module = await h5wasm.ready;
  // Otherwise HDF5 prints its errors to the console and goes on.
  module.activate_throwing_error_handler();
  const files = new Hdf5FileSystem(module.FS as unknown as EmscriptenFileSystem);
  return ({ source, sourceBytes, fileBytes, where, names }) => {
    const budget = new FileBudget(fileBytes, { where });
    boundLibraryMemory(LIBRARY_BYTES + LIBRARY_BYTES_PER_BUDGET_BYTE * budget.limitBytes);
    const mounted = files.mount(source, sourceBytes);
    let file: File | undefined;
    try {
      file = new h5wasm.File(mounted.path, 'r');
      const contents = new Hdf5Contents(file, module as unknown as Hdf5Module, mounted, budget);
      return readFile({ where, contents, budget, names });
    } catch (cause) {
      if (cause instanceof GraftError) throw cause;
      if (libraryMemoryWasRefused()) throw budget.exceeded('more than that to unpack it');
      throw brokenFile(where, 'an HDF5 file', 'one that HDF5 cannot read', cause);
    } finally {
      closeQuietly(file);
      mounted.unmount();
      // Other libraries of this thread have bounds of their own.
      boundLibraryMemory(Number.POSITIVE_INFINITY);
    }
  };
}

interface Reader {
  readonly where: string;
  readonly contents: Hdf5Contents;
  readonly budget: FileBudget;
  readonly names: ReadonlyMap<string, string> | undefined;
}

function readFile(reader: Reader): Hdf5Layers {
  const { contents, budget, where } = reader;
  const base = contents.group(contents.root, 'model_weights') ?? contents.root;
  const layerNames = readNames(contents, base, 'layer_names');
  const { found, inventory } =
    layerNames === undefined
      ? listKeras3(reader)
      : { found: listLegacy(reader, base, layerNames), inventory: layerNames };
  if (found.length === 0)
    throw brokenFile(where, 'an HDF5 file with the layers of a Keras model', 'one without');
  const tensors = new Map<string, Tensor<'float32'>>();
  const layers = new Map<string, { readonly first: Found; weights: { name: string; key: string }[] }>();
  for (const weight of found) {
    const { group, path, layer, name, place } = weight;
    // Models inside a model may have layers of one name.
    const key = tensors.has(`${layer}/${name}`) ? `${place}/${name}` : `${layer}/${name}`;
    tensors.set(key, contents.numbers(group, path, key));
    const listed = layers.get(place) ?? { first: weight, weights: [] };
    layers.set(place, listed);
    listed.weights.push({ name, key });
  }
  const list = [...layers].map(
    ([place, { first, weights }]): WeightFileLayer => ({
      name: first.layer,
      path: place,
      isNameless: first.isNameless,
      weights,
    }),
  );
  const [configText] = contents.names(contents.root, 'model_config') ?? [];
  budget.take((configText?.length ?? 0) * OBJECT_BYTES_PER_LETTER, 'its configuration');
  return { tensors, layers: list, inventory, configText };
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

function listLegacy(
  { contents, budget, where }: Reader,
  base: Group,
  layerNames: readonly string[],
): Found[] {
  return layerNames.flatMap((layerName) => {
    const group = contents.group(base, layerName);
    if (group === undefined) throw brokenFile(where, `a group for layer "${layerName}"`, 'none');
    const weightNames = readNames(contents, group, 'weight_names') ?? [];
    budget.take(weightNames.length * FOUND_BYTES, 'its list of weights');
    return weightNames.map((path) => {
      const { layer, name } = splitWeightName(layerName, path);
      return { group, path, layer, name, place: layer === layerName ? layer : `${layerName}/${layer}` };
    });
  });
}

/** Beside the layers: the optimizer's slots, and the states of random numbers. */
const NO_LAYERS = new Set(['optimizer', 'seed_generator']);

/**
 * Every group may have weights in `vars`, whose attribute tells the layer's name, and more layers below it. Early
 * versions of Keras 3 wrote no such attribute: the group's own name is an automatic one.
 */
function listKeras3({ contents, budget, where, names }: Reader): {
  readonly found: Found[];
  readonly inventory: readonly string[];
} {
  const found: Found[] = [];
  const inventory: string[] = [];
  let visited = 0;
  const visit = (group: Group, path: readonly string[]): void => {
    // Links in a hostile file may lead in circles.
    if (++visited > MAX_GROUPS || path.length > DEEPEST_GROUP) {
      throw brokenFile(where, `at most ${MAX_GROUPS} groups, ${DEEPEST_GROUP} deep`, 'more');
    }
    for (const key of group.keys()) {
      const child = NO_LAYERS.has(key) ? undefined : contents.group(group, key);
      if (child === undefined) continue;
      if (key === 'vars') {
        const place = path.join('/');
        const [named] = contents.names(child, 'name') ?? [];
        const known = named ?? names?.get(place);
        const layer = known ?? path.at(-1) ?? 'model';
        const isNameless = known === undefined;
        const count = child.keys().length;
        budget.take((1 + count) * FOUND_BYTES, 'its list of weights');
        inventory.push(place);
        for (let i = 0; i < count; i++) {
          found.push({ group: child, path: `${i}`, layer, name: `${i}`, place, isNameless });
        }
      } else visit(child, [...path, key]);
    }
  };
  visit(contents.root, []);
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

/** An attribute that lists names. HDF5 holds 64 KB an attribute, so Keras splits long ones: `layer_names0`, ... */
function readNames(contents: Hdf5Contents, group: Group, attribute: string): string[] | undefined {
  const parts: string[][] = [];
  let part = contents.names(group, attribute) ?? contents.names(group, `${attribute}0`);
  while (part !== undefined) {
    parts.push(part);
    part = contents.names(group, `${attribute}${parts.length}`);
  }
  return parts.length === 0 ? undefined : parts.flat().filter((name) => name !== '');
}

function closeQuietly(file: File | undefined): void {
  try {
    file?.close();
  } catch {
    // A damaged file may not close either; what was read, or the first error, is what counts.
  }
}
