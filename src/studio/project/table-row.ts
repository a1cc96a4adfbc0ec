/** @file The rows of a table of texts: those of the file in little memory, and those that were edited. */

const [LINE_FEED, CARRIAGE_RETURN] = [0x0a, 0x0d];
/** A mark inside is a letter. */
const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** A text of a table. */
export interface TableRow {
  /** Its characters, with the line break. */
  readonly raw: string;
  /** Without blanks around it. */
  readonly text: string;
  /** SHA-256 of it. */
  readonly hash: string;
  /** Empty where there is none. */
  readonly label: string;
}

/** Where the rows of a file lie: as bytes, which are read when they are asked for. */
export interface RowPool {
  /** The file in UTF-8, without a mark. */
  readonly bytes: Uint8Array;
  /** Where each row ends in it. */
  readonly ends: Float64Array;
  /** Where the first one begins. */
  readonly head: number;
  /** What a row says. */
  readonly textAt: (row: number) => string;
}

/** A row as it is in the file. */
export class RowOfFile implements TableRow {
  readonly hash: string;
  readonly label: string;
  readonly #pool: RowPool;
  readonly #index: number;

  constructor(pool: RowPool, index: number, about: Pick<TableRow, 'hash' | 'label'>) {
    this.#pool = pool;
    this.#index = index;
    this.hash = about.hash;
    this.label = about.label;
  }

  get raw(): string {
    return UTF8.decode(this.#pool.bytes.subarray(this.#start, this.#end));
  }

  get text(): string {
    return this.#pool.textAt(this.#index);
  }

  /** {@link raw} in UTF-8. */
  get byteLength(): number {
    return this.#end - this.#start;
  }

  /** Without a string for each of a hundred thousand rows. @param target - Has room for {@link byteLength}. */
  copyTo(target: Uint8Array, at: number): void {
    target.set(this.#pool.bytes.subarray(this.#start, this.#end), at);
  }

  /** Line breaks in it; in the row itself, and with those of empty lines behind it. */
  get breaks(): { readonly own: number; readonly all: number } {
    const { bytes } = this.#pool;
    const [start, end] = [this.#start, this.#end];
    let bodyEnd = end;
    while (bodyEnd > start && (bytes[bodyEnd - 1] === LINE_FEED || bytes[bodyEnd - 1] === CARRIAGE_RETURN))
      bodyEnd--;
    return { own: countBreaks(bytes, start, bodyEnd), all: countBreaks(bytes, start, end) };
  }

  get #start(): number {
    const { ends, head } = this.#pool;
    return this.#index === 0 ? head : ends[this.#index - 1]!;
  }

  get #end(): number {
    return this.#pool.ends[this.#index]!;
  }
}

/** Line feeds; where there are none, carriage returns. */
function countBreaks(bytes: Uint8Array, start: number, end: number): number {
  return countBytes(bytes, LINE_FEED, start, end) || countBytes(bytes, CARRIAGE_RETURN, start, end);
}

function countBytes(bytes: Uint8Array, byte: number, start: number, end: number): number {
  let count = 0;
  for (let place = start; place < end; place++) if (bytes[place] === byte) count++;
  return count;
}

/** A row whose label was changed: what it says is still that of the other. */
export class RelabeledRow implements TableRow {
  readonly raw: string;
  readonly label: string;
  readonly #from: TableRow;

  constructor(from: TableRow, raw: string, label: string) {
    this.#from = from instanceof RelabeledRow ? from.#from : from;
    this.raw = raw;
    this.label = label;
  }

  get text(): string {
    return this.#from.text;
  }

  get hash(): string {
    return this.#from.hash;
  }
}
