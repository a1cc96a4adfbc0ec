/** @file What is known of texts that are checked: computed with a frozen network, on any machine. */

import { rowsInMemory } from '../core/inspection/row-source.ts';
import { platform } from '../core/runtime/platform.ts';
import type { TextSample } from '../runs/divide-texts.ts';
import type { TextBackbone } from '../text/encoders/text-backbone.ts';
import { findNearTexts } from '../text/inspection/near-texts.ts';
import { embedTexts } from '../text/modality/embed-texts.ts';
import { repeatedTexts } from '../text/modality/same-texts.ts';
import { assess, type CheckEvidence, type EvidenceOptions, linkedGroups, nearest } from './check-evidence.ts';
import type { CheckedExamples } from './checked-examples.ts';

export interface TextEvidenceOptions extends EvidenceOptions {
  /** Of folds, parts and resampling, any integer. Default 0. */
  readonly seed?: number | undefined;
}

/** Computes texts' features, and what follows from them. @throws The signal's reason. */
export async function textEvidence<E extends CheckedExamples<TextSample>>(
  backbone: TextBackbone,
  examples: E,
  { seed, ...computing }: TextEvidenceOptions,
): Promise<CheckEvidence<E>> {
  const { stages, threads, signal, runtime } = computing;
  const { samples, sets, skipped } = examples;
  const texts = samples.map(({ text }) => text);
  const vectors = await embedTexts(backbone, texts, {
    threads,
    runtime,
    signal,
    onProgress: (done) => stages.update('features', done, texts.length, 'texts'),
  });
  stages.end();
  const features = rowsInMemory(vectors.data, vectors.shape[1]!);
  const neighbors = await nearest(features, computing, 'texts');
  const exact = repeatedTexts(samples);
  const { near, linked } = linkedGroups(samples.length, exact, findNearTexts(texts, neighbors));
  return {
    examples,
    samples,
    sets,
    skipped,
    shown: (file) => file,
    sha256: texts.map((text) => platform.sha256().update(text).hex()),
    exact,
    near,
    neighbors,
    nameGroups: undefined,
    assessment: await assess({ samples, features }, linked, { ...computing, examples, seed }),
    looks: [],
  };
}
