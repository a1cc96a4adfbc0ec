/** @file Constants moved about: reshaped, sliced, gathered, repeated, put together. Elements stay what they are. */

import type { DType } from '../../tensor/dtype.ts';
import { computeSize, computeStrides, type Tensor, tensor } from '../../tensor/tensor.ts';
import {
  type Call,
  createWriter,
  type Evaluation,
  findAttribute,
  findList,
  readNumbers,
  requireInput,
} from './call.ts';
import { broadcastShape, broadcastStrides, resolveAxis, walk } from './walk.ts';
import { CannotFold } from './workspace.ts';

export const MOVEMENT: Readonly<Record<string, Evaluation>> = {
  Identity: (call) => requireInput(call, 0),
  Dropout: (call) => requireInput(call, 0),
  Reshape: (call) => {
    const x = requireInput(call, 0);
    const sizes = (findList(call, 1, 'shape') ?? []).map((size, axis) =>
      size === 0 && findAttribute(call, 'allowzero', 0) === 0 ? (x.shape[axis] ?? 0) : size,
    );
    const rest = computeSize(x.shape) / computeSize(sizes.filter((size) => size !== -1));
    return reshaped(
      x,
      sizes.map((size) => (size === -1 ? rest : size)),
    );
  },
  Flatten: (call) => {
    const x = requireInput(call, 0);
    const given = findAttribute(call, 'axis', 1);
    const axis = given === x.shape.length ? given : resolveAxis(given, x.shape.length);
    return reshaped(x, [computeSize(x.shape.slice(0, axis)), computeSize(x.shape.slice(axis))]);
  },
  Squeeze: (call) => {
    const x = requireInput(call, 0);
    const axes = findList(call, 1, 'axes')?.map((axis) => resolveAxis(axis, x.shape.length));
    return reshaped(
      x,
      x.shape.filter((size, axis) => (axes === undefined ? size !== 1 : !axes.includes(axis))),
    );
  },
  Unsqueeze: (call) => {
    const x = requireInput(call, 0);
    const given = findList(call, 1, 'axes') ?? [];
    const rank = x.shape.length + given.length;
    const axes = given.map((axis) => resolveAxis(axis, rank));
    let next = 0;
    return reshaped(
      x,
      Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : (x.shape[next++] ?? 1))),
    );
  },
  Transpose: (call) => {
    const x = requireInput(call, 0);
    const given = call.attributes['perm'];
    const perm = Array.isArray(given) ? given.map(Number) : [...x.shape.keys()].reverse();
    const strides = computeStrides(x.shape);
    return copied(
      call,
      x,
      perm.map((axis) => x.shape[axis]!),
      perm.map((axis) => strides[axis]!),
    );
  },
  Expand: (call) => {
    const x = requireInput(call, 0);
    const shape = broadcastShape([x.shape, findList(call, 1, 'shape') ?? []]);
    return copied(call, x, shape, broadcastStrides(x.shape, shape));
  },
  Tile: (call) => {
    const x = requireInput(call, 0);
    const repeats = findList(call, 1, 'repeats') ?? [];
    const strides = computeStrides(x.shape);
    // Each axis becomes two: how often, and itself.
    const apart = x.shape.flatMap((size, axis) => [repeats[axis] ?? 1, size]);
    const tiled = copied(
      call,
      x,
      apart,
      strides.flatMap((stride) => [0, stride]),
    );
    return reshaped(
      tiled,
      x.shape.map((size, axis) => size * (repeats[axis] ?? 1)),
    );
  },
  Slice: sliced,
  Concat: concatenated,
  Gather: gathered,
  GatherND: (call) => {
    const [x, indices] = [requireInput(call, 0), requireInput(call, 1)];
    if (findAttribute(call, 'batch_dims', 0) !== 0) throw new CannotFold('batches of indices');
    const depth = indices.shape.at(-1) ?? 0;
    const rows = depth === 0 ? 0 : computeSize(indices.shape.slice(0, -1));
    const block = x.shape.slice(depth);
    const result = call.workspace.zeros(x.dtype, [...indices.shape.slice(0, -1), ...block]);
    call.workspace.read(result.data.length + indices.data.length);
    const [from, to, size] = [elements(x), elements(result), computeSize(block)];
    const starts = blockStarts(x, indices, rows);
    starts.forEach((start, row) => {
      for (let i = 0; i < size; i++) to[row * size + i] = from[start + i]!;
    });
    return result;
  },
  Pad: padded,
  Where: (call) => {
    const [condition, x, y] = [0, 1, 2].map((index) => requireInput(call, index)) as [Tensor, Tensor, Tensor];
    const shape = broadcastShape([condition.shape, x.shape, y.shape]);
    call.workspace.read(computeSize(shape));
    const result = call.workspace.zeros(x.dtype, shape);
    const strides = [condition, x, y].map((input) => broadcastStrides(input.shape, shape));
    const [is, to, from, or] = [condition.data, elements(result), elements(x), elements(y)];
    walk(shape, strides, (position, [asked, left, right]) => {
      to[position] = is[asked!] ? from[left!]! : or[right!]!;
    });
    return result;
  },
  Shape: (call) => {
    const { shape } = requireInput(call, 0);
    const end = call.attributes['end'];
    const sizes = shape.slice(findAttribute(call, 'start', 0), typeof end === 'number' ? end : undefined);
    return filled(call, 'int64', [sizes.length], (position) => sizes[position]!);
  },
  Size: (call) => filled(call, 'int64', [], () => computeSize(requireInput(call, 0).shape)),
  ConstantOfShape: (call) => {
    const dtype = (call.attributes['dtype'] as DType | undefined) ?? 'float32';
    return filled(call, dtype, findList(call, 0, 'shape') ?? [], () => findAttribute(call, 'value', 0));
  },
  Range: (call) => {
    const [start, limit, delta] = [0, 1, 2].map((index) => readNumbers(requireInput(call, index))[0]!);
    const count = Math.max(0, Math.ceil((limit! - start!) / delta!));
    return filled(call, requireInput(call, 0).dtype, [count], (position) => start! + position * delta!);
  },
  NonZero: (call) => {
    const x = requireInput(call, 0);
    call.workspace.read(computeSize(x.shape));
    const numbers = readNumbers(x);
    const positions = [...numbers.keys()].filter((position) => numbers[position] !== 0);
    const strides = computeStrides(x.shape);
    return filled(call, 'int64', [x.shape.length, positions.length], (at) => {
      const axis = Math.floor(at / positions.length);
      return Math.floor(positions[at % positions.length]! / strides[axis]!) % x.shape[axis]!;
    });
  },
  Trilu: (call) => {
    const x = requireInput(call, 0);
    const upper = findAttribute(call, 'upper', 1) === 1;
    const diagonal = findList(call, 1, 'k')?.[0] ?? 0;
    const [rows, columns] = x.shape.slice(-2) as [number, number];
    const result = copied(call, x, x.shape, computeStrides(x.shape));
    const zero = elements(call.workspace.zeros(x.dtype, [1]))[0]!;
    const to = elements(result);
    for (let position = 0; position < to.length; position++) {
      const [row, column] = [Math.floor(position / columns) % rows, position % columns];
      const isKept = upper ? column - row >= diagonal : column - row <= diagonal;
      if (!isKept) to[position] = zero;
    }
    return result;
  },
  ScatterND: scattered,
};

function reshaped(x: Tensor, shape: readonly number[]): Tensor {
  if (
    computeSize(shape) !== computeSize(x.shape) ||
    !shape.every((size) => Number.isInteger(size) && size >= 0)
  ) {
    throw new CannotFold('other elements than the shape has');
  }
  return tensor(x.dtype, shape, x.data);
}

/** A tensor read along other strides. */
function copied(
  call: Call,
  x: Tensor,
  shape: readonly number[],
  strides: readonly number[],
  start = 0,
): Tensor {
  call.workspace.read(computeSize(shape));
  const result = call.workspace.zeros(x.dtype, shape);
  const [from, to] = [elements(x), elements(result)];
  walk(shape, [strides], (position, [offset]) => {
    to[position] = from[start + offset!]!;
  });
  return result;
}

function filled(
  call: Call,
  dtype: DType,
  shape: readonly number[],
  of: (position: number) => number,
): Tensor {
  const result = call.workspace.zeros(dtype, shape);
  const write = createWriter(result);
  for (let position = 0; position < result.data.length; position++) write(position, of(position));
  return result;
}

function sliced(call: Call): Tensor {
  const x = requireInput(call, 0);
  const starts = findList(call, 1, 'starts') ?? [];
  const ends = findList(call, 2, 'ends') ?? [];
  const axes = (findList(call, 3, 'axes') ?? [...starts.keys()]).map((axis) =>
    resolveAxis(axis, x.shape.length),
  );
  const steps = findList(call, 4, 'steps') ?? starts.map(() => 1);
  const shape = [...x.shape];
  const own = computeStrides(x.shape);
  const strides = [...own];
  let first = 0;
  axes.forEach((axis, index) => {
    const [size, step] = [x.shape[axis]!, steps[index] ?? 1];
    if (step === 0) throw new CannotFold('a step of 0');
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const clamp = (position: number) =>
      Math.min(Math.max(position < 0 ? position + size : position, low), high);
    const start = clamp(starts[index]!);
    shape[axis] = Math.max(0, Math.ceil((clamp(ends[index]!) - start) / step));
    first += start * own[axis]!;
    strides[axis] = own[axis]! * step;
  });
  return copied(call, x, shape, strides, first);
}

function concatenated(call: Call): Tensor {
  const inputs = call.inputs.map((_, index) => requireInput(call, index));
  const [model] = inputs as [Tensor];
  const axis = resolveAxis(findAttribute(call, 'axis', 0), model.shape.length);
  const total = inputs.reduce((sum, { shape }) => sum + (shape[axis] ?? 0), 0);
  const shape = model.shape.map((size, index) => (index === axis ? total : size));
  call.workspace.read(computeSize(shape));
  const result = call.workspace.zeros(model.dtype, shape);
  const to = elements(result);
  const [stride, inner] = [computeStrides(shape), computeSize(shape.slice(axis + 1))];
  let before = 0;
  for (const input of inputs) {
    const fits = input.shape.every((size, index) => index === axis || size === shape[index]);
    if (!fits || input.shape.length !== shape.length || input.dtype !== model.dtype) {
      throw new CannotFold('parts that do not fit');
    }
    const from = elements(input);
    walk(input.shape, [stride], (position, [offset]) => {
      to[before * inner + offset!] = from[position]!;
    });
    before += input.shape[axis]!;
  }
  return result;
}

function gathered(call: Call): Tensor {
  const [x, indices] = [requireInput(call, 0), requireInput(call, 1)];
  const axis = resolveAxis(findAttribute(call, 'axis', 0), x.shape.length);
  const size = x.shape[axis]!;
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  call.workspace.read(computeSize(shape));
  const result = call.workspace.zeros(x.dtype, shape);
  const [from, to] = [elements(x), elements(result)];
  const chosen = Array.from(readNumbers(indices), (index) => resolveAxis(index, size));
  const inner = computeSize(x.shape.slice(axis + 1));
  for (let position = 0; position < to.length; position++) {
    const [row, column] = [Math.floor(position / inner), position % inner];
    const outer = Math.floor(row / chosen.length);
    to[position] = from[(outer * size + chosen[row % chosen.length]!) * inner + column]!;
  }
  return result;
}

function padded(call: Call): Tensor {
  const x = requireInput(call, 0);
  const mode = call.attributes['mode'] ?? 'constant';
  if (mode !== 'constant' || call.inputs[3] !== undefined)
    throw new CannotFold(`pads of mode ${String(mode)}`);
  const rank = x.shape.length;
  const pads = findList(call, 1, 'pads') ?? [];
  const shape = x.shape.map((size, axis) => size + (pads[axis] ?? 0) + (pads[axis + rank] ?? 0));
  if (pads.some((pad) => pad < 0)) throw new CannotFold('negative pads');
  call.workspace.read(computeSize(shape));
  const result = call.workspace.zeros(x.dtype, shape);
  const [from, to] = [elements(x), elements(result)];
  const fill = call.inputs[2];
  if (fill !== undefined) to.fill(elements(fill)[0]!);
  const strides = computeStrides(shape);
  const first = strides.reduce((sum, stride, axis) => sum + stride * pads[axis]!, 0);
  walk(x.shape, [strides], (position, [offset]) => {
    to[first + offset!] = from[position]!;
  });
  return result;
}

/** What assigning to a part of a tensor becomes: `mask[:, 0:7, 0:7] = 1`. */
function scattered(call: Call): Tensor {
  const [x, indices, updates] = [0, 1, 2].map((index) => requireInput(call, index)) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  if ((call.attributes['reduction'] ?? 'none') !== 'none') throw new CannotFold('updates that are added');
  const depth = indices.shape.at(-1) ?? 0;
  const block = computeSize(x.shape.slice(depth));
  const count = computeSize(indices.shape.slice(0, -1));
  if (updates.data.length !== count * block) throw new CannotFold('updates that do not fit');
  const result = copied(call, x, x.shape, computeStrides(x.shape));
  const [from, to] = [elements(updates), elements(result)];
  call.workspace.read(updates.data.length + indices.data.length);
  blockStarts(x, indices, count).forEach((start, update) => {
    for (let i = 0; i < block; i++) to[start + i] = from[update * block + i]!;
  });
  return result;
}

/** Where the block of each row of indices begins in `x`. */
function blockStarts(x: Tensor, indices: Tensor, rows: number): number[] {
  const depth = indices.shape.at(-1) ?? 0;
  const [numbers, strides] = [readNumbers(indices), computeStrides(x.shape)];
  return Array.from({ length: rows }, (_, row) => {
    let start = 0;
    for (let axis = 0; axis < depth; axis++) {
      start += resolveAxis(numbers[row * depth + axis]!, x.shape[axis] ?? 0) * strides[axis]!;
    }
    return start;
  });
}

/** Elements are only moved, whatever they are. */
function elements({ data }: Tensor): number[] {
  return data as unknown as number[];
}
