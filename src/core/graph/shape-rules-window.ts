/** @file Shape rules of convolutions, pools and batch normalization. Layout NCHW. */

import { compatible, formatShape, plus } from './dimension.ts';
import type { Dimension, Shape, Value } from './graph.ts';
import type { WindowOp } from './operator-families.ts';
import type { OpType, WindowAttributes } from './operators.ts';
import { type Application, FLOATS, type Rule, type Rules, rule, type ValueType } from './shape-rule.ts';

/** One axis of a window, all defaults filled in. */
export interface WindowAxis {
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBefore: number;
  readonly padAfter: number;
}

/** Attributes axis by axis, with ONNX' defaults. */
export function windowAxes(kernel: readonly number[], attributes: WindowAttributes): WindowAxis[] {
  return kernel.map((size, axis) => ({
    kernel: size,
    stride: attributes.strides?.[axis] ?? 1,
    dilation: attributes.dilations?.[axis] ?? 1,
    padBefore: attributes.pads?.[axis] ?? 0,
    padAfter: attributes.pads?.[axis + kernel.length] ?? 0,
  }));
}

export const WINDOW_RULES: Rules<WindowOp> = {
  Conv: rule(2, 3, (application) => {
    const { x, w, spatial } = convolution(application);
    const group = application.attributes.group ?? 1;
    const [out, perGroup] = [w.shape[0] as number, w.shape[1] as number];
    checkChannels(application, x, perGroup * group);
    if (out % group !== 0) {
      throw application.error(`output channels divisible by group ${group}`, `${out}`, 'Change the kernel.');
    }
    checkBias(application, out);
    const sizes = windowAxes(spatial, application.attributes).map((axis, index) =>
      windowed(application, x, x.shape[index + 2]!, axis, false),
    );
    return { dtype: x.dtype, shape: [x.shape[0]!, out, ...sizes] };
  }),
  ConvTranspose: rule(2, 3, (application) => {
    const { x, w, spatial } = convolution(application);
    const { group = 1, output_padding, output_shape } = application.attributes;
    const [channels, perGroup] = [w.shape[0] as number, w.shape[1] as number];
    checkChannels(application, x, channels);
    if (channels % group !== 0) {
      throw application.error(`input channels divisible by group ${group}`, `${channels}`, 'Change group.');
    }
    checkBias(application, perGroup * group);
    const sizes = windowAxes(spatial, application.attributes).map((axis, index): Dimension => {
      const wanted = output_shape?.[index - spatial.length + output_shape.length];
      if (wanted !== undefined) return wanted;
      const { stride, padBefore, padAfter } = axis;
      const extra = (output_padding?.[index] ?? 0) + extent(axis) - padBefore - padAfter - stride;
      const size = x.shape[index + 2]!;
      return plus(
        typeof size === 'number' ? stride * size : stride === 1 ? size : `${stride}*${size}`,
        extra,
      );
    });
    return { dtype: x.dtype, shape: [x.shape[0]!, perGroup * group, ...sizes] };
  }),
  MaxPool: rule(1, 1, (application) => {
    const y = pool(application);
    return [y, { dtype: 'int64', shape: y.shape }];
  }),
  AveragePool: rule(1, 1, (application) => {
    // Dilated average pools came with opset 19.
    if (application.attributes.dilations?.some((dilation) => dilation !== 1)) {
      const received = formatShape(application.attributes.dilations);
      throw application.error('no dilations', received, 'Use a depthwise Conv of equal numbers.');
    }
    return pool(application);
  }),
  GlobalAveragePool: globalPool(),
  GlobalMaxPool: globalPool(),
  BatchNormalization: rule(5, 5, (application) => {
    const x = application.typed(0, 'X', FLOATS);
    const channels = x.shape[1];
    if (channels === undefined) {
      throw application.error('X [N, C, ...]', formatShape(x.shape), 'Give it a channel axis.');
    }
    for (const [index, what] of ['scale', 'B', 'mean', 'var'].entries()) {
      const { shape } = application.input(index + 1, what);
      if (shape.length !== 1 || !compatible(shape[0]!, channels)) {
        throw application.error(`${what} [${channels}]`, formatShape(shape), 'Give one number a channel.');
      }
    }
    return { dtype: x.dtype, shape: x.shape };
  }),
  Resize: rule(3, 4, (application) => {
    const x = application.typed(0, 'X', FLOATS);
    const factors = resizeFactors(application);
    if (factors.length !== x.shape.length) {
      throw application.error(
        `a number for each axis of ${formatShape(x.shape)}`,
        `${factors.length}`,
        'Give one for each axis, 1 or the size itself where nothing changes.',
      );
    }
    const { mode = 'nearest' } = application.attributes;
    if (mode !== 'nearest' && mode !== 'linear') {
      throw application.error('mode nearest or linear', `${mode}`, 'Resize in another way.');
    }
    const sizes = x.shape.map((size, axis) => {
      const factor = factors[axis]!;
      if (application.inputs[3] !== undefined) return factor;
      if (typeof size === 'number') return Math.floor(size * factor);
      return factor === 1 ? size : application.unknown(axis);
    });
    return { dtype: x.dtype, shape: sizes };
  }),
};

/** Scales, or else sizes, axis by axis. */
function resizeFactors(application: Application<'Resize'>): number[] {
  const sizes = application.integers(3, 'sizes');
  if (sizes !== undefined) return sizes;
  const scales = application.typed(2, 'scales', ['float32']);
  const constant = application.context.constantOf(scales);
  if (constant !== undefined) return Array.from(constant.data, Number);
  throw application.error(
    'scales as a constant',
    `"${scales.name}", which is computed`,
    'Make it a constant.',
  );
}

/** How far a dilated kernel reaches. */
function extent({ kernel, dilation }: WindowAxis): number {
  return (kernel - 1) * dilation + 1;
}

function windowed<K extends OpType>(
  application: Application<K>,
  x: Value,
  size: Dimension,
  axis: WindowAxis,
  ceil: boolean,
): Dimension {
  const spare = plus(size, axis.padBefore + axis.padAfter - extent(axis));
  if (typeof spare === 'string') {
    if (axis.stride === 1) return plus(size, axis.padBefore + axis.padAfter - extent(axis) + 1);
    return `(${spare}/${axis.stride}${ceil ? '^' : ''}+1)`;
  }
  if (spare < 0) {
    const expected = `an image at least as large as the window (${extent(axis)})`;
    throw application.error(expected, formatShape(x.shape), 'Give larger images, or pad.');
  }
  if (!ceil) return Math.floor(spare / axis.stride) + 1;
  const count = Math.ceil(spare / axis.stride) + 1;
  // The last window must start inside the image or the padding before it.
  return (count - 1) * axis.stride >= (size as number) + axis.padBefore ? count - 1 : count;
}

/** What Conv and ConvTranspose check alike. */
function convolution<K extends 'Conv' | 'ConvTranspose'>(application: Application<K>) {
  const x = application.typed(0, 'X', FLOATS);
  const w = application.typed(1, 'W', FLOATS);
  application.sameDtype([x, w]);
  if (x.shape.length < 3) {
    throw application.error('X [N, C, H, W]', formatShape(x.shape), 'Reshape it before.');
  }
  application.rank(w, 'a kernel', x.shape.length, 'with as many axes as X');
  if (!w.shape.every((size) => typeof size === 'number')) {
    throw application.error('a kernel of known shape', formatShape(w.shape), 'Fix its sizes.');
  }
  return { x, w, spatial: w.shape.slice(2) as number[] };
}

function checkChannels<K extends OpType>(application: Application<K>, x: Value, channels: number): void {
  if (compatible(x.shape[1]!, channels)) return;
  const expected: Shape = [x.shape[0]!, channels, ...x.shape.slice(2)];
  throw application.error(
    `X ${formatShape(expected)}`,
    formatShape(x.shape),
    'The kernel fixes the number of channels.',
  );
}

function checkBias<K extends OpType>(application: Application<K>, channels: number): void {
  const bias = application.inputs[2];
  if (bias === undefined || (bias.shape.length === 1 && compatible(bias.shape[0]!, channels))) return;
  throw application.error(`B [${channels}]`, formatShape(bias.shape), 'Give one number an output channel.');
}

function pool<K extends 'MaxPool' | 'AveragePool'>(application: Application<K>): ValueType {
  const { kernel_shape, ceil_mode = 0 } = application.attributes;
  const x = application.typed(0, 'X', FLOATS);
  if (x.shape.length !== kernel_shape.length + 2) {
    const expected = `X with ${kernel_shape.length} spatial axes`;
    throw application.error(expected, formatShape(x.shape), 'Fit kernel_shape to the image.');
  }
  const sizes = windowAxes(kernel_shape, application.attributes).map((axis, index) =>
    windowed(application, x, x.shape[index + 2]!, axis, ceil_mode === 1),
  );
  return { dtype: x.dtype, shape: [x.shape[0]!, x.shape[1]!, ...sizes] };
}

function globalPool<K extends 'GlobalAveragePool' | 'GlobalMaxPool'>(): Rule<K> {
  return rule(1, 1, (application) => {
    const { dtype, shape } = application.typed(0, 'X', FLOATS);
    if (shape.length < 3) {
      throw application.error('X [N, C, H, W]', formatShape(shape), 'Reshape it before.');
    }
    return { dtype, shape: shape.map((size, axis) => (axis < 2 ? size : 1)) };
  });
}
