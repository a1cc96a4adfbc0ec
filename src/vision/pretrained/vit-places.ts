/**
 * @file Where the weights of a vision transformer are in a file. What multiplies a branch (LayerScale) becomes part of the
 * branch's last matrix; tokens that are learned, rows of the positions.
 */

import type { Layer } from '../../core/layers/layer.ts';
import { computeSize, type Tensor, tensor } from '../../core/tensor/tensor.ts';
import { type Grid, resizePositions } from './position-grid.ts';
import { type Convert, convolutionKernel, type TorchPlace, transposed } from './torch-weights.ts';
import type { HeadNames, VitNaming } from './vit-names.ts';

/** What a file has of a vision transformer. */
export interface VitParts {
  readonly naming: VitNaming;
  /** What stands before all names. */
  readonly prefix: string;
  readonly hasClassToken: boolean;
  /** Whether the first row of positions is the class token's. */
  readonly classHasPosition: boolean;
  /** The registers' name, and how many there are. */
  readonly registers: string | undefined;
  readonly registerCount: number;
  /** Of the grid that the positions are for. */
  readonly gridSide: number;
  readonly hasPreNorm: boolean;
  readonly hasHead: boolean;
  readonly hasScales: boolean;
  readonly hasPatchBias: boolean;
}

/** The places of all weights of some layers. */
export function vitPlaces(
  layers: readonly Layer[],
  parts: VitParts,
  numHeads: number,
): readonly TorchPlace[] {
  const grid = gridOf(layers);
  return layers.flatMap((layer) =>
    layer.weights.map(({ spec: { name, shape } }): TorchPlace => {
      const { tensors, convert } = placeOf(layer.name, name, { parts, grid, numHeads });
      return {
        layer: layer.name,
        weight: name,
        tensors: tensors.map((each) => `${parts.prefix}${each}`),
        // Heads are axes of their own.
        convert: (...given) => reshaped(convert === undefined ? given[0]! : convert(...given), shape),
      };
    }),
  );
}

interface Context {
  readonly parts: VitParts;
  readonly grid: Grid;
  readonly numHeads: number;
}

interface Place {
  readonly tensors: readonly string[];
  readonly convert?: Convert | undefined;
}

function placeOf(layer: string, weight: string, context: Context): Place {
  const { naming } = context.parts;
  const [, block] = /^transformer_layer_(\d+)$/.exec(layer) ?? [];
  if (block !== undefined) return inBlock(`${naming.blocks}${block}.`, weight, context.parts);
  if (layer.startsWith('head_')) return inHead(layer.slice('head_'.length), weight, naming.head!);
  switch (layer) {
    case 'patch_embedding':
      return weight === 'kernel'
        ? { tensors: [`${naming.patch}.weight`], convert: convolutionKernel }
        : { tensors: [`${naming.patch}.bias`] };
    case 'position_embedding':
      return positions(context);
    case 'pre_layer_norm':
      return { tensors: [`${naming.preNorm}.${normPart(weight)}`] };
    default:
      return { tensors: [`${naming.norm}.${normPart(weight)}`] };
  }
}

function inBlock(block: string, weight: string, { naming, hasScales }: VitParts): Place {
  const { attention, dense, scales } = naming;
  const [module = '', ...rest] = weight.split('/');
  const part = rest.at(-1) ?? '';
  const branchEnd = (name: string, scale: string): Place => {
    const tensors = [`${block}${name}.${part === 'kernel' ? 'weight' : 'bias'}`];
    return hasScales
      ? { tensors: [...tensors, `${block}${scale}`], convert: part === 'kernel' ? scaledKernel : scaledBias }
      : { tensors, convert: part === 'kernel' ? transposed : undefined };
  };
  switch (module) {
    case 'self_attention_layer_norm':
      return { tensors: [`${block}${naming.norm1}.${normPart(part)}`] };
    case 'feedforward_layer_norm':
      return { tensors: [`${block}${naming.norm2}.${normPart(part)}`] };
    case 'feedforward_intermediate_dense':
      return densePlace(`${block}${dense[0]}`, part);
    case 'feedforward_output_dense':
      return branchEnd(dense[1], scales[1]);
    default: {
      const role = rest[0] as 'query' | 'key' | 'value' | 'attention_output';
      if (role === 'attention_output') return branchEnd(attention.output, scales[0]);
      const { inputs } = attention;
      if ('query' in inputs) return densePlace(`${block}${inputs[role]}`, part);
      const third = ['query', 'key', 'value'].indexOf(role);
      return {
        tensors: [`${block}${inputs.fused}.${part === 'kernel' ? 'weight' : 'bias'}`],
        convert: (fused) => finished(rows(fused!, third, 3), part),
      };
    }
  }
}

function inHead(layer: string, weight: string, head: HeadNames): Place {
  const [role = '', part = ''] = weight.split('/');
  const { inputs } = head;
  if (layer === 'layer_norm') return { tensors: [`${head.norm}.${normPart(weight)}`] };
  if (layer === 'intermediate_dense') return densePlace(head.dense[0], weight);
  if (layer === 'output_dense') return densePlace(head.dense[1], weight);
  if (role === 'attention_output') return densePlace(head.output, part);
  const isFused = 'fusedWeight' in inputs;
  const name = (which: 'weight' | 'bias'): string => {
    if (isFused) return which === 'weight' ? inputs.fusedWeight : inputs.fusedBias;
    return `${role === 'query' ? inputs.q : inputs.kv}.${which}`;
  };
  if (role === 'query') {
    const third: Convert = (given) => (isFused ? rows(given!, 0, 3) : given!);
    return part === 'kernel'
      ? { tensors: [name('weight')], convert: (given) => zeros(third(given)) }
      : {
          tensors: [head.query, name('weight'), name('bias')],
          convert: (query, kernel, bias) => projected(query!, third(kernel), third(bias)),
        };
  }
  const place = (role === 'key' ? 0 : 1) + (isFused ? 1 : 0);
  return {
    tensors: [name(part === 'kernel' ? 'weight' : 'bias')],
    convert: (given) => finished(rows(given!, place, isFused ? 3 : 2), part),
  };
}

/** The class token's row, those of the registers, those of the patches, in the size that is wanted. */
function positions({ parts, grid }: Context): Place {
  const { naming, hasClassToken, classHasPosition, registers, gridSide } = parts;
  const convert: Convert = (given, ...tokens) => {
    const width = given!.shape.at(-1)!;
    const own = classHasPosition ? 1 : 0;
    const patches = resizePositions(given!.data.subarray(own * width), [gridSide, gridSide], grid, width);
    const prefix = tokens.flatMap(({ data }) => [...data]);
    for (let i = 0; i < own * width; i++) prefix[i]! += given!.data[i]!;
    const data = new Float32Array(prefix.length + patches.length);
    data.set(prefix);
    data.set(patches, prefix.length);
    return tensor('float32', [data.length / width, width], data);
  };
  const tokens = [hasClassToken ? naming.classToken : undefined, registers].filter(
    (name) => name !== undefined,
  );
  return { tensors: [naming.positions, ...tokens], convert };
}

function gridOf(layers: readonly Layer[]): Grid {
  const shape = layers.find(({ name }) => name === 'patch_embedding')?.output.shape ?? [];
  return [shape[1] ?? 0, shape[2] ?? 0];
}

function densePlace(module: string, part: string): Place {
  return part === 'kernel'
    ? { tensors: [`${module}.weight`], convert: transposed }
    : { tensors: [`${module}.bias`] };
}

function normPart(weight: string): string {
  return weight.endsWith('gamma') ? 'weight' : 'bias';
}

/** One of several parts of the first axis. */
function rows({ shape, data }: Tensor<'float32'>, index: number, count: number): Tensor<'float32'> {
  const [size = 0, ...rest] = shape;
  const part = data.length / count;
  return tensor('float32', [size / count, ...rest], data.slice(index * part, (index + 1) * part));
}

function finished(given: Tensor<'float32'>, part: string): Tensor<'float32'> {
  return part === 'kernel' ? transposed(given) : given;
}

function reshaped({ shape, data }: Tensor<'float32'>, wanted: readonly number[]): Tensor<'float32'> {
  return computeSize(shape) === computeSize(wanted)
    ? tensor('float32', wanted, data)
    : tensor('float32', shape, data);
}

function zeros({ shape }: Tensor<'float32'>): Tensor<'float32'> {
  return tensor('float32', shape, new Float32Array(computeSize(shape)));
}

/** `[out, in]` as `[in, out]`, each output times its scale. */
const scaledKernel: Convert = (kernel, scale) => {
  const { shape, data } = transposed(kernel!);
  const width = shape[1]!;
  return tensor(
    'float32',
    shape,
    data.map((value, index) => value * scale!.data[index % width]!),
  );
};

const scaledBias: Convert = (bias, scale) =>
  tensor(
    'float32',
    bias!.shape,
    bias!.data.map((value, index) => value * scale!.data[index]!),
  );

/** `kernel query + bias`, in float64. */
function projected(
  query: Tensor<'float32'>,
  kernel: Tensor<'float32'>,
  bias: Tensor<'float32'>,
): Tensor<'float32'> {
  const width = query.data.length;
  const data = bias.data.map((offset, row) => {
    let sum = offset;
    for (let i = 0; i < width; i++) sum += kernel.data[row * width + i]! * query.data[i]!;
    return sum;
  });
  return tensor('float32', bias.shape, data);
}
