/** @file The table of a model's layers, as Keras 3 prints it with rich. */

import { visible } from '../errors/visible-text.ts';
import { computeSize } from '../tensor/tensor.ts';
import type { Layer, SymbolicTensor } from './layer.ts';
import type { LayerShape } from './layer-shape.ts';

export interface SummaryOptions {
  /** Width of a line. Default, as in Keras on a wide terminal: 88, or 108 for a model that branches. */
  readonly width?: number;
}

/** What a summary needs to know of a model. */
export interface SummarisedModel {
  readonly name: string;
  readonly inputs: readonly SymbolicTensor[];
  readonly layers: readonly Layer[];
  readonly tensors: readonly SymbolicTensor[];
  countParams(): { readonly total: number; readonly trainable: number; readonly nonTrainable: number };
}

interface Column {
  readonly title: string;
  /** Where the column ends, as a part of the line. */
  readonly end: number;
  readonly right?: boolean;
}

const COLUMNS: readonly Column[] = [
  { title: 'Layer (type)', end: 0.45 },
  { title: 'Output Shape', end: 0.8 },
  { title: 'Param #', end: 1, right: true },
];

const COLUMNS_WITH_CONNECTIONS: readonly Column[] = [
  { title: 'Layer (type)', end: 0.3 },
  { title: 'Output Shape', end: 0.56 },
  { title: 'Param #', end: 0.74, right: true },
  { title: 'Connected to', end: 1 },
];

/** The summary of a model; every line ends with a newline. */
export function summarize(model: SummarisedModel, options: SummaryOptions = {}): string {
  const chain = isChain(model);
  const columns = chain ? COLUMNS : COLUMNS_WITH_CONNECTIONS;
  const widths = columnWidths(columns, options.width ?? (chain ? 88 : 108));
  const rows = model.layers.map((layer) => {
    const own = model.tensors.filter((tensor) => tensor.layer === layer);
    const cells = [
      visible(`${layer.name} (${layer.className})`),
      showShape(own[0]!.shape),
      grouped(countOf(layer)),
    ];
    return chain ? cells : [...cells, connections(own)];
  });
  const line = (left: string, fill: string, middle: string, right: string): string =>
    left + widths.map((width) => fill.repeat(width + 2)).join(middle) + right;
  const { total, trainable, nonTrainable } = model.countParams();
  const count = (title: string, numbers: number): string =>
    ` ${title}: ${grouped(numbers)} (${readableBytes(numbers * Float32Array.BYTES_PER_ELEMENT)})`;
  const titles = columns.map((column) => column.title);
  return [
    `Model: "${visible(model.name)}"`,
    line('┏', '━', '┳', '┓'),
    ...cellLines(titles, columns, widths, '┃'),
    line('┡', '━', '╇', '┩'),
    ...rows.flatMap((cells, index) => [
      ...(index > 0 ? [line('├', '─', '┼', '┤')] : []),
      ...cellLines(cells, columns, widths, '│'),
    ]),
    line('└', '─', '┴', '┘'),
    count('Total params', total),
    count('Trainable params', trainable),
    count('Non-trainable params', nonTrainable),
    '',
  ].join('\n');
}

/** Whether every layer but the first follows one layer, alone at its depth. Keras leaves out the connections then. */
function isChain(model: SummarisedModel): boolean {
  if (model.tensors.length !== model.layers.length) return false;
  return model.tensors.every((tensor, index) => {
    const { inputs } = tensor;
    const previous = model.tensors[index - 1];
    return previous === undefined
      ? inputs.length <= 1
      : inputs.length === 1 && (inputs[0] === previous || model.inputs.includes(tensor));
  });
}

/** Keras gives columns a fixed width each; rich then takes what borders and padding need, evenly. */
function columnWidths(columns: readonly Column[], lineWidth: number): number[] {
  let taken = 0;
  const outer = columns.map(({ end }) => {
    const width = Math.trunc(end * lineWidth) - taken;
    taken += width;
    return width + 2;
  });
  const total = outer.reduce((sum, width) => sum + width, 0);
  let excess = total - (lineWidth - columns.length - 1);
  return outer.map((width, index) => {
    const fraction = roundHalfToEven(excess / (columns.length - index));
    excess -= fraction;
    return width - fraction - 2;
  });
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

function cellLines(
  cells: readonly string[],
  columns: readonly Column[],
  widths: readonly number[],
  border: string,
): string[] {
  const wrapped = cells.map((cell, index) => wrap(cell, widths[index]!));
  const height = Math.max(...wrapped.map((lines) => lines.length));
  return Array.from({ length: height }, (_, row) => {
    const parts = wrapped.map((lines, index) => {
      const text = lines[row] ?? '';
      const width = widths[index]!;
      return ` ${columns[index]!.right ? text.padStart(width) : text.padEnd(width)} `;
    });
    return `${border}${parts.join(border)}${border}`;
  });
}

/** Breaks between words; a word that is too long is cut, with an ellipsis. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= width || line === '') line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  lines.push(line);
  return lines.map((part) => (part.length > width ? `${part.slice(0, width - 1)}…` : part));
}

/** What every application of a layer was applied to, with the number of the application that it came from. */
function connections(applications: readonly SymbolicTensor[]): string {
  const names = applications.flatMap(({ inputs }) =>
    inputs.map((source) => `${source.layer.name}[${source.layer.applications.indexOf(source)}][0]`),
  );
  return names.length > 0 ? visible(names.join(', ')) : '-';
}

function showShape(shape: LayerShape): string {
  return `(${shape.map((size) => size ?? 'None').join(', ')})`;
}

function countOf(layer: Layer): number {
  return layer.weights.reduce((sum, weight) => sum + computeSize(weight.spec.shape), 0);
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** Powers of 1024, two decimals, a tie to the even one: Python's rule. */
function readableBytes(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
  let size = bytes;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${(roundHalfToEven(size * 100) / 100).toFixed(2)} ${units[unit]}`;
}
