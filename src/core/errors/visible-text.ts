/**
 * @file Text from outside (names of files, classes and operators, what a server said) as it may be printed: characters
 * that a terminal would obey, or that hide or reorder what is read, are shown in JavaScript's notation.
 */

/**
 * Controls (C0, DEL, C1), format characters (direction marks, zero-width ones, tags, soft hyphens), separators of lines
 * and paragraphs, and what else is invisible by Unicode's word.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Scripts that are misspelt without joiners. */
const JOINED = ['Arabic', 'Syriac', 'Mongolian', 'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya']
  .concat(['Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala', 'Khmer', 'Myanmar'])
  .map((script) => `\\p{Script_Extensions=${script}}`)
  .join('');

/**
 * Invisible characters where the one before gives them a meaning: joiners inside words of such scripts and inside emoji
 * of several people, variation selectors behind what they vary.
 */
const MEANT = new RegExp(
  [
    `(?<=[${JOINED}])[\\u200c\\u200d](?=[${JOINED}])`,
    '(?<=\\p{Extended_Pictographic}[\\ufe0f\\p{Emoji_Modifier}]?)\\u200d(?=\\p{Extended_Pictographic})',
    '(?<=[\\p{Extended_Pictographic}0-9#*])[\\ufe0e\\ufe0f]',
    '(?<=\\p{Script=Han})[\\ufe00-\\ufe02\\u{e0100}-\\u{e01ef}]',
  ].join('|'),
  'gu',
);

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/**
 * Text as one line that can be printed: `a\u001b]52;c;...` with a backslash in the place of the escape character.
 * What is printable stays as it is, a backslash too.
 */
export function visible(text: string): string {
  return escaped(text, (char) => SHORT[char] ?? unicodeEscape(char));
}

/** The same for text of several lines: line feeds stay. */
export function visibleLines(text: string): string {
  if (PLAIN_LINES.test(text)) return text;
  return escaped(text, (char) => (char === '\n' ? char : (SHORT[char] ?? unicodeEscape(char))));
}

/** JSON with the same characters escaped: it means what it meant. Line feeds between its tokens stay. */
export function visibleJson(json: string): string {
  if (PLAIN_LINES.test(json)) return json;
  return escaped(json, (char) => (char === '\n' ? char : jsonEscape(char)));
}

/** Printable ASCII, which most text is: found sooner than by the classes of Unicode, which are long lists. */
const PLAIN = /^[ -~]*$/;
const PLAIN_LINES = /^[\n -~]*$/;

function escaped(text: string, show: (char: string) => string): string {
  if (PLAIN.test(text)) return text;
  // Most text has nothing of the kind.
  if (!UNPRINTABLE.test(text)) return text;
  const meant = new Set([...text.matchAll(MEANT)].map(({ index }) => index));
  return text.replace(new RegExp(UNPRINTABLE, 'gu'), (char, index: number) =>
    meant.has(index) ? char : show(char),
  );
}

function unicodeEscape(char: string): string {
  const code = char.codePointAt(0)!;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : jsonEscape(char);
}

function jsonEscape(char: string): string {
  return char
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
