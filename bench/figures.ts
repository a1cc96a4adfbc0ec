/** @file From many times to the few figures that are printed: medians, their spread, ratios of neighbors. */

/** The middle value; of an even number of values, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The mean of repeated measurements, and its standard error. */
export function meanOf(values: readonly number[]): { readonly mean: number; readonly error: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, error: Math.sqrt(squares / (values.length - 1) / values.length) };
}

/** What is told of a contender: each round's median, put together. */
export interface Figures {
  /** Median over the rounds. */
  readonly medianMs: number;
  /** The fastest and the slowest round: how noisy the machine was. */
  readonly fastestMs: number;
  readonly slowestMs: number;
}

export function figuresOf(rounds: readonly number[]): Figures {
  return { medianMs: median(rounds), fastestMs: Math.min(...rounds), slowestMs: Math.max(...rounds) };
}

/** How many times as long a peer takes, round by round, so that what slows a whole round cancels out. */
export interface Ratio {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export function ratioOf(peer: readonly number[], ours: readonly number[]): Ratio {
  const ratios = peer.map((time, round) => time / ours[round]!);
  return { median: median(ratios), least: Math.min(...ratios), most: Math.max(...ratios) };
}

/** `9.3 (9.1 to 10.2)`. */
export function showFigures({ medianMs, fastestMs, slowestMs }: Figures): string {
  return `${digits(medianMs)} (${digits(fastestMs)} to ${digits(slowestMs)})`;
}

/** `3.6 x (3.4 to 3.9)`. */
export function showRatio(ratio: Ratio | undefined): string {
  if (ratio === undefined) return '';
  return `${ratio.median.toFixed(2)} x (${ratio.least.toFixed(2)} to ${ratio.most.toFixed(2)})`;
}

export function showMegabytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)}`;
}

/** A table in Markdown, the first columns to the left and numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], left = 2): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i < left ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`;
  const rule = widths.map((width, i) => (i < left ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [line(head), line(rule), ...rows.map(line)].join('\n');
}

function digits(ms: number): string {
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(1);
}
