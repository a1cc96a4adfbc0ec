/** @file A model for phones and small computers: TensorFlow Lite, which is called LiteRT now. */

import { ACTIVATION_NAMES } from '../../core/layers/activations.ts';
import type { Functional } from '../../core/layers/functional.ts';
import type { SymbolicTensor } from '../../core/layers/layer.ts';
import { EACH_CLASS, type Int8Calibration, type LayerFormat } from '../export-format.ts';
import type { ExportNote } from '../export-note.ts';
import { splitLayers } from './split-layers.ts';
import { tfliteFile } from './tflite-file.ts';
import type { TfliteGraph } from './tflite-graph.ts';
import { TFLITE, tfliteOperators } from './tflite-layers.ts';
import { classifierMetadata, inOneLine, METADATA_NAME, withLabels } from './tflite-metadata.ts';
import { simplifyTflite } from './tflite-passes.ts';
import { quantizeTflite } from './tflite-quantize.ts';
import { measureRanges, type Range } from './tflite-ranges.ts';

export const tfliteFormat: LayerFormat = {
  ...TFLITE,
  description: 'a folder with model.tflite for phones',
  endings: [],
  folder: 'tflite',
  activations: ACTIVATION_NAMES,
  hasSlopedReLU: true,
  isKeras3: false,
  namesOutputs: 'where-named',
  hasInt8: true,
  write: async (model, note, date, { calibration, givesProbabilities }) => {
    const graph =
      calibration === undefined
        ? simplifyTflite(tfliteOperators(model).graph)
        : await inInt8(model, calibration);
    const own = calibration === undefined ? note : inBytes(note);
    const classes = givesProbabilities ? own.labels : undefined;
    return tfliteFiles(graph, model, { note: own, date, classes });
  },
};

interface TfliteNote {
  readonly note: ExportNote;
  readonly date: Date;
  /** Names of what a probability comes out for, where it does. */
  readonly classes: readonly string[] | undefined;
}

/** The files by name; the model comes last, so that a folder that has it is complete. */
function tfliteFiles(
  graph: TfliteGraph,
  model: Functional,
  { note, date, classes }: TfliteNote,
): ReadonlyMap<string, string | Uint8Array> {
  const metadata = classes && classifierMetadata(graph, note, classes);
  const file = tfliteFile(graph, {
    description: note.generatedBy,
    metadata: metadata && { [METADATA_NAME]: metadata },
  });
  const about = { modelName: model.name, timeStamp: date.toISOString(), ...note };
  return new Map<string, string | Uint8Array>([
    ...(note.labels === undefined ? [] : [['labels.txt', labelList(note.labels)] as const]),
    ['metadata.json', `${JSON.stringify(about, null, 2)}\n`],
    ['model.tflite', metadata === undefined ? file : withLabels(file, classes!)],
  ]);
}

async function inInt8(model: Functional, { images, runtime }: Int8Calibration): Promise<TfliteGraph> {
  const split = splitLayers(model);
  const { graph, made } = tfliteOperators(split);
  const simplified = simplifyTflite(graph);
  const needed = new Set(simplified.operators.map(({ output }) => output));
  const observed = [...made].filter(([, tensor]) => needed.has(tensor));
  const tensors = observed.map(([symbolic]) => symbolic);
  const ranges = await measureRanges(split, tensors, images, { runtime });
  // Images that it is sure of, or none such, tell nothing of where a probability lies.
  const rangeOf = ({ layer }: SymbolicTensor, index: number): Range =>
    layer.name === EACH_CLASS ? { min: 0, max: 1 } : ranges[index]!;
  return quantizeTflite(
    simplified,
    new Map(observed.map(([symbolic, tensor], index) => [tensor, rangeOf(symbolic, index)])),
  );
}

function inBytes(note: ExportNote): ExportNote {
  return { ...note, input: { ...note.input, dtype: 'uint8' } };
}

/** A line for each, with its number, as Teachable Machine's: `0 cats`. */
function labelList(labels: readonly string[]): string {
  return labels.map((label, index) => `${index} ${inOneLine(label)}\n`).join('');
}
