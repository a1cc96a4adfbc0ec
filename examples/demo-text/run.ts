/** @file `npm run demo:text`: trains on questions to a bank with the built command line, measures, and asks a few new ones. */

import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DATA = 'examples/demo-text';
const RUN = 'demo/text-run';
const QUESTIONS = [
  'Somebody took my wallet, please block everything!',
  'How many euros do I get for my pounds?',
  'I am 16, may I have an account?',
];

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

if (!existsSync('dist/cli/main.js')) {
  console.error('The demo runs the built command line, and it is not there. Run "npm run build" first.');
  process.exit(1);
}

// Only the demo's own folder; `graft train` itself never overwrites a run.
rmSync(RUN, { recursive: true, force: true });
graft('train', join(DATA, 'train.csv'), '--out', RUN);
const model = join(RUN, 'model.onnx');
console.log('\nQuestions that it has never seen:');
graft('evaluate', model, join(DATA, 'test.csv'));
graft('predict', model, ...QUESTIONS);

console.log(`\nThe model is ${model}. Your own:`);
console.log(`  npx graft predict ${model} "Where is my money?"`);

/** Shows the command and runs it; ends the demo with its exit status if it fails. */
function graft(...args: string[]): void {
  const shown = args.map((arg) => (/\s/.test(arg) ? `"${arg}"` : arg));
  console.log(`\n$ graft ${shown.join(' ')}`);
  const { status, error } = spawnSync(process.execPath, ['dist/cli/main.js', ...args], { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}
