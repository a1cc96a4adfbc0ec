/** @file A model file for Keras, TensorFlow.js, Teachable Machine or TensorFlow Lite, made in a page: the bytes that `graft export` writes. */

import { decodeModelFile, type ModelFile } from '../artifacts/decode-model-file.ts';
import { modelFileError } from '../artifacts/model-info.ts';
import { baseName } from '../core/errors/base-name.ts';
import type { RuntimeOptions } from '../core/runtime/runtime.ts';
import { exportClassifier } from '../export/export-classifier.ts';
import { type KerasFormat, LAYER_FORMATS } from '../export/export-formats.ts';
import type { BuildClassifier } from '../export/rebuilt-classifier.ts';
import { growClassifier } from '../runs/grow-classifier.ts';
import { resolvePreprocessing } from '../vision/preprocessing/preprocessing-choice.ts';
import { type BackboneSource, fetchFile, openBackbone } from './backbone-source.ts';
import { isBlob } from './is-blob.ts';

/** What one may say of an export in a page. */
export interface ExportModelOptions extends RuntimeOptions {
  /** `keras`: an archive of Keras 3; `keras-h5`: HDF5, for Keras 2 and 3; `tfjs`: TensorFlow.js; `teachable-machine`: its form of that; `tflite`: TensorFlow Lite. */
  readonly format: KerasFormat;
  /** The network that the model was trained on, whose frozen layers are read again. Default: that of `train`. */
  readonly backbone?: BackboneSource | undefined;
  /** Written into the file. Default now. */
  readonly date?: Date | undefined;
}

/** What was made. */
export interface ExportedModel {
  /** By their names: `model.keras`, or `model.json` with what belongs to it. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Between the probabilities of the layers written and those of the model file, on images of noise. */
  readonly largestDifference: number;
}

/**
 * Exports a model file of images, as `graft export` does.
 *
 * @param model - Its address, the file itself, or its bytes.
 * @throws {GraftError} `model-file`, if it has no layers to be built again, or was trained on another network; `graph`, naming the layer
 *   that the format cannot hold; `file-not-found`, `weights`, `runtime`.
 */
export async function exportModel(
  model: string | URL | Blob | Uint8Array,
  { format, backbone, ...options }: ExportModelOptions,
): Promise<ExportedModel> {
  const file = decodeModelFile(await bytesOf(model), 'model.onnx');
  const build = onBackbone(file, backbone);
  const { content, largestDifference } = await exportClassifier(file, { format, build, ...options });
  const text = new TextEncoder();
  const files =
    content instanceof Uint8Array
      ? [[`model${LAYER_FORMATS[format].endings[0]}`, content] as const]
      : [...content].map(
          ([name, part]) => [name, typeof part === 'string' ? text.encode(part) : part] as const,
        );
  return { files: new Map(files), largestDifference };
}

function onBackbone({ path }: ModelFile, source: BackboneSource | undefined): BuildClassifier {
  return async (recipe, numClasses) => {
    const { sizePx, cut } = recipe;
    const backbone = await openBackbone(source, {
      inputShape: sizePx === undefined ? undefined : [sizePx, sizePx, 3],
      cut,
      preprocessing: resolvePreprocessing(recipe.preprocessing),
    });
    const { id } = backbone.pretrainedConfig;
    if (id === recipe.backbone) return growClassifier(backbone, recipe, numClasses);
    throw modelFileError(
      path,
      `its backbone "${baseName(recipe.backbone)}" again, for the layers that the file holds only as operators`,
      `"${id}"`,
      'Give the file of that network as the option backbone, or use graft export.',
    );
  };
}

async function bytesOf(model: string | URL | Blob | Uint8Array): Promise<Uint8Array> {
  if (model instanceof Uint8Array) return model;
  if (isBlob(model)) return new Uint8Array(await model.arrayBuffer());
  return fetchFile(model, 'model', 'Serve the file, and give its address.');
}
