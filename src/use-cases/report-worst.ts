/** @file The examples that a model is most wrong about, and why: heat maps of images, words of texts. */

import type { ModelFile } from '../artifacts/decode-model-file.ts';
import { ActivationMaps } from '../artifacts/explain/activation-maps.ts';
import { scaleHeatMap } from '../artifacts/explain/heat-map.ts';
import type { TokenAttribution } from '../artifacts/explain/token-attributions.ts';
import { imageFormOf } from '../artifacts/image-form.ts';
import { isTextInfo, type ModelInfo } from '../artifacts/model-info.ts';
import { predictedIndex } from '../artifacts/prediction.ts';
import type { TextClassifier } from '../artifacts/text-classifier.ts';
import { GraftError } from '../core/errors/graft-error.ts';
import { visible } from '../core/errors/visible-text.ts';
import type { Sample } from '../core/examples/sample.ts';
import { inTurns } from '../core/runtime/in-turns.ts';
import { StageEvents } from '../events/stage-events.ts';
import { heatMapThumbnail, thumbnail } from '../node/images/heat-map-file.ts';
import { decodeImage } from '../node/images/image-decoder.ts';
import type { TextSample } from '../node/training/text-sets.ts';
import type { MeasuredExamples, ReportedInfo, WorstExample } from '../report/report-data.ts';
import type { ModelInUse } from './open-model.ts';
import type { ReportedRow } from './report-rows.ts';
import type { EventListener } from './run-event.ts';
import { dataUri, fileName, shortText } from './shown-examples.ts';
import { isExplainable, worstOf } from './worst-examples.ts';

/** Sides of what is shown. */
const WORST_PX = 192;

export async function findWorst(
  model: ModelInUse,
  info: ReportedInfo,
  rows: readonly ReportedRow[],
  emit: EventListener,
  signal: AbortSignal | undefined,
): Promise<Pick<MeasuredExamples, 'worst' | 'unexplained'>> {
  const worst = worstOf(rows);
  const stages = new StageEvents(emit);
  const isOfTexts = isTextInfo(model.info);
  const unit = isOfTexts ? 'texts' : 'images';
  let unexplained: string | undefined;
  let maps: ActivationMaps | undefined;
  if (!isOfTexts) {
    try {
      maps = await ActivationMaps.of((await model.file()) as ModelFile);
    } catch (error) {
      if (!(error instanceof GraftError) || error.code !== 'gradient') throw error;
      unexplained = `There are no heat maps: ${error.message}`;
    }
  }
  try {
    const examples = new Array<WorstExample | undefined>(worst.length);
    let done = 0;
    // Images are decoded and encoded by other threads, several at once.
    await inTurns(0, worst.length, signal, async (place) => {
      const row = worst[place]!;
      const { sample, outputs, loss, said } = row;
      const index = predictedIndex(info, said, outputs);
      const facts = { ...verdict(info, sample, outputs, said), loss };
      if (isOfTexts) {
        const known = knownText(row, index);
        examples[place] = { ...facts, ...(known ?? (await worstText(model, sample, index, signal))) };
        if (known !== undefined) return;
      } else {
        const photo = await worstPhotos(model.info as ModelInfo, sample, maps, index);
        if (photo !== undefined) examples[place] = { ...facts, ...photo };
      }
      stages.update('explanations', ++done, worst.length, unit);
    });
    stages.end();
    return { worst: examples.filter((example) => example !== undefined), unexplained };
  } finally {
    await maps?.dispose();
  }
}

/** What the training has worked out of a text, or need not be. Undefined, if the model has to be asked. */
function knownText(
  { sample, explanation }: ReportedRow,
  index: number,
): Pick<WorstExample, 'text' | 'tokens'> | undefined {
  const { text } = sample as TextSample;
  if (!isExplainable({ text })) return { text: shortText(text) };
  if (explanation?.index !== index || explanation.ends.at(-1) !== text.length) return undefined;
  const { ends, scores } = explanation;
  const tokens = ends.map(
    (end, piece): TokenAttribution => ({
      text: text.slice(ends[piece - 1] ?? 0, end),
      score: scores[piece]!,
    }),
  );
  return { text: shortText(text), tokens };
}

async function worstText(
  model: ModelInUse,
  sample: Sample,
  index: number,
  signal: AbortSignal | undefined,
): Promise<Pick<WorstExample, 'text' | 'tokens'>> {
  const { text } = sample as TextSample;
  const { tokenAttributions } = await import('./text-work.ts');
  const classifier = (await model.open()) as TextClassifier;
  return { text: shortText(text), tokens: await tokenAttributions(classifier, text, index, { signal }) };
}

async function worstPhotos(
  info: ModelInfo,
  sample: Sample,
  maps: ActivationMaps | undefined,
  index: number,
): Promise<Pick<WorstExample, 'photo' | 'heatMap'> | undefined> {
  const source = sample.content ?? sample.file;
  const name = fileName(sample);
  const form = imageFormOf(info);
  const { resize } = form;
  try {
    const photo = {
      src: dataUri(await thumbnail(source, WORST_PX, resize)),
      alt: name,
      caption: visible(name),
    };
    if (maps === undefined) return { photo };
    const pixels = await decodeImage(source, form);
    const map = scaleHeatMap(await maps.explain(pixels, [index]));
    const heatMap = dataUri(await heatMapThumbnail(source, map, { sidePx: WORST_PX, resize }));
    return { photo, heatMap: { src: heatMap, alt: `what speaks for ${info.classNames[index]} in ${name}` } };
  } catch (error) {
    if (error instanceof GraftError && error.code === 'image') return undefined;
    throw error;
  }
}

/** What an example is of, and what the model says. */
function verdict(
  { classNames }: ReportedInfo,
  { label, target }: Sample,
  outputs: Float32Array,
  said: ReportedRow['said'],
): Pick<WorstExample, 'truth' | 'predicted' | 'isRight'> {
  if ('label' in said) {
    const isRight = said.label === classNames[label];
    const percent = `${(said.probability * 100).toFixed(1)}%`;
    return { truth: classNames[label]!, predicted: `${said.label} ${percent}`, isRight };
  }
  if ('values' in said) {
    const told = (values: ArrayLike<number>): string =>
      classNames.map((name, index) => `${name} ${Number(values[index]!.toPrecision(4))}`).join(', ');
    return { truth: told(target!), predicted: told(outputs), isRight: false };
  }
  const told = (labels: readonly string[]): string => labels.join(', ') || 'none';
  const truth = told(classNames.filter((_, index) => target![index] === 1));
  const predicted = told(said.labels);
  return { truth, predicted, isRight: truth === predicted };
}
