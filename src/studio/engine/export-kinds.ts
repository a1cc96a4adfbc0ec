/** @file What models are exported to, as the pages have it: whatever an engine has of these, its page of exports shows. */

import type { KerasFormat } from '../../export/export-formats.ts';

/** A page of the model, or one of the formats that have layers. */
export type StudioFormat = 'web' | KerasFormat;

export interface ExportKind {
  readonly title: string;
  readonly what: string;
  /** Of the file's name; a folder leaves as a zip archive. */
  readonly ending: string;
}

/** By the names that `graft export --to` takes, in the order of the page. */
export const EXPORT_KINDS: Readonly<Record<StudioFormat, ExportKind>> = {
  web: {
    title: 'A web page',
    what: 'A folder for any web server: the model with the webcam and dropped images, and nothing from elsewhere.',
    ending: 'zip',
  },
  'teachable-machine': {
    title: 'Teachable Machine',
    what: 'A folder that programs for Teachable Machine’s image models load as one of those.',
    ending: 'zip',
  },
  tfjs: {
    title: 'TensorFlow.js',
    what: 'A folder with model.json, for web pages that use TensorFlow.js.',
    ending: 'zip',
  },
  tflite: {
    title: 'TensorFlow Lite',
    what: 'A folder with model.tflite and labels.txt, for apps of phones and for small computers.',
    ending: 'zip',
  },
  keras: {
    title: 'Keras 3',
    what: 'One .keras file: layers and weights, to go on in Python.',
    ending: 'keras',
  },
  'keras-h5': {
    title: 'Keras 2 and 3 (HDF5)',
    what: 'One .h5 file, for older programs.',
    ending: 'h5',
  },
};

export const STUDIO_FORMATS: readonly StudioFormat[] = Object.keys(EXPORT_KINDS) as StudioFormat[];

/** The name under which an export is kept or downloaded: `my-project-1-tfjs.zip`. */
export function exportName(run: string, format: StudioFormat): string {
  return `${run}-${format}.${EXPORT_KINDS[format].ending}`;
}

export function isStudioFormat(name: string): name is StudioFormat {
  return Object.hasOwn(EXPORT_KINDS, name);
}
