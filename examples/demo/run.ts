/** @file `npm run demo`: draws images, trains on them with the built command line, and looks at new ones. */

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { drawImages } from './images.ts';

const IMAGES = 'demo/images';
const RUN = 'demo/run';

/** Validation images that the trained model is shown. */
const SHOWN_OF_EACH_CLASS = 3;

process.chdir(fileURLToPath(new URL('../..', import.meta.url)));

if (!existsSync('dist/cli/main.js')) {
  console.error('The demo runs the built command line, and it is not there. Run "npm run build" first.');
  process.exit(1);
}

if (existsSync(IMAGES)) console.log(`Images: those in ${IMAGES}.`);
else {
  console.log('Drawing emoji, animals and people ...');
  const { train, val } = await drawImages(IMAGES);
  console.log(`Images: ${train} to train on, in three styles; ${val} to validate, in a fourth.`);
}

// Only the demo's own folder; `graft train` itself never overwrites a run.
rmSync(RUN, { recursive: true, force: true });
// A detector's layers know small things: at 160 px an emoji fills less of what they look for than at 224.
graft('train', IMAGES, '--out', RUN, '--size', '160', '--seed', '1');

console.log('\nA few images in the style that it has never seen:');
graft('predict', join(RUN, 'model.onnx'), ...someImages());

console.log(`\nThe images lie in ${IMAGES}, the model is ${RUN}/model.onnx. Your own:`);
console.log(`  npx graft predict ${RUN}/model.onnx IMAGE.jpg`);

/** Shows the command and runs it; ends the demo with its exit status if it fails. */
function graft(...args: string[]): void {
  console.log(`\n$ graft ${args.join(' ')}`);
  const { status, error } = spawnSync(process.execPath, ['dist/cli/main.js', ...args], { stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** Validation images of both classes, spread over the alphabet. */
function someImages(): string[] {
  return ['animals', 'people'].flatMap((className) => {
    const folder = join(IMAGES, 'val', className);
    const files = readdirSync(folder).sort();
    return Array.from({ length: SHOWN_OF_EACH_CLASS }, (_, index) =>
      join(folder, files[Math.floor(((index + 0.5) * files.length) / SHOWN_OF_EACH_CLASS)]!),
    );
  });
}
