/** @file What the model says, as bars: one for each name, and one for "none of these". */

import type { About, Answer } from './messages.ts';

/** Draws the bars, and changes them with every answer. */
export class Bars {
  readonly #about: About;
  readonly #rows: readonly Row[];
  readonly #none: Row | undefined;

  constructor(list: HTMLElement, about: About) {
    this.#about = about;
    this.#rows = about.names.map((name) => addRow(list, name, about.isProbability));
    this.#none = about.knowsUnknown ? addRow(list, 'none of these', false) : undefined;
    this.#none?.item.classList.add('none');
  }

  show({ values, chosen, unknown }: Answer): void {
    this.#rows.forEach((row, index) => {
      const value = values[index]!;
      row.value.textContent = this.#about.isProbability ? percent(value) : shown(value);
      if (row.bar !== undefined) row.bar.value = value;
      const isChosen = !unknown && chosen.includes(this.#about.names[index]!);
      row.item.classList.toggle('chosen', isChosen);
    });
    if (this.#none === undefined) return;
    this.#none.value.textContent = unknown ? 'yes' : 'no';
    this.#none.item.classList.toggle('chosen', unknown);
  }
}

/**
 * The answer in words, for whoever does not see the bars.
 *
 * @param isLive - Of a webcam: without numbers, which change with every frame.
 */
export function inWords(
  { names, isProbability }: About,
  { values, chosen, unknown }: Answer,
  isLive: boolean,
): string {
  if (unknown) return 'None of these.';
  if (!isProbability) {
    return isLive ? '' : names.map((name, index) => `${name}: ${shown(values[index]!)}`).join(', ');
  }
  if (chosen.length === 0) return 'No label.';
  const words = chosen.map((name) => (isLive ? name : `${name}, ${percent(values[names.indexOf(name)]!)}`));
  return words.join('; ');
}

interface Row {
  readonly item: HTMLElement;
  readonly bar: HTMLProgressElement | undefined;
  readonly value: HTMLElement;
}

function addRow(list: HTMLElement, name: string, hasBar: boolean): Row {
  const item = document.createElement('li');
  const label = document.createElement('span');
  label.className = 'name';
  label.textContent = name;
  const value = document.createElement('span');
  value.className = 'value';
  value.textContent = '–';
  item.append(label);
  const bar = hasBar ? document.createElement('progress') : undefined;
  if (bar !== undefined) {
    bar.value = 0;
    bar.max = 1;
    bar.setAttribute('aria-label', name);
    item.append(bar);
  }
  item.append(value);
  list.append(item);
  return { item, bar, value };
}

function percent(probability: number): string {
  return `${(100 * probability).toFixed(probability > 0.9995 || probability < 0.0005 ? 0 : 1)}%`;
}

function shown(value: number): string {
  return String(Number(value.toPrecision(4)));
}
