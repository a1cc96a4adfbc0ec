/** @file A whole graph as one layer: a network that came as an ONNX file. */

import { GraftError } from '../errors/graft-error.ts';
import { formatShape } from '../graph/dimension.ts';
import type { Graph, Value } from '../graph/graph.ts';
import { computeSize, type Tensor } from '../tensor/tensor.ts';
import type { Initializer } from './initializers.ts';
import {
  Layer,
  type LayerOptions,
  type Layout,
  type Lowered,
  type Lowering,
  type SymbolicTensor,
  type WeightSpec,
} from './layer.ts';
import { baseConfig, type LayerConfig } from './layer-config.ts';
import type { LayerShape } from './layer-shape.ts';
import { asChannelsFirst, asPlain } from './layout.ts';
import { showShape } from './windows.ts';

export interface GraphLayerOptions extends LayerOptions {
  /** One float32 input `[N, ...]`, one output `[N, ...]`. */
  readonly graph: Graph;
  /** How the axes of the graph's input stand. A person sees NHWC either way. */
  readonly inputLayout: Layout;
  /** How the axes of the output stand. */
  readonly outputLayout: Layout;
  /** Constants that are no weights, though they look like some: tables that were computed. Default none. */
  readonly fixed?: ReadonlySet<string>;
}

/**
 * Runs a graph. Its float32 constants of more than one number are the layer's weights, under their own names, except for
 * those that tell how an image is resized; running statistics of a batch normalization are never trained. Unlike other layers, it starts frozen: `trainable` is false
 * unless given.
 *
 * Input and output are what the graph has, images as `[N, H, W, C]`.
 *
 * @throws {GraftError} `graph`, if there is not one input and one output; `shape`, if the input does not fit.
 */
export class GraphLayer extends Layer {
  readonly className = 'OnnxGraph';
  readonly graph: Graph;
  readonly inputLayout: Layout;
  readonly outputLayout: Layout;
  readonly #weightNames: readonly string[];
  readonly #statistics: ReadonlySet<string>;

  constructor(options: GraphLayerOptions) {
    super({ ...options, trainable: options.trainable ?? false });
    const { graph } = options;
    if (graph.inputs.length !== 1 || graph.outputs.length !== 1) {
      throw new GraftError('graph', {
        where: `graph "${graph.name}"`,
        expected: 'one input and one output',
        received: `${graph.inputs.length} and ${graph.outputs.length}`,
        advice: 'Cut the graph so that one of each is left.',
      });
    }
    this.graph = graph;
    this.inputLayout = options.inputLayout;
    this.outputLayout = options.outputLayout;
    const read = new Set(graph.nodes.flatMap((node) => node.inputs));
    // Region, scales, sizes: shapes follow from them, so they stay constants.
    const sizes = new Set(graph.nodes.flatMap(({ op, inputs }) => (op === 'Resize' ? inputs.slice(1) : [])));
    this.#weightNames = [...graph.constants.keys()].filter(
      (name) =>
        read.has(name) &&
        !sizes.has(name) &&
        options.fixed?.has(name) !== true &&
        isWeight(graph.constants.get(name)!),
    );
    this.#statistics = new Set(
      graph.nodes.flatMap((node) => (node.op === 'BatchNormalization' ? node.inputs.slice(3, 5) : [])),
    );
  }

  /** Applies the layer; its weights have the file's numbers at once. */
  override apply(inputs: SymbolicTensor | readonly SymbolicTensor[]): SymbolicTensor {
    const output = super.apply(inputs);
    for (const weight of this.weights) {
      weight.value = (this.graph.constants.get(weight.spec.name) as Tensor<'float32'>).data;
    }
    return output;
  }

  protected override weightSpecs(): readonly WeightSpec[] {
    return this.#weightNames.map((name) => {
      const { shape, data } = this.graph.constants.get(name) as Tensor<'float32'>;
      return { name, shape, initializer: numbers(data), trainable: !this.#statistics.has(name) };
    });
  }

  protected override outputShape(inputs: readonly LayerShape[]): LayerShape {
    const [given] = inputs;
    const wanted = personShape(this.graph.inputs[0]!, this.inputLayout);
    const fits =
      given?.length === wanted.length &&
      given.every((size, axis) => axis === 0 || size === null || size === wanted[axis]);
    if (!fits || inputs.length !== 1) {
      throw new GraftError('shape', {
        where: `layer "${this.name}"`,
        expected: `an input ${showShape(wanted)}`,
        received: inputs.map(showShape).join(' and '),
        advice: 'Load the file for images of this size.',
      });
    }
    return personShape(this.graph.outputs[0]!, this.outputLayout);
  }

  override lower(lowering: Lowering, [input]: readonly Lowered[]): Lowered {
    const { builder } = lowering;
    const arrange = this.inputLayout === 'channelsFirst' ? asChannelsFirst : asPlain;
    const feeds = new Map<string, Value>([[this.graph.inputs[0]!.name, arrange(builder, input!)]]);
    for (const name of this.#weightNames) feeds.set(name, lowering.weight(this, name));
    // The layer may be named after a value of the graph.
    const [value] = builder.inline(this.graph, feeds, `${this.graph.name}:`);
    return { value: value!, layout: this.outputLayout };
  }

  override getConfig(): LayerConfig {
    return {
      ...baseConfig(this.name, this.trainable),
      graph: this.graph.name,
      output: this.graph.outputs[0]!.name,
      input_shape: formatShape(this.graph.inputs[0]!.shape),
    };
  }
}

function isWeight({ dtype, shape }: Tensor): boolean {
  return dtype === 'float32' && computeSize(shape) > 1;
}

/** Numbers that exist already: what the file has. */
function numbers(data: Float32Array): Initializer {
  return { className: 'Constant', draw: () => data, getConfig: () => ({}) };
}

/** NHWC, with null for sizes that only a run tells. */
function personShape({ shape }: Value, layout: Layout): LayerShape {
  const sizes = shape.map((size) => (typeof size === 'number' ? size : null));
  const [batch, channels, ...space] = sizes;
  return layout === 'channelsFirst' ? [batch!, ...space, channels!] : sizes;
}
