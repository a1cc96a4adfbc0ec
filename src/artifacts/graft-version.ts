/** @file The version of this package, as package.json has it: a browser cannot look there. `tests/package.test.ts` compares them. */

/** Of the package. */
export const VERSION = '0.1.0';
