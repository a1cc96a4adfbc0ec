/** @file Weights from files that a program has in memory, whatever their format. */

import { GraftError } from '../errors/graft-error.ts';
import { quoteList } from '../errors/name-list.ts';
import { ForeignFile, unknownFolder } from './foreign-files.ts';
import { describeFile, type WeightFile } from './weight-file.ts';
import {
  type FileHead,
  type ForeignFormat,
  HEAD_BYTES,
  type WeightFormat,
  type WeightSource,
} from './weight-format.ts';
import { FOREIGN_FORMATS, KNOWN_WEIGHTS, WEIGHT_FORMATS } from './weight-formats.ts';
import type { WeightReaders } from './weight-readers.ts';

/** The bytes of a file; or of files by name: one, or a `model.json` of TensorFlow.js and its shards. */
export type WeightFiles = Uint8Array | Readonly<Record<string, Uint8Array>>;

export type AnyFormat = WeightFormat | ForeignFormat;

const FORMATS: readonly AnyFormat[] = [...WEIGHT_FORMATS, ...FOREIGN_FORMATS];

/**
 * Reads weights from memory; see `readWeights`.
 *
 * @param readers - Of the machine.
 * @throws {GraftError} `argument`, if it is none of the formats; `file-not-found`, if a shard is not among the files;
 *   `weights`, if it is damaged.
 */
export async function readWeightFiles(files: WeightFiles, readers: WeightReaders): Promise<WeightFile> {
  const named = files instanceof Uint8Array ? { weights: files } : files;
  const name = mainFile(Object.keys(named));
  const bytes = named[name]!;
  const where = describeFile(name);
  const head = bytes.subarray(0, HEAD_BYTES);
  const ending = endingOf(name);
  const format = detectFormat({
    bytes: head,
    text: new TextDecoder('latin1').decode(head),
    fileBytes: bytes.length,
    ending: ending.toLowerCase(),
  });
  const source: WeightSource = {
    where,
    readers,
    bytes: async () => bytes,
    beside: async (shard) => {
      if (Object.hasOwn(named, shard)) return named[shard]!;
      throw new GraftError('file-not-found', {
        where,
        expected: 'the model and its shards',
        received: `no file "${shard}" among those that are given`,
        advice: 'Give it, too, by the name that the model has for it.',
      });
    },
  };
  return readSource(format, source, { isFolder: false, ending });
}

/** What a file is, by what it begins with, else by its ending. */
export function detectFormat(head: FileHead): AnyFormat | undefined {
  return (
    FORMATS.find(({ detects }) => detects(head)) ??
    FORMATS.find(({ endings }) => endings.includes(head.ending))
  );
}

/** What a folder is. @param holds - Whether it holds a file. */
export function formatOfFolder(holds: (name: string) => boolean): AnyFormat | undefined {
  return FORMATS.find(({ fileInFolder }) => fileInFolder !== undefined && holds(fileInFolder));
}

/** @throws {GraftError} `argument`, if the format is not known, or not read; and what its reader throws. */
export async function readSource(
  format: AnyFormat | undefined,
  source: WeightSource,
  { isFolder, ending }: { readonly isFolder: boolean; readonly ending: string },
): Promise<WeightFile> {
  const { where } = source;
  try {
    if (format === undefined) throw isFolder ? unknownFolder(where) : unknownFile(where, ending);
    if ('refuse' in format) throw format.refuse(where);
    return await format.read(source);
  } catch (error) {
    if (!(error instanceof ForeignFile)) throw error;
    throw new GraftError(error.code, { ...error.parts, expected: KNOWN_WEIGHTS });
  }
}

/** Of several files the one that names the others. */
function mainFile(names: readonly string[]): string {
  const inFolder = FORMATS.flatMap(({ fileInFolder }) => fileInFolder ?? []);
  const documents = names.filter((name) => name.toLowerCase().endsWith('.json'));
  const main =
    names.length === 1 ? names[0] : (inFolder.find((name) => names.includes(name)) ?? documents[0]);
  if (main !== undefined) return main;
  throw new GraftError('argument', {
    where: 'weights',
    expected: 'one file, or a model.json and its shards',
    received: names.length === 0 ? 'none' : quoteList(names),
    advice: 'Read each file of weights by itself.',
  });
}

function endingOf(name: string): string {
  return /\.[^./\\]*$/.exec(name)?.[0] ?? '';
}

function unknownFile(where: string, ending: string): GraftError {
  const endings = FORMATS.filter((format) => 'read' in format || format.id === 'onnx').flatMap(
    (format) => format.endings,
  );
  return new GraftError('argument', {
    where,
    expected: KNOWN_WEIGHTS,
    received: `a file of none of these, "${ending}" at its end`,
    advice: `Files that are known end in ${endings.join(', ')}.`,
  });
}
