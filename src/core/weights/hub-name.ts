/** @file Names of models on the Hugging Face hub: `hf:OWNER/NAME`, `hf:OWNER/NAME@REVISION`. */

import { GraftError } from '../errors/graft-error.ts';

/** A model on the hub. */
export interface HubName {
  /** `OWNER/NAME`. */
  readonly repository: string;
  /** A branch, a tag, or a commit. Default `main`. */
  readonly revision: string;
}

/** Whether a network is named by its place on the hub. */
export function isHubName(text: string): boolean {
  return /^hf:/i.test(text);
}

/** Takes a name apart. @throws {GraftError} `argument`, if it is none. */
export function parseHubName(text: string): HubName {
  const [, repository, revision = 'main'] = HUB_NAME.exec(text) ?? [];
  const isName = repository !== undefined && !`${repository}/${revision}`.includes('..');
  if (isName) return { repository, revision };
  throw new GraftError('argument', {
    where: 'backbone',
    expected: 'a model of the Hugging Face hub, hf:OWNER/NAME or hf:OWNER/NAME@REVISION',
    received: `"${text}"`,
    advice: "Copy the name from the head of the model's page: hf:timm/resnet18.a1_in1k.",
  });
}

/** As the hub allows names: letters, digits, `-`, `_`, `.`. */
const HUB_NAME = /^hf:([\w-][\w.-]{0,95}\/[\w-][\w.-]{0,95})(?:@([\w-][\w./-]{0,95}))?$/i;
