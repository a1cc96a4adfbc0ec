/** @file The worker of an exported page: the model runs there, so that the page goes on meanwhile. */

import { type Task, taskNamed } from '../recipe/task.ts';
import { type Model, openModel, TextClassifier } from './graft.ts';
import type { About, Answer, Message, Question } from './messages.ts';

const say = (message: Message): void => postMessage(message);

const opening = openModel();
opening.then(
  (model) => say({ type: 'ready', about: aboutOf(model) }),
  (error: Error) => say({ type: 'failure', text: error.message }),
);

addEventListener('message', async ({ data }: MessageEvent<Question>) => {
  try {
    say({ type: 'answer', answer: await answer(await opening, data) });
  } catch (error) {
    say({ type: 'refusal', id: data.id, text: (error as Error).message });
  } finally {
    if (data.input instanceof ImageBitmap) data.input.close();
  }
});

async function answer(model: Model, { id, input }: Question): Promise<Answer> {
  const said =
    model instanceof TextClassifier
      ? await model.predict(String(input))
      : await model.predict(input as File | ImageBitmap);
  const { unknown = false } = said;
  const numbers = 'values' in said ? said.values : said.probabilities;
  const values = model.classNames.map((name) => numbers[name] ?? 0);
  const chosen = 'label' in said ? [said.label] : 'labels' in said ? said.labels : [];
  return { id, values, chosen, unknown };
}

function aboutOf(model: Model): About {
  const { info } = model.file;
  const { output, targets } = taskNamed<Task>(model.task);
  const { validation = undefined, confidence = undefined } = 'recipe' in info && info.recipe ? info : {};
  return {
    kind: model instanceof TextClassifier ? 'texts' : 'images',
    names: model.classNames,
    isProbability: output.isProbability,
    isMultiLabel: targets === 'labels',
    knowsUnknown: confidence?.unknown !== undefined,
    accuracy: validation !== undefined && 'accuracy' in validation ? validation.accuracy : null,
  };
}
