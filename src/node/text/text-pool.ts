/**
 * @file Many texts in little memory: their letters side by side as UTF-8, outside of the heap that is collected, and of each no more
 * than where it begins. As objects and strings, they take three times as much.
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
  return new TextInPool(pool, index, about);
}

/** Between the file and the number of its line. */
const LINE = ', line ';

export class TextPool {
  readonly #file: string;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** Places that are no lines of the file. */
  readonly #places = new Map<number, string>();
  #bytes: Buffer;
  /** Where each text ends. */
  #ends = new Float64Array(1024);
  #lines = new Uint32Array(1024);
  #size = 0;

  /**
   * @param file - What places begin with.
   * @param capacity - Bytes that all texts are thought to take; pages that no text is written to take no memory.
   */
  constructor(file: string, capacity: number = 64 * 1024) {
    this.#file = file;
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Puts a text behind the others. @param place - Where it is no line of the file. @returns Its index. */
  append(text: string, line: number, place?: string): number {
    const index = this.#size++;
    if (index === this.#lines.length) {
      this.#ends = grown(this.#ends, new Float64Array(2 * index));
      this.#lines = grown(this.#lines, new Uint32Array(2 * index));
    }
    const start = this.#startOf(index);
    const end = start + Buffer.byteLength(text);
    if (end > this.#bytes.length) {
      this.#bytes = grown(this.#bytes, Buffer.allocUnsafeSlow(Math.max(end, 2 * this.#bytes.length)));
    }
    this.#bytes.write(text, start);
    this.#ends[index] = end;
    this.#lines[index] = line;
    if (place !== undefined) this.#places.set(index, place);
    return index;
  }

  isEmptyAt(index: number): boolean {
    return this.#startOf(index) === this.#ends[index];
  }

  textAt(index: number): string {
    return this.#decoder.decode(this.#bytes.subarray(this.#startOf(index), this.#ends[index]));
  }

  placeAt(index: number): string {
    return this.#places.get(index) ?? this.placeOf(this.#lines[index]!);
  }

  placeOf(line: number): string {
    return `${this.#file}${LINE}${line}`;
  }

  #startOf(index: number): number {
    return index === 0 ? 0 : this.#ends[index - 1]!;
  }
}

function grown<T extends Float64Array | Uint32Array | Uint8Array>(from: T, into: T): T {
  into.set(from);
  return into;
}

class TextInPool implements PooledText {
  readonly label: number;
  readonly target: Float32Array | undefined;
  readonly group: string | undefined;
  readonly pool: TextPool;
  readonly index: number;

  constructor(pool: TextPool, index: number, { label, target, group }: Omit<TextExample, 'text' | 'place'>) {
    this.pool = pool;
    this.index = index;
    this.label = label;
    this.target = target;
    this.group = group;
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
