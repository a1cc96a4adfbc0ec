/** @file Which words of the held-out texts that a model is most wrong about decide: worked out at the end of its training. */

import { fallsOf, leaveOutWords } from '../artifacts/explain/token-attributions.ts';
import { predictedIndex } from '../artifacts/prediction.ts';
import { evenPlaces } from '../core/evaluation/evenly.ts';
import { MAX_REPORTED } from '../node/artifacts/held-out-record.ts';
import type { TextSample, TextSets } from '../node/training/text-sets.ts';
import { taskNamed } from '../recipe/task.ts';
import type { ExplainOutputs } from '../runs/classifier-options.ts';
import type { HeldOutExplanation } from '../runs/confidence/confidence.ts';
import { isExplainable, lossOf, worstOf } from './worst-examples.ts';

/**
 * Explains what a run's report shows. A second training on the same texts knows the features of texts without a word as it knows the texts'.
 *
 * @param onProgress - Texts of all that are looked at.
 */
export function explainWorstTexts(
  sets: TextSets,
  onProgress: (done: number, total: number) => void,
): ExplainOutputs {
  const { task, classNames } = sets;
  const width = classNames.length;
  return async ({ set, values, thresholds }, outputsOf) => {
    const samples: readonly TextSample[] = sets[set] ?? [];
    if (values.length !== samples.length * width) return [];
    const outputsAt = (example: number): Float32Array =>
      values.subarray(example * width, (example + 1) * width);
    const shown = evenPlaces(samples.length, MAX_REPORTED).map((example) => ({
      example,
      loss: lossOf(task, samples[example]!, outputsAt(example)),
    }));
    const worst = worstOf(shown)
      .map(({ example }) => ({ example, outputs: outputsAt(example), text: samples[example]!.text }))
      .filter(isExplainable);
    const asked = worst.map(({ text }) => leaveOutWords(text));
    const texts = asked.flatMap((each) => each.texts);
    const outputs = await outputsOf(
      texts.map((text, label) => ({ text, label, place: `text ${label + 1}` })),
      (done) => onProgress(done, texts.length),
    );
    let row = 0;
    return worst.map(({ example, outputs: own }, place): HeldOutExplanation => {
      const { parts, texts: of } = asked[place]!;
      const said = taskNamed(task).predict(own, { names: classNames, thresholds });
      const index = predictedIndex({ classNames }, said, own);
      const given = outputs.subarray(row * width, (row + of.length) * width);
      row += of.length;
      let end = 0;
      return {
        example,
        index,
        ends: parts.map((part) => {
          end += part.length;
          return end;
        }),
        scores: fallsOf(given, of.length, index, task),
      };
    });
  };
}
