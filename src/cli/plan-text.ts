/** @file What people hear of the network, and of what a run will do, before the long work. */

import { sizeText } from '../core/errors/size-text.ts';
import { visible } from '../core/errors/visible-text.ts';
import type { ModelEvent } from '../events/training-event.ts';
import type { ModalityName } from '../node/training/image-sets.ts';
import { formatHead } from '../recipe/head-spec.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { PlanEvent, SweepPlanEvent } from '../use-cases/run-event.ts';
import { sayNote } from './data-text.ts';
import { count, duration, formatCount } from './number-text.ts';
import { say } from './terminal.ts';

/** Below the first word. */
const INDENT = 6;
const MARGIN = ' '.repeat(INDENT);

/** The network, the scaling of pixels where its pretrained config does not say it, and what is trained. */
export function sayModel({ recipe, parameters, preprocessing }: ModelEvent): void {
  say(
    visible(
      `head: ${formatHead(recipe.head)} on ${recipe.backbone} (${trainedText(recipe)}), cut at ${recipe.cut}, ${inputText(recipe)}`,
    ),
    INDENT,
  );
  sayPreprocessing(preprocessing);
  say(`${MARGIN}trainable parameters: ${count(parameters.trainable)} of ${count(parameters.total)}`, INDENT);
}

/** What is computed and trained, what that needs, and what is wasteful. */
export function sayPlan(
  { features, seconds, phases, memoryBytes, diskBytes, warnings }: PlanEvent,
  noun: ModalityName = 'image',
): void {
  const missing = features.total - features.cached;
  const epochs = phases.reduce((sum, phase) => sum + phase.epochs, 0);
  const cached = features.cached === 0 ? '' : `, ${count(features.cached)} cached`;
  const work =
    missing === 0
      ? `features of all ${formatCount(features.total, noun)} are cached`
      : `extract features for ${formatCount(missing, noun)} (about ${duration(seconds.features)}${cached})`;
  const training = `train up to ${formatCount(epochs, 'epoch')} (at most ${duration(seconds.training)})`;
  say(`plan: ${work}`, INDENT);
  say(`${MARGIN}${training}`, INDENT);
  const disk = diskBytes.cache + diskBytes.model + diskBytes.checkpoints;
  say(`${MARGIN}about ${sizeText(memoryBytes.total)} of memory, at most ${sizeText(disk)} of disk`, INDENT);
  for (const { text } of warnings) sayNote(text);
}

/** What is tried, and what all combinations share. */
export function saySweepPlan({
  recipe,
  preprocessing,
  varied,
  combinations,
  boundaries,
}: SweepPlanEvent): void {
  const fixed = [
    ...(varied.includes('head') ? [] : [`head ${formatHead(recipe.head)}`]),
    `${recipe.backbone} (frozen)`,
    ...(varied.includes('cut') ? [] : [`cut at ${recipe.cut}`]),
    inputText(recipe),
    ...(varied.includes('optimizer') ? [] : [recipe.optimizer]),
    ...(varied.includes('learningRate') ? [] : [`learning rate ${recipe.learningRate}`]),
  ];
  say(visible(`base: ${fixed.join(', ')}`), INDENT);
  sayPreprocessing(preprocessing);
  say(
    `plan: ${formatCount(combinations, 'combination')} on features at ${formatCount(boundaries, 'layer')} of the network`,
    INDENT,
  );
}

/** What of the network is trained. */
function trainedText({ unfreeze, lora = null, loraFrom = null }: Recipe): string {
  if (lora !== null) {
    return `adapters of rank ${lora}${loraFrom === null ? '' : ` from ${loraFrom} on`}`;
  }
  return unfreeze === null ? 'frozen' : `trained from ${unfreeze} on`;
}

/** What the network sees of an example. */
function inputText({ sizePx, resize = 'squash', maxTokens, ngrams }: Recipe): string {
  if (sizePx !== undefined) return `${sizePx} px${resize === 'squash' ? '' : `, ${resize}`}`;
  const beside = ngrams === null || ngrams === undefined ? '' : `, n-grams up to ${ngrams}`;
  return `${formatCount(maxTokens ?? 0, 'token')}${beside}`;
}

function sayPreprocessing(text: string | undefined): void {
  if (text !== undefined) say(`${MARGIN}pixels: ${visible(text)}`, INDENT);
}
