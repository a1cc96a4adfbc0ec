/** @file Short sentences of three topics, for trainings on texts: the same ones in every run. */

const SUBJECTS = {
  animals: ['dog', 'cat', 'horse', 'rabbit', 'bird', 'cow'],
  food: ['soup', 'bread', 'cheese', 'salad', 'cake', 'rice'],
  money: ['card', 'bank account', 'loan', 'invoice', 'payment', 'salary'],
} as const;
const FRAMES = [
  'The X is very good today.',
  'Where can I find a X like this?',
  'My neighbor asked about the X again.',
  'I have never seen such a X before.',
  'Why is the X so expensive?',
  'She told us a long story about her X.',
] as const;

/** One sentence, and its topic. */
export interface Sentence {
  readonly text: string;
  readonly label: keyof typeof SUBJECTS;
}

/** 36 of each topic. */
export const SENTENCES: readonly Sentence[] = FRAMES.flatMap((frame) =>
  Array.from({ length: 6 }, (_, index) =>
    (Object.keys(SUBJECTS) as (keyof typeof SUBJECTS)[]).map((label) => ({
      text: frame.replace('X', SUBJECTS[label][index]!),
      label,
    })),
  ).flat(),
);

/** A table of them. @param cellsOf - What stands behind each text. */
export function sentencesCsv(
  sentences: readonly Sentence[],
  header = 'text,label',
  cellsOf: (sentence: Sentence, index: number) => string = ({ label }) => label,
): string {
  const lines = sentences.map((sentence, index) => `"${sentence.text}",${cellsOf(sentence, index)}`);
  return `${[header, ...lines].join('\n')}\n`;
}
