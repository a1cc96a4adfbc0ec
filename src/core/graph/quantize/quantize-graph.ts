/** @file A graph whose convolutions, and what stands between them, work on bytes. */

import { GraftError } from '../../errors/graft-error.ts';
import { scalar, type Tensor, tensor } from '../../tensor/tensor.ts';
import { GraphBuilder } from '../builder.ts';
import type { Graph, Node, Value } from '../graph.ts';
import { isOp } from '../passes/rewrite.ts';
import { pixelsBehind } from '../passes/scaled-pixels.ts';
import { simplify } from '../passes/simplify.ts';
import { foldPads } from './fold-pads.ts';
import { onPixels } from './pixel-input.ts';
import { computeQuantization, type Quantization, type ValueRange, type ValueRanges } from './quantization.ts';
import { type ByteNode, planQuantization, type QuantizationPlan } from './quantization-plan.ts';
import { quantizeConv, WEIGHT_BITS, type WeightBits } from './quantized-weights.ts';

/** Raised when the same ranges give another graph: what was computed with the one before is of no use then. */
export const QUANTIZATION_VERSION = 2;

export interface QuantizeOptions {
  /** 8 only to measure what the eighth bit would give: such a graph is right on some processors alone. Default 7. */
  readonly weightBits?: WeightBits;
}

/**
 * The same graph in int8, as ONNX writes it: operators on numbers between DequantizeLinear and QuantizeLinear, which
 * ONNX Runtime makes operators on bytes of (QLinearConv, QLinearAdd, QLinearConcat). Weights are symmetric, with a
 * scale a channel, of 7 bits; activations uint8 with one scale a tensor; biases int32. A ReLU costs nothing: bytes end where it
 * cuts. Where `uint8 * scale + offset` leads to the first convolution, as in a `imageGraph`, it works on the pixels
 * themselves.
 *
 * Inputs and outputs keep names, types and shapes. Pure: `graph` is unchanged.
 *
 * @param graph - Simplified.
 * @param ranges - What {@link calibrationGraph} tells.
 * @throws {GraftError} `graph`, if a range is missing or is none.
 * @see https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html
 */
export function quantizeGraph(graph: Graph, ranges: ValueRanges, options: QuantizeOptions = {}): Graph {
  const source = foldPads(graph);
  const plan = planQuantization(source);
  return simplify(new Quantizer(source, plan, ranges, options.weightBits ?? WEIGHT_BITS).build());
}

/** A value in bytes. */
interface Bytes {
  readonly value: Value;
  readonly quantization: Quantization;
  /** What the bytes stand for, once it was asked for. */
  numbers?: Value;
}

/** Builds the graph anew, node by node. Values keep their names; bytes are called `name/bytes`. */
class Quantizer {
  readonly #graph: Graph;
  readonly #plan: QuantizationPlan;
  readonly #ranges: ValueRanges;
  readonly #bits: WeightBits;
  readonly #builder: GraphBuilder;
  /** By the names of the original, as both of these. */
  readonly #numbers = new Map<string, Value>();
  readonly #bytes = new Map<string, Bytes>();
  readonly #parameterValues = new Map<string, readonly Value[]>();

  constructor(graph: Graph, plan: QuantizationPlan, ranges: ValueRanges, bits: WeightBits) {
    this.#graph = graph;
    this.#plan = plan;
    this.#ranges = ranges;
    this.#bits = bits;
    this.#builder = new GraphBuilder(graph.name);
  }

  build(): Graph {
    const { inputs, nodes, outputs } = this.#graph;
    for (const { name, dtype, shape } of inputs) {
      this.#numbers.set(name, this.#builder.input(name, dtype, shape));
    }
    for (const node of nodes) {
      const planned = this.#plan.byteNodes.get(node);
      if (planned !== undefined) this.#addOnBytes(planned);
      else if (!this.#plan.absorbed.has(node)) this.#addOnNumbers(node);
    }
    for (const { name } of outputs) this.#builder.output(this.#numbersOf(name), name);
    return this.#builder.build();
  }

  #addOnNumbers(node: Node): void {
    const inputs = node.inputs.map((name) => (name === '' ? undefined : this.#numbersOf(name)));
    const options = { name: node.outputs[0]!, outputs: node.outputs.length };
    const made = this.#builder.ops(node.op, inputs, node.attributes as never, options);
    node.outputs.forEach((name, index) => {
      this.#numbers.set(name, made[index]!);
    });
  }

  #addOnBytes({ node, output }: ByteNode): void {
    const inputs = isOp(node, 'Conv')
      ? this.#convInputs(node)
      : node.inputs.map((name) => this.#operand(name));
    const made = this.#builder.op(node.op, inputs, node.attributes as never, { name: `${output}/float` });
    this.#bytes.set(output, this.#quantized(made, output));
  }

  #convInputs(node: Node<'Conv'>): Value[] {
    const [x, kernelName, biasName = ''] = node.inputs as [string, string, string?];
    const { constants } = this.#graph;
    const kernel = constants.get(kernelName) as Tensor<'float32'>;
    const known = constants.get(biasName) as Tensor<'float32'> | undefined;
    const bias = known?.data ?? new Float32Array(kernel.shape[0]!);
    const means = this.#ranges.get(x)?.means;
    const pixels = this.#bytes.has(x) ? undefined : pixelsBehind(this.#graph, x);
    const direct = pixels && onPixels(pixels, node, kernel, bias, means);
    if (pixels === undefined || direct === undefined) {
      const { quantization } = this.#bytesOf(x);
      return [this.#operand(x), ...this.#weights(kernelName, kernel, bias, quantization, means)];
    }
    const bytes: Bytes = { value: this.#numbersOf(pixels.bytes), quantization: direct.quantization };
    return [
      this.#dequantized(bytes, `${x}/pixels`),
      ...this.#weights(kernelName, direct.kernel, direct.bias, direct.quantization, direct.means),
    ];
  }

  #weights(
    name: string,
    kernel: Tensor<'float32'>,
    bias: Float32Array,
    { scale }: Quantization,
    means?: Float64Array,
  ): [Value, Value] {
    const quantized = quantizeConv(kernel, bias, scale, this.#bits, means);
    const perChannel = (what: string, numbers: Tensor, scales: Tensor): Value => {
      const inputs = [
        this.#builder.constant(numbers, `${what}/integers`),
        this.#builder.constant(scales, `${what}/scale`),
      ];
      return this.#builder.op('DequantizeLinear', inputs, { axis: 0 }, { name: what });
    };
    return [
      perChannel(name, quantized.kernel, quantized.kernelScale),
      perChannel(`${name}/bias`, quantized.bias, quantized.biasScale),
    ];
  }

  /** An input of an operator on bytes: numbers read from bytes, or integers such as the shape of a Reshape. */
  #operand(name: string): Value {
    if (!this.#plan.rangeOf.has(name)) return this.#numbersOf(name);
    return this.#dequantized(this.#bytesOf(name), name);
  }

  /** A value in bytes; made of numbers where nothing before it gave bytes. */
  #bytesOf(name: string): Bytes {
    const bytes = this.#bytes.get(name) ?? this.#quantized(this.#numbersOf(name), name);
    this.#bytes.set(name, bytes);
    return bytes;
  }

  /** A value as numbers: computed, read from bytes, or constant. */
  #numbersOf(name: string): Value {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const bytes = this.#bytes.get(name);
    if (bytes !== undefined) return this.#dequantized(bytes, name);
    const constant = this.#builder.constant(this.#graph.constants.get(name)!, name);
    this.#numbers.set(name, constant);
    return constant;
  }

  #quantized(numbers: Value, name: string): Bytes {
    const quantization = computeQuantization(this.#rangeOf(name));
    const inputs = [numbers, ...this.#parameters(quantization)];
    return {
      value: this.#builder.op('QuantizeLinear', inputs, {}, { name: `${name}/bytes` }),
      quantization,
    };
  }

  #dequantized(bytes: Bytes, name: string): Value {
    const { value, quantization } = bytes;
    bytes.numbers ??= this.#builder.op(
      'DequantizeLinear',
      [value, ...this.#parameters(quantization)],
      {},
      { name },
    );
    return bytes.numbers;
  }

  #parameters(quantization: Quantization): readonly Value[] {
    const key = `${quantization.scale} ${quantization.zeroPoint}`;
    const known = this.#parameterValues.get(key) ?? [
      this.#builder.constant(scalar(quantization.scale), 'scale'),
      this.#builder.constant(tensor('uint8', [], Uint8Array.of(quantization.zeroPoint)), 'zero_point'),
    ];
    this.#parameterValues.set(key, known);
    return known;
  }

  #rangeOf(name: string): ValueRange {
    const source = this.#plan.rangeOf.get(name)!;
    const range = this.#ranges.get(source);
    if (range !== undefined && Number.isFinite(range.min) && Number.isFinite(range.max)) return range;
    throw new GraftError('graph', {
      where: `graph "${this.#graph.name}"`,
      expected: `the range of value "${source}"`,
      received: range === undefined ? 'none' : `[${range.min}, ${range.max}]`,
      advice: 'Calibrate the same graph on images.',
    });
  }
}
