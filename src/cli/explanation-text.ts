/** @file How explanations are printed for people. */

import { visible } from '../core/errors/visible-text.ts';
import type { ExplainReport, Explanation } from '../use-cases/explain-report.ts';
import { percent, short } from './number-text.ts';
import { styled } from './terminal.ts';

/** One example after the other: what the model says, and why. */
export function explanationsText({ explanations }: ExplainReport): string {
  return explanations
    .map((explanation) =>
      'error' in explanation
        ? `${visible(explanation.file)}: error: ${explanation.error}\n`
        : explanationText(explanation),
    )
    .join('\n');
}

function explanationText(explanation: Explanation): string {
  const { file, text, target, heatMap, neighbors, tokens } = explanation;
  const lines = [`${visible(text ?? file)}: ${said(explanation)}`];
  const isOther = !('label' in explanation) || explanation.label !== target;
  if (isOther) lines.push(`  explained: ${visible(target)}`);
  if (tokens !== undefined) lines.push(`  ${wordsText(tokens)}`);
  if (heatMap !== undefined) lines.push(`  heat map: ${visible(heatMap)}`);
  if (neighbors !== undefined && neighbors.length > 0) {
    lines.push('  looks like:');
    for (const { file: near, label, distance } of neighbors) {
      const name = label === undefined ? '' : `${visible(label)}, `;
      lines.push(`    ${visible(near)} (${name}distance ${distance.toFixed(3)})`);
    }
  }
  return `${lines.join('\n')}\n`;
}

function said(explanation: Explanation): string {
  if ('label' in explanation) {
    return `${styled('bold', visible(explanation.label), 'out')} ${percent(explanation.probability)}`;
  }
  if ('labels' in explanation) return explanation.labels.map(visible).join(', ') || 'no label';
  return Object.entries(explanation.values)
    .map(([name, value]) => `${visible(name)} ${short(value)}`)
    .join(', ');
}

/** The words that count most, for and against, with their scores. */
function wordsText(tokens: NonNullable<Explanation['tokens']>): string {
  return tokens
    .toSorted((a, b) => Math.abs(b.score) - Math.abs(a.score))
    .slice(0, 8)
    .map(({ text, score }) => `${visible(text.trim())} ${score < 0 ? '' : '+'}${score.toFixed(2)}`)
    .join(', ');
}
