/** @file How a name of a network is told from a place where one is. */

/** Whether a recipe's weights are a file or an address, rather than a word for some. */
export function isPathOfWeights(weights: string | undefined): weights is string {
  return weights !== undefined && weights !== 'random' && weights !== 'imagenet';
}

/** Whether a network is named by a file or an address: a pretrained config's name has neither folders nor an ending. */
export function looksLikePath(text: string): boolean {
  return /[/\\.]/.test(text);
}
