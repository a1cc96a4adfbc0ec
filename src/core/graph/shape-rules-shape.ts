/** @file Shape rules of what moves elements about, and of what computes with shapes. */

import { compatible, formatShape, isStatic, plus, product, quotient, sum } from './dimension.ts';
import type { Dimension, Shape } from './graph.ts';
import type { ShapeOp } from './operator-families.ts';
import { type Application, MAX_AXES, type Rules, rule } from './shape-rule.ts';

/** Beyond this, an end of a Slice means "to the end", whatever the size. */
const FAR = 2 ** 31 - 1;

export const SHAPE_RULES: Rules<ShapeOp> = {
  Reshape: rule(2, 2, (application) => {
    const { dtype, shape } = application.input(0, 'data');
    const wanted = sizesOrUnknown(application, 1);
    const copied = wanted.map((size, axis): Dimension => {
      if (size !== 0 || application.attributes.allowzero === 1) return size;
      if (axis < shape.length) return shape[axis]!;
      throw application.error(`a size for axis ${axis}`, '0', `The input has only ${shape.length} axes.`);
    });
    const free = copied.indexOf(-1);
    const others = copied.filter((size) => size !== -1);
    const mismatch = () =>
      application.error(
        `as many elements as the input, ${formatShape(shape)}`,
        formatShape(wanted),
        'Change the shape, or leave one size as -1.',
      );
    if (free < 0) {
      const [before, after] = [product(shape), product(copied)];
      if (!compatible(before, after)) throw mismatch();
    } else {
      if (others.length < copied.length - 1) throw mismatch();
      const rest = quotient(shape, others);
      if (rest === undefined && isStatic([...shape, ...others])) throw mismatch();
      copied[free] = rest ?? application.unknown(free);
    }
    return { dtype, shape: copied, ...passSizes(application) };
  }),
  Flatten: rule(1, 1, (application) => {
    const { dtype, shape } = application.input(0, 'input');
    const given = application.attributes.axis ?? 1;
    const axis = given === shape.length ? given : application.axis(given, shape.length);
    return { dtype, shape: [product(shape.slice(0, axis)), product(shape.slice(axis))] };
  }),
  Transpose: rule(1, 1, (application) => {
    const { dtype, shape } = application.input(0, 'data');
    const { perm } = application.attributes;
    if (perm.length !== shape.length || !shape.every((_, axis) => perm.includes(axis))) {
      const expected = `an order of the axes of ${formatShape(shape)}`;
      throw application.error(expected, formatShape(perm), 'Name every axis once.');
    }
    return { dtype, shape: perm.map((axis) => shape[axis]!) };
  }),
  Squeeze: rule(1, 2, (application) => {
    const { dtype, shape } = application.input(0, 'data');
    const given = application.integers(1, 'axes');
    const axes =
      given?.map((axis) => application.axis(axis, shape.length)) ??
      [...shape.keys()].filter((axis) => shape[axis] === 1);
    for (const axis of axes) {
      if (!compatible(shape[axis]!, 1)) {
        throw application.error(`size 1 on axis ${axis}`, formatShape(shape), 'Squeeze another axis.');
      }
    }
    return { dtype, shape: shape.filter((_, axis) => !axes.includes(axis)), ...passSizes(application) };
  }),
  Unsqueeze: rule(2, 2, (application) => {
    const { dtype, shape } = application.input(0, 'data');
    const given = application.integers(1, 'axes')!;
    const rank = shape.length + given.length;
    const axes = given.map((axis) => application.axis(axis, rank));
    if (new Set(axes).size < axes.length) {
      throw application.error('different axes', formatShape(given), 'Name every axis once.');
    }
    let next = 0;
    const result = Array.from({ length: rank }, (_, axis) => (axes.includes(axis) ? 1 : shape[next++]!));
    return { dtype, shape: result, ...(rank <= 1 ? passSizes(application) : {}) };
  }),
  Expand: rule(2, 2, (application) => {
    const { dtype, shape } = application.input(0, 'input');
    return { dtype, shape: application.broadcast([shape, sizesOrUnknown(application, 1)]) };
  }),
  Shape: rule(1, 1, (application) => {
    const { shape } = application.input(0, 'data');
    const sizes = shape.slice(application.attributes.start ?? 0, application.attributes.end);
    return { dtype: 'int64', shape: [sizes.length], sizes };
  }),
  ConstantOfShape: rule(1, 1, (application) => {
    const shape = sizesOrUnknown(application, 0);
    const { dtype = 'float32', value = 0 } = application.attributes;
    const [length] = shape;
    const small = dtype === 'int64' && shape.length === 1 && typeof length === 'number' && length <= 8;
    return { dtype, shape, sizes: small ? new Array<number>(length).fill(value) : undefined };
  }),
  Range: rule(3, 3, (application) => {
    const [start, limit, delta] = ['start', 'limit', 'delta'].map((what, index) => {
      application.rank(application.typed(index, what, ['int64']), what, 0, '[]');
      return application.sizes(index, what)?.[0];
    });
    if (delta === 0) throw application.error('a delta other than 0', '0', 'Give a step.');
    const known = [start, limit, delta].every((one) => typeof one === 'number');
    const size = known
      ? Math.max(0, Math.ceil((Number(limit) - Number(start)) / Number(delta)))
      : start === 0 && delta === 1
        ? limit
        : undefined;
    return { dtype: 'int64', shape: [size ?? application.unknown(0)] };
  }),
  Concat: rule(1, Number.POSITIVE_INFINITY, (application) => {
    const inputs = application.inputs.map((_, index) => application.input(index, `inputs_${index}`));
    const dtype = application.sameDtype(inputs);
    const first = inputs[0]!.shape;
    const axis = application.axis(application.attributes.axis, first.length);
    const shape = [...first];
    for (const other of inputs.slice(1)) {
      const fits = other.shape.every((size, i) => i === axis || compatible(size, shape[i] ?? -1));
      if (other.shape.length !== first.length || !fits) {
        const received = inputs.map((input) => formatShape(input.shape)).join(', ');
        throw application.error(
          `shapes that differ on axis ${axis} alone`,
          received,
          'Make the others equal.',
        );
      }
      // A number is more than a name: it wins.
      other.shape.forEach((size, i) => {
        if (typeof shape[i] === 'string' && typeof size === 'number') shape[i] = size;
      });
    }
    shape[axis] = sum(inputs.map((input) => input.shape[axis]!));
    const total = shape[axis];
    const isList =
      dtype === 'int64' && first.length === 1 && !(typeof total === 'number' && total > MAX_AXES);
    if (!isList) return { dtype, shape };
    const parts = inputs.map((_, index) => application.sizes(index, 'inputs'));
    if (parts.includes(undefined)) {
      // What is unknown gets a name, so that the known sizes beside it are not lost.
      parts.forEach((part, index) => {
        const length = inputs[index]!.shape[0]!;
        if (part !== undefined || typeof length !== 'number' || length > MAX_AXES) return;
        parts[index] = Array.from({ length }, (_, i) => `${application.context.name}.${index}.${i}`);
      });
    }
    return parts.includes(undefined) ? { dtype, shape } : { dtype, shape, sizes: parts.flat() as Shape };
  }),
  Slice: rule(3, 5, (application) => {
    const { dtype, shape } = application.input(0, 'data');
    const starts = sizesOrUnknown(application, 1);
    const ends = sizesOrUnknown(application, 2);
    const axes = application.integers(3, 'axes') ?? [...starts.keys()];
    const steps = application.integers(4, 'steps') ?? starts.map(() => 1);
    if (ends.length !== starts.length || axes.length !== starts.length || steps.length !== starts.length) {
      const received = [starts, ends, axes, steps].map((list) => list.length).join(', ');
      throw application.error('starts, ends, axes and steps of one length', received, 'Make them equal.');
    }
    const result = [...shape];
    axes.forEach((given, index) => {
      const axis = application.axis(given, shape.length);
      const [start, end, step] = [starts[index]!, ends[index]!, steps[index]!];
      if (step === 0) throw application.error('steps other than 0', '0', 'Give a step.');
      result[axis] = sliced(shape[axis]!, start, end, step) ?? application.unknown(axis);
    });
    const sizes = passSizes(application).sizes;
    const [start, end] = [starts[0], ends[0]];
    const known = sizes !== undefined && shape.length === 1 && steps[0] === 1;
    if (known && typeof start === 'number' && typeof end === 'number') {
      return { dtype, shape: result, sizes: sizes.slice(start, end) };
    }
    return { dtype, shape: result };
  }),
  Pad: rule(2, 3, (application) => {
    const x = application.input(0, 'data');
    const { dtype, shape } = x;
    const pads = application.integers(1, 'pads')!;
    if (pads.length !== 2 * shape.length) {
      const expected = `${2 * shape.length} pads, [before..., after...]`;
      throw application.error(expected, `${pads.length}`, 'Give two numbers an axis.');
    }
    const fill = application.inputs[2];
    if (fill !== undefined) application.sameDtype([x, fill]);
    return { dtype, shape: shape.map((size, axis) => plus(size, pads[axis]! + pads[axis + shape.length]!)) };
  }),
  Gather: rule(2, 2, (application) => {
    const { dtype, shape } = application.input(0, 'data');
    const indices = application.typed(1, 'indices', ['int64', 'int32']);
    const axis = application.axis(application.attributes.axis ?? 0, shape.length);
    const result = [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)];
    const sizes = passSizes(application).sizes;
    const chosen = application.context.constantOf(indices);
    const isShort = chosen !== undefined && chosen.data.length <= MAX_AXES;
    if (sizes === undefined || !isShort || shape.length !== 1) return { dtype, shape: result };
    const picked = Array.from(chosen.data, Number).map((index) => {
      const size = sizes.at(index);
      if (size !== undefined) return size;
      const expected = `indices from ${-sizes.length} to ${sizes.length - 1}`;
      throw application.error(expected, `${index}`, 'The file is damaged: fetch it again.');
    });
    return { dtype, shape: result, sizes: picked };
  }),
  GatherElements: rule(2, 2, (application) => {
    const x = application.input(0, 'data');
    const indices = application.typed(1, 'indices', ['int64', 'int32']);
    application.axis(application.attributes.axis ?? 0, x.shape.length);
    application.rank(indices, 'indices', x.shape.length, 'with as many axes as the data');
    return { dtype: x.dtype, shape: indices.shape };
  }),
  ScatterElements: rule(3, 3, (application) => {
    const x = application.input(0, 'data');
    const indices = application.typed(1, 'indices', ['int64', 'int32']);
    const updates = application.input(2, 'updates');
    application.sameDtype([x, updates]);
    application.axis(application.attributes.axis ?? 0, x.shape.length);
    application.rank(indices, 'indices', x.shape.length, 'with as many axes as the data');
    const fits = indices.shape.every((size, axis) => compatible(size, updates.shape[axis] ?? -1));
    if (!fits || updates.shape.length !== indices.shape.length) {
      const expected = `updates ${formatShape(indices.shape)}`;
      throw application.error(expected, formatShape(updates.shape), 'Give one update an index.');
    }
    return { dtype: x.dtype, shape: x.shape };
  }),
  OneHot: rule(3, 3, (application) => {
    const { shape } = application.input(0, 'indices');
    const depth = application.input(1, 'depth');
    const values = application.rank(application.input(2, 'values'), 'values', 1, '[off, on]');
    const constant = application.context.constantOf(depth);
    const size = constant === undefined ? depth.sizes?.[0] : Number(constant.data[0]);
    const axis = application.axis(application.attributes.axis ?? -1, shape.length + 1);
    return { dtype: values.dtype, shape: shape.toSpliced(axis, 0, size ?? application.unknown(axis)) };
  }),
  TfIdfVectorizer: rule(1, 1, (application) => {
    const ids = application.typed(0, 'X', ['int64', 'int32']);
    const [batch] = application.rank(ids, 'X', 2, '[N, S]').shape;
    const { ngram_indexes: columns } = application.attributes;
    return {
      dtype: 'float32',
      shape: [batch!, columns.reduce((width, column) => Math.max(width, column + 1), 0)],
    };
  }),
};

/** The integers in an input as far as they are known; the others are given names. */
function sizesOrUnknown<K extends ShapeOp>(application: Application<K>, index: number): Shape {
  const value = application.input(index, index === 0 ? 'input' : 'shape');
  application.rank(value, `input ${index}`, 1, '[n]');
  const sizes = application.sizes(index, 'shape');
  if (sizes !== undefined) return sizes;
  const length = value.shape[0]!;
  if (typeof length === 'number' && length <= MAX_AXES) {
    return Array.from({ length }, (_, axis) => application.unknown(axis));
  }
  const expected = `input ${index} of a known length up to ${MAX_AXES}`;
  throw application.error(expected, formatShape(value.shape), 'Fix its length.');
}

/** What is known of the first input's elements, where it holds sizes. */
function passSizes<K extends ShapeOp>(application: Application<K>): { sizes?: Shape } {
  const value = application.inputs[0]!;
  if (value.dtype !== 'int64' || value.shape.length > 1) return {};
  const sizes = application.sizes(0, 'data');
  return sizes === undefined || sizes.length > 8 ? {} : { sizes };
}

/** The size of `x[start:end:step]`, or undefined if only the run will tell. */
function sliced(size: Dimension, start: Dimension, end: Dimension, step: number): Dimension | undefined {
  if (typeof size === 'number' && typeof start === 'number' && typeof end === 'number') {
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const clamp = (position: number) =>
      Math.min(Math.max(position < 0 ? position + size : position, low), high);
    return Math.max(0, Math.ceil((clamp(end) - clamp(start)) / step));
  }
  if (step === 1 && start === 0) {
    if (typeof end === 'string') return end;
    if (typeof size === 'string' && end >= FAR) return size;
    if (typeof size === 'string' && end < 0) return plus(size, end);
  }
  if (step === 1 && typeof size === 'string' && typeof start === 'number') {
    if (start > 0 && typeof end === 'number' && end >= FAR) return plus(size, -start);
    if (start > 0 && typeof end === 'number' && end < 0) return plus(size, end - start);
  }
  const reversed = step === -1 && start === -1 && typeof end === 'number' && end <= -FAR;
  return reversed ? size : undefined;
}
