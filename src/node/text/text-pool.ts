/**
 * @file Many texts in little memory: their letters as UTF-8, in the file's bytes where they stand there as they are, else side by side,
 * outside of the heap that is collected, and of each no more than where it begins. As objects and strings, they take three times as much.
 */

import type { TextExample } from '../../text/modality/text-example.ts';

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

/** Between the file and the number of its line. */
const LINE = ', line ';

/** So far behind the text before, a text is looked for in the file: other columns may stand between them. */
const SEARCHED_BYTES = 16 * 1024;

export class TextPool {
  readonly #file: string;
  /** Places that are no lines of the file. */
  readonly #places = new Map<number, string>();
  readonly #source: Buffer;
  /** In the source: the next text begins there, or behind. */
  #found = 0;
  /** Texts that are not found there, one behind the other. */
  #others: Buffer = Buffer.alloc(0);
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
    this.#source = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
  }

  /** Puts a text behind the others. @param place - Where it is no line of the file. @returns Its index. */
  append(text: string, line: number, place?: string): number {
    const index = this.#size++;
    if (index === this.#lines.length) {
      this.#starts = grown(this.#starts, new Float64Array(2 * index));
      this.#lengths = grown(this.#lengths, new Uint32Array(2 * index));
      this.#lines = grown(this.#lines, new Uint32Array(2 * index));
    }
    const bytes = Buffer.from(text);
    this.#starts[index] = this.#find(bytes) ?? this.#source.length + this.#keep(bytes);
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
    const isInSource = start < this.#source.length;
    const begin = isInSource ? start : start - this.#source.length;
    const end = begin + this.#lengths[index]!;
    return (isInSource ? this.#source : this.#others).toString('utf8', begin, end);
  }

  placeAt(index: number): string {
    return this.#places.get(index) ?? this.placeOf(this.#lines[index]!);
  }

  placeOf(line: number): string {
    return `${this.#file}${LINE}${line}`;
  }

  /** The same bytes are the same text, wherever they stand. What is quoted otherwise is not there, and takes as much room at least. */
  #find(bytes: Buffer): number | undefined {
    if (this.#source.length === 0) return undefined;
    const from = this.#found;
    const place = this.#source.subarray(from, from + bytes.length + SEARCHED_BYTES).indexOf(bytes);
    this.#found = from + Math.max(place, 0) + bytes.length;
    return place < 0 ? undefined : from + place;
  }

  /** @returns Where it begins among the others. */
  #keep(bytes: Buffer): number {
    const start = this.#othersEnd;
    this.#othersEnd += bytes.length;
    if (this.#othersEnd > this.#others.length) {
      const room = Math.max(this.#othersEnd, 2 * this.#others.length, 4096);
      this.#others = grown(this.#others, Buffer.allocUnsafeSlow(room));
    }
    this.#others.set(bytes, start);
    return start;
  }
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
