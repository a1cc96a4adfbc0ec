import { describe, expect, it } from 'vitest';
import { inFieldWords } from './field-words.ts';

describe('what the library says, in the studio', () => {
  it.each([
    [
      '1 validation image tells little. Give more with --validation.',
      '1 validation image tells little. Give more with "Validation".',
    ],
    ['--batch 16 makes 4 of it.', '"Batch size" 16 makes 4 of it.'],
    ['With --views 2, 30 epochs see 2 views.', 'With "Views" 2, 30 epochs see 2 views.'],
    [
      'a --lr that is too large (--lr, --batch-size)',
      'a "Learning rate" that is too large ("Learning rate", "Batch size")',
    ],
    ['one of --heads and --lrs', 'one of "Heads" and "Learning rates"'],
  ])('names the fields of the form for flags: %s', (said, shown) => {
    expect(inFieldWords(said)).toBe(shown);
  });

  it('leaves out a parenthesis that names what only the command line has', () => {
    expect(inFieldWords('Rename the column of the texts, or say which it is (--text).')).toBe(
      'Rename the column of the texts, or say which it is.',
    );
    expect(inFieldWords('from 3 to 128 tokens (--max-tokens) of a text (each)')).toBe(
      'from 3 to 128 tokens ("Max tokens") of a text (each)',
    );
  });

  it('leaves other programs their flags, and names their dashes', () => {
    const command = 'python -m tf2onnx.convert --saved-model FOLDER --output model.onnx';
    expect(inFieldWords(command)).toBe(command);
    expect(inFieldWords('"a--size" and a---size')).toBe('"a--size" and a---size');
  });
});
