/**
 * What runs on any machine: these files import one another, packages that a browser has, and nothing of Node, sharp, a native
 * library or a file system. Patterns of paths; `.dependency-cruiser.cjs` holds them to it, and `tests/e2e/browser-bundle.test.ts`
 * bundles them all for a browser.
 */
module.exports = [
  '^src/(core|ui|vision|text|recipe|runs|artifacts|export|events|report|inspection)/',
  // What the studio is on any machine.
  '^src/studio/(engine|project)/',
];
