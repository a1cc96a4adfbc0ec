/**
 * @file Many texts in little memory: their letters as UTF-8, in the file's bytes where they stand there as they are, else side by side,
 * outside of the heap that is collected, and of each no more than where it begins. As objects and strings, they take three times as much.
 */

import type { TextExample } from '../modality/text-example.ts';

/** A text of a pool, which is read out of it when it is asked for. */
export interface PooledText extends TextExample {
  /** Where it comes from, as `place`: what a sample of any kind is called by. */
  readonly file: string;
}

/**
 * Puts texts into one pool. What is no Unicode in them, half of a pair of surrogates, becomes U+FFFD, as tokenizers have it.
 *
 * @param file - What places begin with: `reviews.csv`. Those of another form are kept as they are.
 */
export function poolTexts(examples: readonly TextExample[], file: string): PooledText[] {
  const pool = new TextPool(file);
  return examples.map(({ text, place, ...about }) => {
    const line = Number(place.slice(file.length + LINE.length));
    const index = pool.append(text, line, pool.placeOf(line) === place ? undefined : place);
    return pooledText(pool, index, about);
  });
}

/** A text that was put into a pool, with what is to be learned of it. */
export function pooledText(
  pool: TextPool,
  index: number,
  about: Omit<TextExample, 'text' | 'place'>,
): PooledText {
  const isOfClass = about.target === undefined && about.group === undefined;
  return isOfClass ? new ClassTextInPool(pool, index, about.label) : new TextInPool(pool, index, about);
}

/** Bytes that lie somewhere. */
export interface ByteSource {
  /** @returns Those from `start` up to `end`, good until the next call. */
  read(start: number, end: number): Uint8Array;
}

/** Between the file and the number of its line. */
const LINE = ', line ';

/** So far behind the text before, a text is looked for in the file: other columns may stand between them. */
const SEARCHED_BYTES = 16 * 1024;

const TO_UTF8 = new TextEncoder();
/** A mark inside is a letter. */
const OF_UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

export class TextPool {
  readonly #file: string;
  /** Places that are no lines of the file. */
  readonly #places = new Map<number, string>();
  /** Of the source, as long as it lies in memory. */
  #bytes: Uint8Array;
  #source: ByteSource;
  readonly #sourceLength: number;
  /** In the source: the next text begins there, or behind. */
  #found = 0;
  /** Texts that are not found there, one behind the other. */
  #others = new Uint8Array(0);
  #othersEnd = 0;
  /** Where each text begins: in the source, or behind it in the others. */
  #starts = new Float64Array(1024);
  /** Bytes of each. */
  #lengths = new Uint32Array(1024);
  #lines = new Uint32Array(1024);
  #size = 0;

  /**
   * @param file - What places begin with.
   * @param source - Bytes of a file that many texts stand in as they are, in their order: those are kept there, the others in memory of
   *   their own. The bytes must stay as they are. Default none.
   */
  constructor(file: string, source: Uint8Array = new Uint8Array()) {
    this.#file = file;
    this.#bytes = source;
    this.#source = { read: (start, end) => source.subarray(start, end) };
    this.#sourceLength = source.length;
  }

  /**
   * Takes the file's bytes out of memory, when all of its texts are in the pool, and what room was made for more.
   *
   * @param keep - Puts them elsewhere; undefined where they are to stay.
   */
  moveSource(keep: (bytes: Uint8Array) => ByteSource | undefined): void {
    const moved = keep(this.#bytes);
    if (moved === undefined) return;
    this.#source = moved;
    this.#bytes = new Uint8Array();
    this.#starts = this.#starts.slice(0, this.#size);
    this.#lengths = this.#lengths.slice(0, this.#size);
    this.#lines = this.#lines.slice(0, this.#size);
  }

  /** Puts a text behind the others. @param place - Where it is no line of the file. @returns Its index. */
  append(text: string, line: number, place?: string): number {
    const index = this.#size++;
    if (index === this.#lines.length) {
      const room = Math.max(1024, 2 * index);
      this.#starts = grown(this.#starts, new Float64Array(room));
      this.#lengths = grown(this.#lengths, new Uint32Array(room));
      this.#lines = grown(this.#lines, new Uint32Array(room));
    }
    const bytes = utf8Of(text);
    this.#starts[index] = this.#find(bytes) ?? this.#sourceLength + this.#keep(bytes);
    this.#lengths[index] = bytes.length;
    this.#lines[index] = line;
    if (place !== undefined) this.#places.set(index, place);
    return index;
  }

  isEmptyAt(index: number): boolean {
    return this.#lengths[index] === 0;
  }

  textAt(index: number): string {
    const start = this.#starts[index]!;
    const length = this.#lengths[index]!;
    if (start < this.#sourceLength) return OF_UTF8.decode(this.#source.read(start, start + length));
    const begin = start - this.#sourceLength;
    return OF_UTF8.decode(this.#others.subarray(begin, begin + length));
  }

  placeAt(index: number): string {
    return this.#places.get(index) ?? this.placeOf(this.#lines[index]!);
  }

  placeOf(line: number): string {
    return `${this.#file}${LINE}${line}`;
  }

  /** The same bytes are the same text, wherever they stand. What is quoted otherwise is not there, and takes as much room at least. */
  #find(bytes: Uint8Array): number | undefined {
    if (this.#bytes.length === 0) return undefined;
    const from = this.#found;
    const place = findBytes(this.#bytes, bytes, from, from + SEARCHED_BYTES);
    this.#found = (place ?? from) + bytes.length;
    return place;
  }

  /** @returns Where it begins among the others. */
  #keep(bytes: Uint8Array): number {
    const start = this.#othersEnd;
    this.#othersEnd += bytes.length;
    if (this.#othersEnd > this.#others.length) {
      const room = Math.max(this.#othersEnd, 2 * this.#others.length, 4096);
      this.#others = grown(this.#others, new Uint8Array(room));
    }
    this.#others.set(bytes, start);
    return start;
  }
}

/** Of the text that was asked for last. */
let encoded = new Uint8Array(4096);

/** @returns A view of bytes that the next call overwrites: an array for each text takes longer than what is done with it. */
function utf8Of(text: string): Uint8Array {
  // A letter of UTF-16 is three bytes at most.
  if (3 * text.length > encoded.length) encoded = new Uint8Array(6 * text.length);
  return encoded.subarray(0, TO_UTF8.encodeInto(text, encoded).written);
}

/** How far on a place can be looked for again, by the last byte there: see {@link findBytes}. */
const STEPS = new Uint32Array(256);

/**
 * Where bytes begin in others, at one of the places from `from` to `to`, by Horspool's search.
 *
 * @see https://doi.org/10.1002/spe.4380100608
 */
function findBytes(source: Uint8Array, bytes: Uint8Array, from: number, to: number): number | undefined {
  const last = bytes.length - 1;
  if (last < 0) return from;
  STEPS.fill(bytes.length);
  for (let index = 0; index < last; index++) STEPS[bytes[index]!] = last - index;
  const end = Math.min(to, source.length - bytes.length);
  for (let place = from; place <= end; place += STEPS[source[place + last]!]!) {
    let index = last;
    while (index >= 0 && source[place + index] === bytes[index]) index--;
    if (index < 0) return place;
  }
  return undefined;
}

function grown<T extends Float64Array | Uint32Array | Uint8Array>(from: T, into: T): T {
  into.set(from);
  return into;
}

/** Of classes, which most texts have: two fields less for each. */
class ClassTextInPool implements PooledText {
  readonly pool: TextPool;
  readonly index: number;
  readonly label: number;

  constructor(pool: TextPool, index: number, label: number) {
    this.pool = pool;
    this.index = index;
    this.label = label;
  }

  get text(): string {
    return this.pool.textAt(this.index);
  }

  get place(): string {
    return this.pool.placeAt(this.index);
  }

  get file(): string {
    return this.place;
  }
}

class TextInPool extends ClassTextInPool {
  readonly target: Float32Array | undefined;
  readonly group: string | undefined;

  constructor(pool: TextPool, index: number, { label, target, group }: Omit<TextExample, 'text' | 'place'>) {
    super(pool, index, label);
    this.target = target;
    this.group = group;
  }
}
