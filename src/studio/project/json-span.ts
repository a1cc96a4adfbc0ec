/** @file Where in a line of JSON a value stands: found without writing the line anew, which would lose digits and blanks. */

const BLANK = /\s*/y;
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"/y;
const SCALAR = /[^\s,}\]]+/y;

/**
 * The characters of a value of an object.
 *
 * @param line - An object in JSON, as `JSON.parse` takes it.
 * @param key - As it is without the blanks around it, composed. Of two that are equal, the last counts, as in `JSON.parse`.
 * @returns Undefined where the object has no such key.
 */
export function jsonSpan(line: string, key: string): readonly [start: number, end: number] | undefined {
  let place = line.indexOf('{') + 1;
  let found: readonly [number, number] | undefined;
  for (;;) {
    place = after(BLANK, line, place);
    if (line[place] === ',') place = after(BLANK, line, place + 1);
    if (place >= line.length || line[place] === '}') return found;
    const end = after(STRING, line, place);
    const name = String(JSON.parse(line.slice(place, end)));
    // Behind the colon.
    const start = after(BLANK, line, after(BLANK, line, end) + 1);
    place = endOfValue(line, start);
    if (name.trim().normalize('NFC') === key) found = [start, place];
  }
}

function endOfValue(line: string, start: number): number {
  const first = line[start];
  if (first === '"') return after(STRING, line, start);
  if (first !== '{' && first !== '[') return after(SCALAR, line, start);
  let depth = 0;
  for (let place = start; place < line.length; ) {
    const letter = line[place]!;
    if (letter === '"') {
      place = after(STRING, line, place);
      continue;
    }
    place++;
    if (letter === '{' || letter === '[') depth++;
    else if ((letter === '}' || letter === ']') && --depth === 0) return place;
  }
  return line.length;
}

/** Where a pattern that begins at a place ends. */
function after(pattern: RegExp, line: string, place: number): number {
  pattern.lastIndex = place;
  return pattern.test(line) ? pattern.lastIndex : place;
}
