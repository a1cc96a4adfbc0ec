/** @file Weights of a network of PyTorch by the formula of tools/oracle/torch_networks.py. */

import { LazyMap } from '../../../src/core/tensor/lazy-map.ts';
import { computeSize, type Tensor, tensor } from '../../../src/core/tensor/tensor.ts';
import { groupByLayer, type ShapedWeightFile } from '../../../src/core/weights/weight-file.ts';
import { hash32 } from './formula-inputs.ts';

const TABLE = Float64Array.from({ length: 65521 }, (_, i) => hash32(i, 1) / 2 ** 31 - 1);

/** @param lines - Name and sizes of each tensor, `conv1.weight 64,3,7,7`, in their order. */
export function torchFile(lines: readonly string[]): ShapedWeightFile {
  const listed = lines.map((line, place) => {
    const [name = '', sizes = ''] = line.split(' ');
    const shape = sizes === '' ? [] : sizes.split(',').map(Number);
    return { name, shape, read: () => formula(place, name, shape) };
  });
  const readers = new Map(listed.map(({ name, read }) => [name, read]));
  return {
    format: 'torch',
    where: 'weights "network.pth"',
    tensors: new LazyMap(readers),
    shapes: new Map(listed.map(({ name, shape }) => [name, shape])),
    layers: groupByLayer(readers.keys()),
  };
}

/** As the script sets it. */
function formula(place: number, name: string, shape: readonly number[]): Tensor<'float32'> {
  const size = computeSize(shape);
  const isScale = shape.length === 1 && /(running_var|weight|gamma|lambda1)$/.test(name);
  const isOffset = /(bias|running_mean)$/.test(name) || shape.length < 2;
  const scale = isScale ? 0.25 : isOffset ? 0.1 : Math.sqrt(6 / (size / shape[0]!));
  const data = new Float32Array(size);
  const begin = (place * 7919) % TABLE.length;
  for (let i = 0; i < size; i++) data[i] = (isScale ? 1 : 0) + scale * TABLE[(begin + i) % TABLE.length]!;
  return tensor('float32', shape, data);
}
