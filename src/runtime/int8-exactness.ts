/** @file Whether this machine multiplies bytes exactly: what it does tells more than its name. */

import { GraphBuilder } from '../graph/builder.ts';
import { tensor } from '../tensor/tensor.ts';
import { evaluateGraph } from './node-session.ts';

const CHANNELS = 64;
const LARGEST_PIXEL = 255;
const LARGEST_WEIGHT = 127;
/** What the products add up to, in bytes of the result. */
const EXACT = 200;

/**
 * Whether sums of products of a uint8 and an 8-bit int8 come out right here. x64 processors without VNNI add pairs of
 * them in int16, which the largest ones overflow: half of the sum is lost then, and weights should have 7 bits.
 */
export async function isInt8Exact(): Promise<boolean> {
  const shape = [1, CHANNELS, 1, 1];
  const pixels = tensor('uint8', shape, new Uint8Array(CHANNELS).fill(LARGEST_PIXEL));
  const kernel = tensor('int8', shape, new Int8Array(CHANNELS).fill(LARGEST_WEIGHT));
  const builder = new GraphBuilder('int8');
  const one = builder.scalar(1);
  const [x, w] = [builder.input('x', 'uint8', shape), builder.constant(kernel, 'kernel')].map((integers) =>
    builder.op('DequantizeLinear', [integers, one]),
  );
  const step = builder.scalar((CHANNELS * LARGEST_PIXEL * LARGEST_WEIGHT) / EXACT);
  builder.output(builder.op('QuantizeLinear', [builder.op('Conv', [x, w]), step]), 'y');
  const { y } = await evaluateGraph(builder.build(), { x: pixels });
  return y!.data[0] === EXACT;
}
