/** @file `graft generate` and `graft tune`, on a Llama of two blocks. */

import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fixture, languageFile } from '../golden/language/language-fixture.ts';
import { needs } from '../support/needs.ts';
import { type CliResult, graft } from './cli.ts';

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

  it('prints nothing of a prompt that is longer than the context', async () => {
    const answer = await graft(['generate', 'gpt2', 'sea '.repeat(300)], { cwd });
    expect(answer).toMatchObject({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^error prompt: expected at most 40 tokens, the model's context, received \d+\. Shorten it, or take a model with a longer context\.\n$/,
      ),
    });
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
      '.graft-run',
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
        'error run folder "tuned": expected a new or empty folder, received one with 5 files in it. Choose another --out.\n',
    });
  });

  const long = [...flags, '--lora', '4', '--epochs', '30', '--checkpoint', '0'];
  const modelOf = (run: string): Buffer => readFileSync(join(cwd, run, 'model.safetensors'));
  const checkpointsOf = (run: string): number => {
    const folder = join(cwd, run, '.graft-checkpoints');
    const names = existsSync(folder) ? readdirSync(folder) : [];
    return Math.max(0, ...names.map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0)));
  };
  /**
   * Begins a run and ends it by a signal once it has written so many checkpoints. Where a busy machine let it end before, it is
   * begun again.
   */
  const begin = async (run: string, checkpoints: number, signal: NodeJS.Signals): Promise<CliResult> => {
    let isWatching = false;
    const result = await graft(['tune', 'notes.txt', ...long, '--out', run], {
      cwd,
      onStderr: (_, kill) => {
        if (isWatching) return;
        isWatching = true;
        const watch = setInterval(() => {
          if (checkpointsOf(run) < checkpoints) return;
          clearInterval(watch);
          kill(signal);
        }, 2);
        watch.unref();
      },
    });
    if (result.status !== 0) return result;
    rmSync(join(cwd, run), { recursive: true });
    return begin(run, checkpoints, signal);
  };

  it('ends with the same bytes after kill -9 and --resume', needs.signals, async () => {
    expect((await graft(['tune', 'notes.txt', ...long, '--out', 'whole'], { cwd })).status).toBe(0);
    for (const checkpoints of [1, 40]) {
      const run = `killed-${checkpoints}`;
      expect((await begin(run, checkpoints, 'SIGKILL')).signal).toBe('SIGKILL');
      expect(existsSync(join(cwd, run, 'model.safetensors'))).toBe(false);
      const { status, stderr } = await graft(['tune', '--resume', run, '--checkpoint', '0'], { cwd });
      expect([status, stderr]).toEqual([0, expect.stringMatching(/^resuming at epoch \d+/m)]);
      expect(modelOf(run).equals(modelOf('whole'))).toBe(true);
      expect(readdirSync(join(cwd, run))).not.toContain('run.json');
    }
    const { stderr } = await graft(['tune', '--resume', 'whole'], { cwd });
    expect(stderr).toBe(
      'error run folder "whole": expected a run that was begun and has not ended, received a folder without run.json. ' +
        'A run that has ended is a model: train it on with graft tune NOTES --backbone RUN.\n',
    );
  });

  it('keeps at Ctrl-C what was learned, and goes on from there', needs.signals, async () => {
    const { status, stdout, stderr } = await begin('stopped', 40, 'SIGINT');
    expect(status).toBe(130);
    expect(stdout).toMatch(/; epoch \d+ was kept\nmodel: stopped\n$/);
    expect(stderr).toMatch(/^to resume: graft tune --resume stopped\n$/m);
    const kept = modelOf('stopped');
    expect(kept.equals(modelOf('whole'))).toBe(false);
    expect((await graft(['tune', '--resume', 'stopped'], { cwd })).status).toBe(0);
    expect(modelOf('stopped').equals(modelOf('whole'))).toBe(true);
  });

  it('goes on with the same texts and the same model only', needs.signals, async () => {
    cpSync(join(cwd, 'notes.txt'), join(cwd, 'kept.txt'));
    await begin('changed', 1, 'SIGKILL');
    writeFileSync(join(cwd, 'notes.txt'), 'Other words, and more of them.\n'.repeat(40));
    const refused = await graft(['tune', '--resume', 'changed'], { cwd });
    cpSync(join(cwd, 'kept.txt'), join(cwd, 'notes.txt'));
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/: expected one of this training, received one of other /);
    const other = await graft(['train', '--resume', 'changed'], { cwd });
    expect(other.stderr).toBe(
      'error run folder "changed": expected a run of graft train, received one of graft tune. ' +
        'Resume it with graft tune --resume changed.\n',
    );
    const said = await graft(['tune', '--resume', 'changed', '--epochs', '3'], { cwd });
    expect(said.stderr.split('\n')[0]).toBe(
      'error: --resume takes the run as it was begun: leave out --epochs',
    );
    const foreign = await graft(['tune', 'notes.txt'], { cwd });
    expect(foreign.stderr.split('\n')[0]).toBe("error: required option '--backbone <model>' not specified");
  });
});
