/** @file `graft tune`: a language model learns to write like one's own texts. */

import { Command } from 'commander';
import { visible } from '../../core/errors/visible-text.ts';
import type { LanguageMetrics } from '../../text/training/tune-causal-lm.ts';
import type { ResumeTuningOptions, TuneEvent, TuneReport } from '../../use-cases/tune.ts';
import { nonNegativeNumber, positiveNumber, probability, threadCount, wholeNumber } from '../arguments.ts';
import { EXIT } from '../failure.ts';
import { interruptible } from '../interruption.ts';
import { createLiveLines } from '../live-lines.ts';
import { count, formatCount } from '../number-text.ts';
import { CHECKPOINT_MINUTES, requireOneSource, resumeText } from '../resume-flags.ts';
import { printJson, printOut, say } from '../terminal.ts';

interface TuneFlags {
  readonly backbone?: string;
  readonly tokenizer?: string;
  readonly lora?: number;
  readonly loraTargets?: string;
  readonly loraFrom?: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly sequenceLength: number;
  readonly lr?: number;
  readonly validation: number;
  readonly seed: number;
  readonly threads?: number;
  readonly out?: string;
  readonly resume?: string;
  readonly checkpoint: number;
  readonly json?: boolean;
}

export function tuneCommand(): Command {
  return new Command('tune')
    .description('Train a language model on your own texts.')
    .argument('[notes]', 'file of text, or folder of .txt and .md files')
    .option(
      '--backbone <model>',
      'model to begin with: folder of transformers, GGUF file, or .bin of llama2.c',
    )
    .option('--lora <rank>', 'train low-rank adapters alone (default: all weights)', wholeNumber(1))
    .option(
      '--lora-targets <names>',
      'projections with adapters, such as query,key,value (default: query,value)',
    )
    .option('--lora-from <layer>', 'first layer with adapters, such as transformer_layer_8')
    .option('--epochs <n>', 'passes over the texts', wholeNumber(1), 3)
    .option('--batch-size <n>', 'sequences in a batch', wholeNumber(1), 8)
    .option('--sequence-length <n>', "tokens of a sequence, at most the model's context", wholeNumber(2), 256)
    .option('--lr <x>', 'highest learning rate (default: 0.0005, of adapters 0.001)', positiveNumber)
    .option('--validation <fraction>', 'fraction of the text that is held out', probability, 0.1)
    .option('--seed <n>', 'the same seed gives the same model', wholeNumber(0), 1)
    .option('--tokenizer <file>', 'tokenizer of a .bin of llama2.c (default: the one beside it)')
    .option('--threads <n>', 'processor threads', threadCount)
    .option('--out <folder>', 'folder for the model (default: the next free graft-runs/NAME-N)')
    .option('--resume <run>', 'resume a run that was killed or interrupted, exactly as if it had not been')
    .option(
      '--checkpoint <minutes>',
      'between checkpoints in the middle of an epoch; others are written as epochs end',
      nonNegativeNumber,
      CHECKPOINT_MINUTES,
    )
    .option('--json', 'print the result as one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  $ graft tune diary.txt --backbone stories260K.bin
  $ graft tune notes/ --backbone SmolLM2-135M/ --lora 8 --lora-from transformer_layer_20
  $ graft tune --resume graft-runs/notes-1
  $ graft generate graft-runs/notes-1 "Dear diary,"

Ctrl-C stops after the step in progress and keeps the best weights so far. The folder is one of transformers, with the tokenizer; adapters are merged into its weights.`,
    )
    .action(runTune);
}

async function runTune(notes: string | undefined, flags: TuneFlags, command: Command): Promise<void> {
  requireOneSource(notes, flags.resume, command);
  const { signal, release } = interruptible(
    'Stopping after this step, to measure and keep what was learned.',
  );
  const display = new TuneDisplay();
  try {
    const report = await tuned(notes, flags, command, {
      checkpointSeconds: flags.checkpoint * 60,
      threads: flags.threads,
      signal,
      onEvent: (event) => display.show(event),
    });
    display.end();
    if (flags.json) printJson(report);
    else printOut(resultText(report));
    if (report.ended !== 'interrupted') return;
    say(`to resume: graft tune --resume ${visible(report.out)}`);
    process.exitCode = EXIT.interrupted;
  } finally {
    display.end();
    release();
  }
}

async function tuned(
  notes: string | undefined,
  flags: TuneFlags,
  command: Command,
  common: ResumeTuningOptions,
): Promise<TuneReport> {
  const { tune, resumeTuning } = await import('../../use-cases/tune.ts');
  if (notes === undefined) return resumeTuning(flags.resume!, common);
  const { backbone, lr, validation, loraTargets, resume, checkpoint, json, ...others } = flags;
  if (backbone === undefined) command.error("error: required option '--backbone <model>' not specified");
  return tune(notes, {
    ...others,
    ...common,
    backbone,
    learningRate: lr,
    validationFraction: validation,
    loraTargets: loraTargets?.split(','),
  });
}

/** Prints what happens. */
class TuneDisplay {
  readonly #live = createLiveLines();

  show(event: TuneEvent): void {
    if (event.type === 'step') {
      this.#live?.update([`step ${event.step} of ${event.steps}, loss ${event.loss.toFixed(3)}`]);
      return;
    }
    this.end();
    say(eventText(event));
  }

  end(): void {
    this.#live?.end();
  }
}

function eventText(event: Exclude<TuneEvent, { readonly type: 'step' }>): string {
  switch (event.type) {
    case 'model':
      return `trainable parameters: ${count(event.trainable)} of ${count(event.parameters)}`;
    case 'texts': {
      const sequences = `${count(event.trainingSequences)} training / ${count(event.validationSequences)} validation`;
      const found = `${formatCount(event.files, 'file')}, ${formatCount(event.tokens, 'token')}`;
      return `${found}: ${sequences} sequences of ${event.sequenceLength}`;
    }
    case 'resume':
      return resumeText(event);
    case 'note':
      return event.text;
    case 'before':
      return `before: ${metricsText(event.metrics)}`;
    case 'epoch': {
      const { epoch, epochs, training, validation, isBest } = event;
      const measured = `loss ${training.loss.toFixed(3)}, validation ${metricsText(validation)}`;
      return `epoch ${epoch}/${epochs}: ${measured}${isBest ? ', best so far' : ''}`;
    }
  }
}

function resultText({ out, before, after, bestEpoch }: TuneReport): string {
  const kept =
    bestEpoch === 0 ? 'no epoch was better: the weights are as they were' : `epoch ${bestEpoch} was kept`;
  return `held-out ${metricsText(before)} -> ${metricsText(after)}; ${kept}\nmodel: ${out}\n`;
}

function metricsText({ loss, perplexity }: LanguageMetrics): string {
  return `loss ${loss.toFixed(3)}, perplexity ${perplexity.toFixed(1)}`;
}
