/** @file `graft generate`: a language model goes on with a text. */

import { Command } from 'commander';
import { GraftError } from '../../core/errors/graft-error.ts';
import type { GenerateOptions, Prompt } from '../../text/generation/causal-lm.ts';
import { createNumberReader, positiveNumber, threadCount, wholeNumber } from '../arguments.ts';
import { interruptible } from '../interruption.ts';
import { printJson, printOut } from '../terminal.ts';

interface GenerateFlags {
  readonly maxTokens: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly repetitionPenalty?: number;
  readonly seed: number;
  readonly tokenizer?: string;
  readonly threads?: number;
  readonly system?: string;
  readonly raw?: boolean;
  readonly json?: boolean;
}

export function generateCommand(): Command {
  return new Command('generate')
    .description('Go on with a text, by a language model of the Llama or GPT-2 family.')
    .argument(
      '<model>',
      'folder of transformers or of graft tune, GGUF file, .bin of llama2.c, or .onnx of graft export',
    )
    .argument('[prompt]', 'the text to go on with', '')
    .option('--max-tokens <n>', 'how many tokens to write at most', wholeNumber(1), 200)
    .option('--temperature <t>', 'draw tokens, likelier ones more often the lower it is', positiveNumber)
    .option('--top-k <k>', 'draw among the k likeliest tokens', wholeNumber(1))
    .option(
      '--top-p <p>',
      'draw among the likeliest tokens that come to a probability of p together',
      createNumberReader({ isWhole: false, min: 0, max: 1, isAboveMin: true }),
    )
    .option(
      '--repetition-penalty <x>',
      'how much less likely tokens of the text are made',
      createNumberReader({ isWhole: false, min: 1, max: Number.MAX_VALUE }),
    )
    .option('--seed <n>', 'the same seed draws the same text', wholeNumber(0), 0)
    .option('--system <text>', 'of a model that chats: what it is told before the prompt')
    .option('--raw', 'of a model that chats: go on with the prompt as it is, without its chat template')
    .option('--tokenizer <file>', 'tokenizer of a .bin of llama2.c (default: the one beside it)')
    .option('--threads <n>', 'processor threads', threadCount)
    .option('--json', 'print the result as one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ graft generate stories260K.bin "Once upon a time"
  $ graft generate SmolLM2-135M-Q8_0.gguf "The sea is" --temperature 0.8 --top-p 0.9 --seed 7
  $ graft generate SmolLM2-135M-Instruct.Q4_1.gguf "What is rain?" --system "You are a poet."
  $ graft generate graft-runs/notes-1 "Dear diary," --repetition-penalty 1.1 --max-tokens 80

A model with a chat template answers the prompt; any other goes on with it. Without --temperature, --top-k or --top-p the likeliest token is taken each time, and the text is always the same.`,
    )
    .action(runGenerate);
}

async function runGenerate(model: string, prompt: string, flags: GenerateFlags): Promise<void> {
  const { maxTokens, seed, tokenizer, threads, json } = flags;
  const [{ loadCausalLm }, { samplers }] = await Promise.all([
    import('../../node/text/load-causal-lm.ts'),
    import('../../text/generation/samplers.ts'),
  ]);
  const { temperature, topK, topP, repetitionPenalty } = flags;
  const isDrawn = temperature !== undefined || topK !== undefined || topP !== undefined;
  const sampler = isDrawn
    ? samplers.topP({ p: topP ?? 1, k: topK, temperature, repetitionPenalty })
    : samplers.greedy({ repetitionPenalty });
  const lm = await loadCausalLm(model, { tokenizer, threads });
  const { signal, release } = interruptible('Stopping after this token.');
  const isChat = lm.chatTemplate !== undefined && flags.raw !== true;
  const system = flags.system === undefined ? [] : [{ role: 'system', content: flags.system }];
  if (!isChat && system.length > 0) throw withoutTemplate();
  const asked: Prompt = isChat ? [...system, { role: 'user', content: prompt }] : prompt;
  const options: GenerateOptions = { maxTokens, sampler, seed, signal };
  try {
    if (json) {
      const { text, ids, promptIds, reason } = await lm.generate(asked, options);
      printJson({ prompt, text, tokens: ids.length, promptTokens: promptIds.length, reason });
      return;
    }
    // With the first piece, when the prompt has been read: one that is refused is no text that goes on.
    let before = isChat ? '' : prompt;
    for await (const piece of lm.stream(asked, options)) {
      printOut(before + piece);
      before = '';
    }
    printOut(`${before}\n`);
  } finally {
    release();
    await lm.dispose();
  }
}

function withoutTemplate(): GraftError {
  return new GraftError('argument', {
    where: 'graft generate',
    expected: 'a model that chats, for --system',
    received: 'one without a chat template, or --raw',
    advice: 'Leave --system out, or put it into the prompt.',
  });
}
