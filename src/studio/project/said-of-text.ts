/** @file What a model says of a text, and which of its words speak for it. */

import { tokenAttributions } from '../../artifacts/explain/token-attributions.ts';
import type { TextClassifier } from '../../artifacts/text-classifier.ts';
import type { TryResult } from '../engine/run-state.ts';
import { probabilitiesOf } from './said-of-image.ts';

/** @param className - Whose words are weighed. Default the predicted one. */
export async function saidOfText(
  classifier: TextClassifier,
  text: string,
  className?: string,
): Promise<TryResult> {
  const { classNames } = classifier;
  const said = await classifier.predict(text);
  const asked = className ?? ('label' in said ? said.label : undefined);
  const index = asked === undefined ? -1 : classNames.indexOf(asked);
  const tokens = index < 0 ? undefined : await tokenAttributions(classifier, text, index);
  return { ...probabilitiesOf(classNames, said), tokens };
}
