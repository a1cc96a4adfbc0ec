/** @file The API reference: `npm run docs` writes it to api/. */

import { OptionDefaults } from 'typedoc';

export default {
  name: 'graft-ml',
  entryPoints: ['src/index.ts'],
  tsconfig: 'tsconfig.build.json',
  out: 'api',
  readme: 'README.md',
  // Types that exports mention and nobody needs to import.
  plugin: ['typedoc-plugin-missing-exports'],
  internalModule: 'Other types',
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  disableSources: true,
  blockTags: [...OptionDefaults.blockTags, '@file'],
  treatWarningsAsErrors: true,
  // Links to what is not exported stay words.
  externalSymbolLinkMappings: { 'graft-ml': { '*': '#' } },
  // That every export has a comment: tests/docs/exports.test.ts, which does not ask it of the other types.
  validation: { notExported: true, invalidLink: true, rewrittenLink: true, notDocumented: false },
};
