/** @file The version of this package, for the commands. */

export { VERSION } from '../artifacts/graft-version.ts';
