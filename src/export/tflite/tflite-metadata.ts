/**
 * @file What MediaPipe and the TensorFlow Lite Task Library look for in a classifier's file: how its pixels go in, and the names of its
 * classes, which stand in a zip behind the model.
 * @see https://github.com/google-ai-edge/mediapipe/blob/master/mediapipe/tasks/metadata/metadata_schema.fbs
 */

import { strToU8, zipSync } from 'fflate';
import { joinBytes } from '../../core/tensor/join-bytes.ts';
import { type FieldValue, FlatBufferWriter, type Offset } from '../../core/weights/flatbuffer-writer.ts';
import type { ExportNote } from '../export-note.ts';
import type { TfliteGraph } from './tflite-graph.ts';

/** Of the model's buffer that has it. */
export const METADATA_NAME = 'TFLITE_METADATA';

const METADATA_MARK = 'M001';
/** Of the first version that has all that is written here. */
const MIN_PARSER_VERSION = '1.0.0';
const LABEL_FILE = 'labels.txt';

const MODEL = { name: 0, description: 1, subgraphs: 3, minParserVersion: 7 } as const;
const SUBGRAPH = { inputs: 2, outputs: 3 } as const;
const TENSOR = {
  name: 0,
  description: 1,
  content: 3,
  processUnits: 4,
  stats: 5,
  associatedFiles: 6,
} as const;
const CONTENT = { propertiesType: 0, properties: 1 } as const;
const IMAGE = { colorSpace: 0, defaultSize: 1 } as const;
const SIZE = { width: 0, height: 1 } as const;
const PROCESS_UNIT = { optionsType: 0, options: 1 } as const;
const NORMALIZATION = { mean: 0, std: 1 } as const;
const STATS = { max: 0, min: 1 } as const;
const ASSOCIATED_FILE = { name: 0, description: 1, type: 2 } as const;

const PROPERTIES = { feature: 1, image: 2 } as const;
const RGB = 1;
const NORMALIZE = 1;
const AXIS_LABELS = 2;

/**
 * The metadata of a classifier of images.
 *
 * @param graph - Takes one image of pixels.
 * @param classes - What a probability comes out for.
 * @returns Undefined for a model that takes something else than pixels, which no note tells of.
 */
export function classifierMetadata(
  graph: TfliteGraph,
  { generatedBy, input }: ExportNote,
  classes: readonly string[],
): Uint8Array | undefined {
  const [pixels] = graph.inputs;
  const [scores] = graph.outputs;
  if (input.range === undefined || graph.inputs.length > 1 || graph.outputs.length > 1) return undefined;
  if (scores!.shape.at(-1) !== classes.length) return undefined;
  const [, height, width] = pixels!.shape;
  const writer = new FlatBufferWriter(2048);
  const text = (value: string): FieldValue => at(writer.string(value));
  const size = writer.table({ [SIZE.width]: int32(width!), [SIZE.height]: int32(height!) });
  const image = writer.table({ [IMAGE.colorSpace]: int8(RGB), [IMAGE.defaultSize]: at(size) });
  // The scaling is inside: pixels go in as they are.
  const normalization = writer.table({
    [NORMALIZATION.mean]: at(writer.float32s([0])),
    [NORMALIZATION.std]: at(writer.float32s([1])),
  });
  const normalize = writer.table({
    [PROCESS_UNIT.optionsType]: uint8(NORMALIZE),
    [PROCESS_UNIT.options]: at(normalization),
  });
  const [low, high] = input.range;
  const taken = writer.table({
    [TENSOR.name]: text('image'),
    [TENSOR.description]: text('RGB pixels, as they are.'),
    [TENSOR.content]: at(contentOf(writer, PROPERTIES.image, image)),
    [TENSOR.processUnits]: at(writer.offsets([normalize])),
    [TENSOR.stats]: at(statsOf(writer, low, high)),
  });
  const labels = writer.table({
    [ASSOCIATED_FILE.name]: text(LABEL_FILE),
    [ASSOCIATED_FILE.description]: text('Names of the classes, a line for each.'),
    [ASSOCIATED_FILE.type]: int8(AXIS_LABELS),
  });
  const given = writer.table({
    [TENSOR.name]: text('probability'),
    [TENSOR.description]: text('The probability of each class.'),
    [TENSOR.content]: at(contentOf(writer, PROPERTIES.feature, writer.table({}))),
    [TENSOR.stats]: at(statsOf(writer, 0, scores!.type === 'uint8' ? 255 : 1)),
    [TENSOR.associatedFiles]: at(writer.offsets([labels])),
  });
  const subgraph = writer.table({
    [SUBGRAPH.inputs]: at(writer.offsets([taken])),
    [SUBGRAPH.outputs]: at(writer.offsets([given])),
  });
  const model = writer.table({
    [MODEL.name]: text('ImageClassifier'),
    [MODEL.description]: text(`A classifier of images, by ${generatedBy}.`),
    [MODEL.subgraphs]: at(writer.offsets([subgraph])),
    [MODEL.minParserVersion]: text(MIN_PARSER_VERSION),
  });
  return writer.finish(model, METADATA_MARK);
}

/** A file with its labels behind it, as a zip whose places count from the beginning of the whole. */
export function withLabels(file: Uint8Array, labels: readonly string[]): Uint8Array {
  const lines = labels.map((label) => `${inOneLine(label)}\n`).join('');
  // Readers take it as it lies there. Of its own time the zip says nothing.
  const zip = zipSync({ [LABEL_FILE]: strToU8(lines) }, { level: 0, mtime: new Date(1980, 0, 1) });
  const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
  const end = zip.length - END_BYTES;
  const directory = view.getUint32(end + DIRECTORY_PLACE, true);
  view.setUint32(directory + FILE_PLACE, file.length, true);
  view.setUint32(end + DIRECTORY_PLACE, file.length + directory, true);
  return joinBytes([file, zip]);
}

/** Of a zip's last record, and where in it the place of the directory stands; in the directory, that of the file. */
const END_BYTES = 22;
const DIRECTORY_PLACE = 16;
const FILE_PLACE = 42;

/** A name that stays one line. */
export function inOneLine(label: string): string {
  return label.replace(/[\r\n]+/g, ' ');
}

function contentOf(writer: FlatBufferWriter, type: number, properties: Offset): Offset {
  return writer.table({ [CONTENT.propertiesType]: uint8(type), [CONTENT.properties]: at(properties) });
}

function statsOf(writer: FlatBufferWriter, low: number, high: number): Offset {
  return writer.table({
    [STATS.max]: at(writer.float32s([high])),
    [STATS.min]: at(writer.float32s([low])),
  });
}

function at(offset: Offset): FieldValue {
  return { type: 'offset', value: offset };
}

function int8(value: number): FieldValue {
  return { type: 'int8', value };
}

function uint8(value: number): FieldValue {
  return { type: 'uint8', value };
}

function int32(value: number): FieldValue {
  return { type: 'int32', value };
}
