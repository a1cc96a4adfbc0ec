/** @file Names of classes that a person takes for one, and what tells them apart all the same. */

/** Two names, and what they differ in, for a sentence: `upper and lower case`. */
export interface SimilarNames {
  readonly first: string;
  readonly second: string;
  readonly difference: string;
}

/** The form in which names are compared and kept: composed characters, as most keyboards and files have them. */
export function composed(name: string): string {
  return name.normalize('NFC');
}

/** The first name that is similar to an earlier one. Undefined if each stands alone. */
export function findSimilarNames(names: readonly string[]): SimilarNames | undefined {
  const known = new Map<string, string>();
  for (const second of names) {
    const folded = fold(second);
    const first = known.get(folded);
    if (first !== undefined && first !== second) {
      return { first, second, difference: differenceOf(first, second) };
    }
    known.set(folded, second);
  }
  return undefined;
}

/** The name among some that another is similar to, and what they differ in. */
export function findSimilarName(name: string, among: readonly string[]): SimilarNames | undefined {
  const folded = fold(name);
  const first = among.find((each) => each !== name && fold(each) === folded);
  return first === undefined ? undefined : { first, second: name, difference: differenceOf(first, name) };
}

interface Step {
  readonly difference: string;
  readonly apply: (name: string) => string;
}

/** From what is least seen to what is seen most. */
const STEPS: readonly Step[] = [
  { difference: 'the form of accented letters (Unicode NFC and NFD)', apply: composed },
  {
    difference: 'characters that cannot be seen',
    apply: (name) => name.replace(/\p{Cf}|[\ufe00-\ufe0f]/gu, ''),
  },
  { difference: 'blanks', apply: (name) => name.replace(/\s+/gu, ' ').trim() },
  { difference: 'the width or form of letters', apply: (name) => name.normalize('NFKC') },
  { difference: 'upper and lower case', apply: (name) => name.toLowerCase() },
];

function fold(name: string): string {
  return STEPS.reduce((folded, { apply }) => apply(folded), name);
}

/** The steps that make two names equal. */
function differenceOf(first: string, second: string): string {
  const differences: string[] = [];
  let [a, b] = [first, second];
  for (const { difference, apply } of STEPS) {
    if (a === b) break;
    const [nextA, nextB] = [apply(a), apply(b)];
    if (nextA !== a || nextB !== b) differences.push(difference);
    [a, b] = [nextA, nextB];
  }
  return differences.join(' and ');
}
