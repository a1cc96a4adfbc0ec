/** @file Asks a model of all images or texts of a project, in a process of its own: `graft predict`. */

import { relative } from 'node:path';
import { readAnyModelFile } from '../../node/files/model-file.ts';
import type { FilePrediction, FilePredictionError } from '../../use-cases/predict-report.ts';
import type { RunEvent } from '../../use-cases/run-event.ts';
import { decodeImageFilter } from '../../vision/images/image-filter.ts';
import type { SaidOfImage, SaidOfImages } from '../project/run-judgments.ts';
import { hashOfText } from '../project/text-hash.ts';
import { startGraft } from './graft-process.ts';
import { withSlashes } from './project-paths.ts';
import type { StudioProject } from './studio-project.ts';

/**
 * @param model - Its file.
 * @param cwd - Where the command line works.
 */
export async function askModel(
  project: StudioProject,
  { model, cwd, signal }: { readonly model: string; readonly cwd: string; readonly signal: AbortSignal },
): Promise<SaidOfImages> {
  const { root, index, contents, asked } = project;
  const { info, trainingImages } = await readAnyModelFile(model);
  const { classNames } = info;
  const filter = trainingImages === undefined ? undefined : decodeImageFilter(trainingImages);
  await contents.hash(index.all.filter(({ className }) => className !== null));
  const said = new Map<string, SaidOfImage>();
  for (const each of await predictions(model, { asked, cwd, signal })) {
    if (!('label' in each)) continue;
    const hash =
      each.text === undefined
        ? index.at(withSlashes(relative(root, each.file)))?.hash
        : hashOfText(each.text);
    if (typeof hash !== 'string') continue;
    const { label, probabilities, unknown = false, similarity } = each;
    said.set(hash, {
      className: label,
      probabilities: Float32Array.from(classNames, (name) => probabilities[name] ?? 0),
      isUnknown: unknown,
      similarity,
    });
  }
  return { classNames, filter, said };
}

async function predictions(
  model: string,
  {
    asked,
    cwd,
    signal,
  }: { readonly asked: readonly string[]; readonly cwd: string; readonly signal: AbortSignal },
): Promise<readonly (FilePrediction | FilePredictionError)[]> {
  let found: readonly (FilePrediction | FilePredictionError)[] = [];
  signal.throwIfAborted();
  const process = startGraft(['predict', model, ...asked, '--json-lines'], cwd, (document) => {
    const event = document as RunEvent;
    if (event.type === 'result' && event.useCase === 'predict') found = event.report.predictions;
  });
  signal.addEventListener('abort', () => process.kill(), { once: true });
  const { status, error } = await process.ended;
  if (status !== 0) throw new Error(error || 'The model was not asked to the end.');
  return found;
}
