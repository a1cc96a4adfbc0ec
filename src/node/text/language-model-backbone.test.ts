/** @file A language model as a backbone: with its own tokenizer alone. */

import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { languageFile } from '../../../tests/golden/language/language-fixture.ts';
import { withMessage } from '../../../tests/support/saying.ts';
import { readLanguageModelBackbone } from './language-model-backbone.ts';

it('is refused with a tokenizer of another model', async () => {
  const folder = join(mkdtempSync(join(tmpdir(), 'graft-language-')), 'gpt2');
  cpSync(languageFile('gpt2'), folder, { recursive: true });
  const file = join(folder, 'tokenizer.json');
  const tokenizer = JSON.parse(readFileSync(file, 'utf8')) as { model: { vocab: Record<string, number> } };
  tokenizer.model.vocab['another'] = 50_000;
  writeFileSync(file, JSON.stringify(tokenizer));
  await expect(readLanguageModelBackbone(folder)).rejects.toThrow(
    withMessage(
      'language model "gpt2": expected a tokenizer of at most 290 ids, as the network has, received one of 50001. The tokenizer is of another model: fetch tokenizer.json again.',
    ),
  );
  rmSync(folder, { recursive: true });
});
