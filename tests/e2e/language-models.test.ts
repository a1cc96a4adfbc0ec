/** @file `graft generate` and `graft tune`, on a Llama of two blocks. */

import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture, languageFile } from '../golden/language/language-fixture.ts';
import { graft } from './cli.ts';

let cwd: string;
beforeAll(() => {
  cwd = mkdtempSync(join(tmpdir(), 'graft-language-'));
  cpSync(languageFile('llama2c.bin'), join(cwd, 'model.bin'));
  cpSync(languageFile('llama2c-tokenizer.bin'), join(cwd, 'tokenizer.bin'));
  cpSync(languageFile('gpt2'), join(cwd, 'gpt2'), { recursive: true });
  const lines = ['dog', 'girl', 'sea', 'house'].map(
    (noun) => `The ${noun} was blue and the sea was small.\n`,
  );
  writeFileSync(join(cwd, 'notes.txt'), lines.join('').repeat(10));
});
afterAll(() => rmSync(cwd, { recursive: true }));

describe('graft generate', () => {
  it('prints the prompt and what follows, and nothing else', async () => {
    const args = ['generate', 'model.bin', fixture.llama.prompt, '--max-tokens', '24'];
    const { status, stdout, stderr } = await graft(args, { cwd });
    const { text } = fixture.llama;
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    // Of the text itself, blanks are what a decoder leaves at its edges.
    const letters = (whole: string): string => whole.replaceAll(/\s/g, '');
    expect(letters(stdout)).toBe(letters(fixture.llama.prompt + text));
  });

  it('draws the same text from the same seed, as one document', async () => {
    const drawn = async (seed: string) => {
      const flags = ['--temperature', '1.5', '--top-k', '40', '--seed', seed, '--max-tokens', '12', '--json'];
      return JSON.parse((await graft(['generate', 'gpt2', 'The sea', ...flags], { cwd })).stdout) as object;
    };
    const first = await drawn('1');
    expect(first).toEqual({
      prompt: 'The sea',
      text: expect.any(String),
      tokens: expect.any(Number),
      promptTokens: expect.any(Number),
      reason: expect.stringMatching(/^(end|length)$/),
    });
    expect(await drawn('1')).toEqual(first);
    expect(await drawn('2')).not.toEqual(first);
  });

  it('says what is wrong in one line', async () => {
    writeFileSync(join(cwd, 'other.txt'), 'no model');
    const { status, stderr } = await graft(['generate', 'other.txt', 'a'], { cwd });
    expect(status).toBe(1);
    expect(stderr).toBe(
      'error weights "other.txt": expected a language model: a folder of transformers, GGUF, or .bin of llama2.c, received ' +
        'another file. Give the folder that holds config.json, tokenizer.json and model.safetensors.\n',
    );
  });
});

describe('graft tune', () => {
  const flags = ['--backbone', 'model.bin', '--sequence-length', '24', '--batch-size', '4', '--lr', '0.02'];

  it('tells loss and perplexity before and after, and writes what graft generate reads', async () => {
    const { status, stdout, stderr } = await graft(['tune', 'notes.txt', ...flags, '--lora', '4'], { cwd });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(stderr).toMatch(/^trainable parameters: 896 of 29,728$/m);
    expect(stderr).toMatch(/^1 file, [\d,]+ tokens: \d+ training \/ \d+ validation sequences of 24$/m);
    expect(stderr).toMatch(/^before: loss \d\.\d{3}, perplexity \d+\.\d$/m);
    expect(stderr).toMatch(/^epoch 3\/3: loss \d\.\d{3}, validation loss \d\.\d{3}, perplexity \d+\.\d/m);
    const out = join('graft-runs', 'notes-1');
    expect(stdout).toMatch(
      /^held-out loss \d\.\d{3}, perplexity .* -> loss \d\.\d{3}, .*; epoch \d was kept$/m,
    );
    expect(stdout).toContain(`model: ${out}\n`);
    expect(readdirSync(join(cwd, out)).sort()).toEqual([
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
    const generated = await graft(['generate', out, 'The sea', '--max-tokens', '8'], { cwd });
    expect(generated.status).toBe(0);
    expect(generated.stdout.startsWith('The sea')).toBe(true);
  });

  it('prints a report, and writes over nothing', async () => {
    const args = ['tune', 'notes.txt', ...flags, '--epochs', '1', '--out', 'tuned', '--json'];
    const { status, stdout } = await graft(args, { cwd });
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      out: 'tuned',
      backbone: 'model.bin',
      before: { loss: expect.any(Number), perplexity: expect.any(Number) },
      after: { loss: expect.any(Number), perplexity: expect.any(Number) },
      epochs: [{ epoch: 1 }],
    });
    const again = await graft(args, { cwd });
    expect(again).toMatchObject({
      status: 1,
      stderr:
        'error tuned: expected a folder that is new or empty, received one that holds files. Choose another --out.\n',
    });
  });

  it('keeps at Ctrl-C what was learned', async () => {
    const args = ['tune', 'notes.txt', ...flags, '--epochs', '500', '--out', 'stopped'];
    let isAsked = false;
    const { status, stdout } = await graft(args, {
      cwd,
      onStderr: (text, kill) => {
        if (isAsked || !/epoch 1\/500: .*best so far/.test(text)) return;
        isAsked = true;
        kill('SIGINT');
      },
    });
    expect(status).toBe(130);
    expect(stdout).toMatch(/; epoch \d+ was kept\nmodel: stopped\n$/);
    expect(existsSync(join(cwd, 'stopped', 'model.safetensors'))).toBe(true);
  });
});
