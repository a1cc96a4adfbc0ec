/** @file How a name of a network is told from a place where one is. */

import { isHubName } from '../../core/weights/hub-name.ts';

/** Whether a recipe's weights are a file or an address, rather than a word for some. */
export function isPathOfWeights(weights: string | undefined): weights is string {
  return weights !== undefined && weights !== 'random' && weights !== 'imagenet';
}

/**
 * The networks that a recipe names, with commas between: `mobilenet_v2,weights/resnet.h5`. A text whose parts are neither names nor
 * files with an ending is one network: a comma may stand in an address or a folder.
 */
export function listNetworks(text: string): readonly string[] {
  const parts = text.split(',').map((part) => part.trim());
  const isNetwork = (part: string): boolean =>
    /^(torchvision:)?\w+(@\w+)?$/.test(part) || /[^/\\]\.\w+$/.test(part) || isHubName(part);
  return !looksLikePath(text) || parts.every(isNetwork) ? parts : [text];
}

/** Whether a network is named by a file or an address: a pretrained config's name has neither folders nor an ending. */
export function looksLikePath(text: string): boolean {
  return /[/\\.]/.test(text);
}
