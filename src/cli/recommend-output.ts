/** @file What people read of `graft recommend`. */

import { shellWord } from '../core/errors/shell-word.ts';
import { sizeText } from '../core/errors/size-text.ts';
import { visible } from '../core/errors/visible-text.ts';
import type { JudgedBackbone, RecommendReport } from '../use-cases/recommend-report.ts';
import { percent } from './number-text.ts';
import { table } from './table.ts';
import { measureColumns, printOut, say } from './terminal.ts';

/** As many of those that are not here as are told. */
const MAX_ELSEWHERE = 5;

/** A line for each network while they are judged. */
export function sayJudged({ backbone, accuracy }: JudgedBackbone, done: number, total: number): void {
  say(visible(`network ${done}/${total}: ${backbone}, accuracy ${percent(accuracy)}`));
}

export function printRecommendation(report: RecommendReport): void {
  const { backbones, recommended, faster, elsewhere, folds, modality } = report;
  const rows = backbones.map(({ backbone, accuracy, interval, loss, cost, isWorse, ...of }, index) => [
    visible(backbone),
    percent(accuracy),
    `[${interval.map((end) => (100 * end).toFixed(1)).join(', ')}]`,
    loss.toFixed(4),
    index === 0 ? 'most accurate' : isWorse ? 'worse' : 'not significantly different',
    cost.msPerImage === null ? '' : cost.msPerImage.toFixed(1),
    of.sizePx ?? of.maxTokens ?? '',
    sizeText(cost.modelBytes),
  ]);
  const extent = modality === 'text' ? 'tokens' : 'px';
  const columns = ['network', 'accuracy', '95% CI', 'loss', 'compared', `ms/${modality}`, extent, 'model'];
  printOut(`${table(columns, rows, { width: measureColumns('out'), optional: [extent] })}\n`);
  say(`\nOn ${folds} folds of ${backbones[0]!.images.toLocaleString('en')} ${modality}s.`);
  const { sizePx, resize } = report;
  const size = sizePx === null ? '' : ` --size ${sizePx}`;
  const how = resize === null || resize === 'squash' ? '' : ` --resize ${resize}`;
  say(visible(`recommended: graft train ${shellWord(report.data)} --backbone ${recommended}${size}${how}`));
  if (faster !== null) say(visible(`${faster} takes at most half the time, and is not significantly worse.`));
  if (elsewhere.length === 0) return;
  const told = elsewhere.slice(0, MAX_ELSEWHERE).map(({ backbone, weightBytes, top1 }) => {
    const reaches = top1 === null ? '' : `, ${percent(top1)} on ImageNet`;
    return `${backbone} (${sizeText(weightBytes)}${reaches})`;
  });
  const more = elsewhere.length > told.length ? ', and others, see graft backbones' : '';
  say(`not here: ${told.join(', ')}${more}. --weights imagenet downloads one.`);
}
