/** @file The licenses of the packages that are inside of a bundle, as one text. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of packages that have no file of it. */
const MIT = `MIT License

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the
"Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to
the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF
MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR
ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH
THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
`;

/**
 * @param {string} root - The folder with `node_modules`, with a slash at its end.
 * @param {Iterable<string>} inputs - Files of the bundle, as esbuild's metafile names them.
 */
export function bundledLicenses(root, inputs) {
  const packages = new Set();
  for (const input of inputs) {
    const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input) ?? [];
    if (name !== undefined) packages.add(name);
  }
  return [...packages]
    .sort()
    .map((name) => noticeOf(join(root, 'node_modules', name), name))
    .join('\n');
}

function noticeOf(folder, name) {
  const { version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const person = typeof author === 'string' ? author : (author?.name ?? 'its authors');
  const text =
    file === undefined
      ? `Copyright (c) ${person}\n\n${license === 'MIT' ? MIT : `License: ${license}\n`}`
      : readFileSync(join(folder, file), 'utf8');
  return `${'-'.repeat(80)}\n${name} ${version} (${license})\n${'-'.repeat(80)}\n\n${text.trim()}\n`;
}
