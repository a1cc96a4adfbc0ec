/**
 * @file A language model as large as GPT-2 small beside transformers and PEFT, in turns: to open it, the last hidden states of texts, a token
 * with a cache of 128, a step of adapters in all blocks and in the top third, of the language model and of a classifier on its last token.
 *
 *     npx tsx bench/language-models.ts [--case open,features,generate,lora,lora-top,classify,classify-top] [--rounds 3] [--batch 4] [--threads 2] [--python PATH]
 */

import { parseArgs } from 'node:util';
import { type ContenderCommand, runContender } from './contender.ts';
import { figuresOf, median, ratioOf, showFigures, showMegabytes, showRatio, table } from './figures.ts';
import { languageModelFolder } from './language-model-data.ts';
import { virtualEnvironment } from './peers.ts';
import { inTurns } from './rounds.ts';

const CASES = ['open', 'features', 'generate', 'lora', 'lora-top', 'classify', 'classify-top'] as const;
export type LanguageModelCase = (typeof CASES)[number];

/** What a contender's process prints. */
export interface LanguageModelAnswer {
  /** Milliseconds, without those that warm up. */
  readonly times: readonly number[];
  /** Of all threads together. */
  readonly processorTimes: readonly number[];
  /** The first logit, or the loss, each time: what is compared. */
  readonly values: readonly number[];
  /** While it worked; of `open`, from the start on. */
  readonly peakBytes: number;
}

/** Logits of random weights are around 0. */
const TOLERANCE = 1e-3;

const { values: flags } = parseArgs({
  options: {
    case: { type: 'string', default: CASES.join(',') },
    rounds: { type: 'string', default: '3' },
    batch: { type: 'string', default: '4' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string', default: process.env['GRAFT_BENCH_PYTHON'] },
  },
});
const report = (line: string): void => console.error(`... ${line}`);
const python = flags.python ?? (await virtualEnvironment('language', report));
const folder = await languageModelFolder(report);
const head = ['case', 'contender', 'ms', 'x Graft', 'processor ms', 'x Graft', 'peak MiB'];
for (const name of flags.case.split(',') as LanguageModelCase[]) {
  console.log(`${table(head, await compare(name))}\n`);
}

async function compare(name: LanguageModelCase): Promise<string[][]> {
  report(name);
  const args = [folder, name, flags.threads, flags.batch];
  const contenders: ContenderCommand[] = [
    { name: 'Graft', script: 'language-model-graft.ts', args },
    { name: 'transformers, PEFT', script: 'language-model-torch.py', args, python },
  ];
  const answers = await inTurns(contenders, Number(flags.rounds), (each) =>
    runContender<LanguageModelAnswer>(each),
  );
  const [ours, theirs] = answers.map(([first]) => first!.values[0]!) as [number, number];
  if (!(Math.abs(ours - theirs) <= TOLERANCE)) throw new Error(`${name}: ${ours} is not ${theirs}`);
  const wall = answers.map((rounds) => rounds.map(({ times }) => median(times)));
  const processor = answers.map((rounds) => rounds.map(({ processorTimes }) => median(processorTimes)));
  return contenders.map((contender, index) => {
    const ratio = (times: readonly number[][]): string =>
      index === 0 ? '' : showRatio(ratioOf(times[index]!, times[0]!));
    return [
      name,
      contender.name,
      showFigures(figuresOf(wall[index]!)),
      ratio(wall),
      showFigures(figuresOf(processor[index]!)),
      ratio(processor),
      showMegabytes(Math.max(...answers[index]!.map(({ peakBytes }) => peakBytes))),
    ];
  });
}
