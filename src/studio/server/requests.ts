/** @file What a page may ask, and how a request must look: whatever does not is refused before it does anything. */

import * as z from 'zod';
import { EXPORT_FORMATS } from '../../node/export/export-model-file.ts';
import { FINDING_KINDS } from '../engine/check-state.ts';
import type { FolderStudio } from './folder-studio.ts';
import { MAX_NOTE_CHARACTERS } from './run-notes.ts';

const name = z.string().max(300);
const run = z.string().min(1).max(300);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const ids = z.array(z.int().positive()).max(2_000_000);
const choice = z.record(z.string().max(40), z.string().max(500));
const query = z.strictObject({
  className: name.optional(),
  bin: z.boolean().optional(),
  search: z.string().max(200).optional(),
  part: z.enum(['train', 'validation', 'test']).optional(),
  found: z.enum(FINDING_KINDS).optional(),
  compared: z
    .strictObject({ first: run, second: run, show: z.enum(['differ', 'first', 'second']) })
    .optional(),
  judged: z
    .strictObject({
      run,
      show: z.enum(['wrong', 'unsure', 'unknown', 'cell']),
      truth: name.optional(),
      predicted: name.optional(),
      heldOut: z.boolean().optional(),
    })
    .optional(),
});

/** A question: the schema of its body, and what it asks. */
interface Question<Body> {
  readonly body: z.ZodType<Body>;
  ask(studio: FolderStudio, body: Body): Promise<unknown>;
}

/** By the last part of their address: `POST /api/NAME`. */
export const QUESTIONS: ReadonlyMap<string, Question<never>> = new Map(
  Object.entries({
    images: question(
      z.strictObject({ query, from: z.int().nonnegative(), count: z.int().positive() }),
      (studio, body) => studio.images(body.query, body.from, body.count),
    ),
    ids: question(z.strictObject({ query }), (studio, body) => studio.ids(body.query)),
    'make-class': question(z.strictObject({ className: name }), (studio, { className }) =>
      studio.makeClass(className),
    ),
    'rename-class': question(z.strictObject({ className: name, to: name }), (studio, { className, to }) =>
      studio.renameClass(className, to),
    ),
    'bin-class': question(z.strictObject({ className: name }), (studio, { className }) =>
      studio.binClass(className),
    ),
    relabel: question(z.strictObject({ ids, className: name }), (studio, body) =>
      studio.relabel(body.ids, body.className),
    ),
    'accept-labels': question(z.strictObject({ ids }), (studio, body) => studio.acceptLabels(body.ids)),
    bin: question(z.strictObject({ ids }), (studio, body) => studio.bin(body.ids)),
    restore: question(z.strictObject({ ids }), (studio, body) => studio.restore(body.ids)),
    undo: question(z.strictObject({}), (studio) => studio.undo()),
    redo: question(z.strictObject({}), (studio) => studio.redo()),
    rescan: question(z.strictObject({}), (studio) => studio.rescan()),
    form: question(z.strictObject({}), (studio) => studio.form()),
    preflight: question(z.strictObject({ choice }), (studio, body) => studio.preflight(body.choice)),
    train: question(z.strictObject({ choice }), (studio, body) => studio.train(body.choice)),
    resume: question(z.strictObject({ run }), (studio, body) => studio.resume(body.run)),
    stop: question(z.strictObject({ run }), (studio, body) => studio.stop(body.run)),
    check: question(z.strictObject({}), async (studio) => studio.check.start()),
    'stop-check': question(z.strictObject({}), async (studio) => studio.check.stop()),
    history: question(z.strictObject({ run }), ({ insights }, body) => insights.history(body.run)),
    judge: question(z.strictObject({ run }), ({ insights }, body) => insights.judge(body.run)),
    results: question(z.strictObject({ run }), ({ insights }, body) => insights.results(body.run)),
    explain: question(z.strictObject({ run, hash, className: name.optional() }), ({ insights }, body) =>
      insights.explain(body.run, body.hash, body.className),
    ),
    neighbors: question(z.strictObject({ run, hash }), ({ insights }, body) =>
      insights.neighbors(body.run, body.hash),
    ),
    confidence: question(z.strictObject({ run }), ({ insights }, body) => insights.confidence(body.run)),
    thresholds: question(z.strictObject({ run, className: name }), ({ insights }, body) =>
      insights.thresholds(body.run, body.className),
    ),
    compare: question(z.strictObject({ first: run, second: run }), ({ insights }, body) =>
      insights.compare(body.first, body.second),
    ),
    'set-note': question(z.strictObject({ run, note: z.string().max(MAX_NOTE_CHARACTERS) }), (studio, body) =>
      studio.setNote(body.run, body.note),
    ),
    export: question(z.strictObject({ run, format: z.enum(EXPORT_FORMATS) }), (studio, body) =>
      studio.export(body.run, body.format),
    ),
  }) as never,
);

function question<Body>(
  body: z.ZodType<Body>,
  ask: (studio: FolderStudio, body: Body) => Promise<unknown>,
): Question<Body> {
  return { body, ask };
}
