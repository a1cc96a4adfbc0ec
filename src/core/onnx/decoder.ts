/** @file The bytes of an .onnx file as a graph. */

import { fromBinary } from '@bufbuild/protobuf';
import { GraftError } from '../errors/graft-error.ts';
import type { Graph, Shape, Value } from '../graph/graph.ts';
import { FileBudget } from '../tensor/file-budget.ts';
import { dataTypeName, fromDataType } from './data-type.ts';
import { Scope, type ScopeOptions } from './decoding-scope.ts';
import { takeMessages } from './message-budget.ts';
import { modelError } from './model-error.ts';
import { type GraphProto, type ModelProto, ModelProtoSchema, type ValueInfoProto } from './onnx_pb.ts';
import { type ExternalData, fromTensorProto } from './tensor-proto.ts';
import { widenedType } from './widen-halves.ts';

/** Opsets whose operators mean what opset 18's do, for those that a graph may hold, or can be brought to it. */
const OLDEST_OPSET = 7;
const NEWEST_OPSET = 22;

export interface DecodedModel {
  readonly graph: Graph;
  readonly metadata: Readonly<Record<string, string>>;
  readonly producerName: string;
  readonly producerVersion: string;
  /** Constants that the file leaves to be computed, and that the graph could not do without. */
  readonly folded: ReadonlySet<string>;
  /** Whether such constants are right for images of this size, or this batch, alone. */
  readonly isFixed: boolean;
  /** All nodes of the file in its order, decoded or not: how values lead to one another. */
  readonly links: readonly Link[];
  /** Names of the file's outputs, decoded or not. */
  readonly outputNames: readonly string[];
  /** With `partial`: why the values are missing that could not be decoded. */
  readonly refusals: ReadonlyMap<string, GraftError>;
}

/** A node of a file, by the names in it. */
export interface Link {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

export interface DecodeOptions {
  /**
   * Sees the metadata before the graph is decoded; may throw, where they tell that it is not to be: another program's
   * model, a later version's.
   */
  readonly onMetadata?: (metadata: Readonly<Record<string, string>>) => void;
  /** Gives the bytes of tensors that the file keeps elsewhere. Default: such a file is refused. */
  readonly externalData?: ExternalData | undefined;
  /** Decode as much as can be: nodes that the graph has no operator for are left out, with all that needs them. */
  readonly partial?: boolean;
  /** The shape that an input is to have where that is another than the file's. Default: the file's. */
  readonly shapeOf?: (input: Value) => Shape;
  /** What the file's contents may take; grows with external data. Default: by the bytes that are given. */
  readonly budget?: FileBudget;
  /** Read floats of 16 bits as float32: inputs, constants, and what is cast to them. Default false. */
  readonly widensHalves?: boolean;
  /**
   * Make constants of sizes that are known, as a file has them that was written for one size and one batch. Default false:
   * they are computed from the shapes of a run.
   */
  readonly foldsSizes?: boolean;
}

/**
 * Decodes a model. Shapes are inferred anew; what the file says of its inner values is not needed.
 *
 * @throws {GraftError} `model-file`, if the bytes are no ONNX model, are damaged, or hold what a graph cannot.
 */
export function decodeModel(bytes: Uint8Array, options: DecodeOptions = {}): DecodedModel {
  const budget = options.budget ?? new FileBudget(bytes.length, { where: 'model', code: 'model-file' });
  takeMessages(bytes, budget);
  const model = parse(bytes);
  const metadata = Object.fromEntries(model.metadataProps.map(({ key, value }) => [key, value]));
  options.onMetadata?.(metadata);
  const opset = Number(
    model.opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0,
  );
  if (opset < OLDEST_OPSET || opset > NEWEST_OPSET) {
    throw modelError(
      'model',
      `ONNX opset ${OLDEST_OPSET} to ${NEWEST_OPSET}`,
      opset === 0 ? 'none' : `opset ${opset}`,
      'Export the model with opset 18.',
    );
  }
  return {
    ...decodeGraph(model.graph!, { ...options, opset, budget }),
    metadata,
    producerName: model.producerName,
    producerVersion: model.producerVersion,
  };
}

function parse(bytes: Uint8Array): ModelProto {
  const damaged = (cause?: unknown) =>
    new GraftError(
      'model-file',
      {
        where: 'model',
        expected: 'an ONNX model',
        received: `${bytes.length} bytes that are none, or only a part of one`,
        advice: 'Check that the file is an .onnx file and was written to its end.',
      },
      cause === undefined ? {} : { cause },
    );
  let model: ModelProto;
  try {
    model = fromBinary(ModelProtoSchema, bytes);
  } catch (error) {
    throw damaged(error);
  }
  if (model.graph === undefined || model.irVersion <= 0n) throw damaged();
  return model;
}

function decodeGraph(
  proto: GraphProto,
  options: ScopeOptions & Pick<DecodeOptions, 'shapeOf'>,
): Pick<DecodedModel, 'graph' | 'refusals' | 'folded' | 'isFixed' | 'links' | 'outputNames'> {
  const scope = new Scope(options);
  if (proto.sparseInitializer.length > 0) {
    throw modelError('model', 'dense initializers', 'sparse ones', 'Export the model without them.');
  }
  for (const initializer of proto.initializer) {
    scope.constant(
      initializer.name,
      fromTensorProto(initializer, options.externalData, options.widensHalves),
    );
  }
  // Before IR version 4, initializers were listed among the inputs.
  const inputs = proto.input
    .filter(({ name }) => !scope.constants.has(name))
    .map((info) => scope.define(inputValue(info, options)));
  for (const node of proto.node) scope.node(node);
  const { constants, values, refusals, folded } = scope;
  const outputs = proto.output
    .filter(({ name }) => !refusals.has(name))
    .map(({ name }) => scope.value(name, 'model output'));
  const graph = { name: proto.name, inputs, outputs, nodes: scope.remainingNodes(), constants, values };
  const links = proto.node.map(({ opType, input, output }) => ({
    op: opType,
    inputs: input,
    outputs: output,
  }));
  const outputNames = proto.output.map(({ name }) => name);
  return { graph, refusals, folded, isFixed: scope.foldedFromSizes, links, outputNames };
}

function inputValue(
  info: ValueInfoProto,
  { shapeOf, widensHalves }: Pick<ScopeOptions, 'widensHalves'> & Pick<DecodeOptions, 'shapeOf'>,
): Value {
  const value = decodeValueInfo(info, widensHalves === true);
  return shapeOf === undefined ? value : { ...value, shape: shapeOf(value) };
}

function decodeValueInfo({ name, type }: ValueInfoProto, widens: boolean): Value {
  const where = `model input "${name}"`;
  if (type?.value.case !== 'tensorType') {
    throw modelError(
      where,
      'a tensor',
      type?.value.case ?? 'no type',
      'Export the model with tensors alone.',
    );
  }
  const { elemType, shape } = type.value.value;
  const dtype = fromDataType(widens ? widenedType(elemType) : elemType);
  if (dtype === undefined) {
    throw modelError(where, 'an element type that Graft has', dataTypeName(elemType), 'Convert the model.');
  }
  if (shape === undefined) {
    throw modelError(where, 'a known number of axes', 'no shape', 'Export the model with input shapes.');
  }
  const sizes: Shape = shape.dim.map(({ value }, axis) => {
    if (value.case === 'dimValue' && value.value >= 0n) return Number(value.value);
    return value.case === 'dimParam' && value.value !== '' ? value.value : `${name}.${axis}`;
  });
  return { name, dtype, shape: sizes };
}
