/** @file The labeled texts that a page gives, by class or row by row. */

import { GraftError } from '../core/errors/graft-error.ts';
import { compareNaturally } from '../core/examples/sample.ts';
import { composed } from '../core/examples/similar-names.ts';
import { DEFAULT_TEXT_FOLDER, type TextBackboneSource } from './text-folder.ts';

/** A text with its class. */
export interface LabeledText {
  readonly text: string;
  /** The name of its class. */
  readonly label: string;
  /** What belongs together stays on one side of the split: texts of one author, of one conversation. Default: each text is on its own. */
  readonly group?: string | undefined;
  /** What reports call it; the split goes by it. Default: its line in a table of these texts under a header, `line 2` for the first. */
  readonly place?: string | undefined;
}

/** Texts by the names of their classes. */
export type TextsByClass = Readonly<Record<string, Iterable<string>>>;

/** Texts with their classes: `{ refund: ['...'], card: ['...'] }`, or rows `{ text, label }`. */
export type LabeledTexts = TextsByClass | Iterable<LabeledText>;

/** Other texts of a work, and where its network is. */
interface TextSettings {
  readonly validation?: LabeledTexts | undefined;
  readonly test?: LabeledTexts | undefined;
  readonly backbone?: TextBackboneSource | undefined;
}

/** Options of which all can go to a worker. @throws {GraftError} `argument`, if something is no text. */
export function withTextRows<T extends TextSettings>(options: T): T {
  return {
    ...options,
    backbone: options.backbone ?? DEFAULT_TEXT_FOLDER,
    validation: options.validation && textRows('validation texts', options.validation),
    test: options.test && textRows('test texts', options.test),
  };
}

/** The same as rows, which can go to a worker. @throws {GraftError} `argument`, if something is no text. */
export function textRows(what: string, texts: LabeledTexts): LabeledText[] {
  const rows = isRows(texts) ? [...texts] : rowsByClass(texts);
  return rows.map((row, index) => {
    const { text, label, group, place = `line ${index + 2}` } = Object(row) as Partial<LabeledText>;
    if (typeof text !== 'string' || typeof label !== 'string') {
      throw new GraftError('argument', {
        where: `${what}, ${index + 1}`,
        expected: 'a text and the name of its class',
        received: `${typeof text} and ${typeof label}`,
        advice: 'Give texts by class, { refund: ["..."] }, or rows, { text: "...", label: "refund" }.',
      });
    }
    return { text, label, group, place };
  });
}

function isRows(texts: LabeledTexts): texts is Iterable<LabeledText> {
  return Symbol.iterator in Object(texts);
}

/** Called as in a folder of class folders with the texts `1.txt`, `2.txt`. */
function rowsByClass(texts: TextsByClass): LabeledText[] {
  return Object.keys(Object(texts))
    .sort((a, b) => compareNaturally(composed(a), composed(b)))
    .flatMap((label) =>
      [...texts[label]!].map((text, index) => ({ text, label, place: `${label}/${index + 1}.txt` })),
    );
}
