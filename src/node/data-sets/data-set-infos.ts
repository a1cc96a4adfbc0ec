/** @file The data sets that can be asked for by name, as data. */

import { closest } from 'fastest-levenshtein';
import { GraftError } from '../../core/errors/graft-error.ts';

/** One zip file of a data set. */
export interface DataSetArchive {
  readonly url: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Folder in the archive -> folder in the data set. Other files of the archive are left out. */
  readonly folders: Readonly<Record<string, string>>;
}

export interface DataSetInfo {
  /** By this name it is asked for. */
  readonly name: string;
  readonly title: string;
  readonly classes: readonly string[];
  /** Images in all. */
  readonly images: number;
  /** The official parts; none where the set has no official split. */
  readonly parts: readonly string[];
  readonly archives: readonly DataSetArchive[];
  readonly license: string;
  readonly source: string;
  /** What one should know before training on it, a sentence. */
  readonly remark: string;
}

/** The addresses, sizes and hashes are those of the public list of TensorFlow Datasets. */
export const dataSetInfos: readonly DataSetInfo[] = [
  {
    name: 'horses-or-humans',
    title: 'Rendered horses and humans in many poses and places, 300 x 300',
    classes: ['horses', 'humans'],
    images: 1283,
    parts: ['train', 'val'],
    archives: [
      {
        url: 'https://storage.googleapis.com/download.tensorflow.org/data/horse-or-human.zip',
        bytes: 149_574_867,
        sha256: 'e2e6f70d3d549c5dd10a57165e55af253ee66ad750403f95c0fb76bb943633a9',
        folders: { horses: 'train/horses', humans: 'train/humans' },
      },
      {
        url: 'https://storage.googleapis.com/download.tensorflow.org/data/validation-horse-or-human.zip',
        bytes: 11_480_187,
        sha256: 'ae5fff2f4f5554791f05358108e2e05d9801b191f1896ea101402f0e7f6c32c0',
        folders: { horses: 'val/horses', humans: 'val/humans' },
      },
    ],
    license: 'CC BY 2.0, Laurence Moroney',
    source: 'https://laurencemoroney.com/datasets.html',
    remark: 'Many views of few horses and people: a split of one part should keep each one on one side.',
  },
  {
    name: 'cats-vs-dogs',
    title: 'Photographs of cats and dogs, of all sizes',
    classes: ['cats', 'dogs'],
    images: 25_000,
    parts: [],
    archives: [
      {
        url: 'https://download.microsoft.com/download/3/E/1/3E1C3F21-ECDB-4869-8368-6DEBA77B919F/kagglecatsanddogs_3367a.zip',
        bytes: 824_894_548,
        sha256: 'f9553e426bd725354ed3a27e3c6920caadb55c835d1ebd880d2e56d3f1fbb22b',
        folders: { 'PetImages/Cat': 'cats', 'PetImages/Dog': 'dogs' },
      },
    ],
    license: 'for research, Microsoft and Petfinder; not to be passed on',
    source: 'https://www.microsoft.com/en-us/download/details.aspx?id=54765',
    remark: 'Some of the files are no images: training leaves them out.',
  },
];

/** The data set of that name. @throws {GraftError} `argument`, if there is none, with the nearest name. */
export function findDataSet(name: string): DataSetInfo {
  const dataSet = dataSetInfos.find((candidate) => candidate.name === name);
  if (dataSet !== undefined) return dataSet;
  const names = dataSetInfos.map((candidate) => candidate.name);
  throw new GraftError('argument', {
    where: 'data set',
    expected: `a name among ${names.map((known) => `"${known}"`).join(', ')}`,
    received: `"${name}"`,
    advice: `Did you mean "${closest(name, names)}"?`,
  });
}
