/**
 * @file The runtime of the platform that this is built for. `imports` in package.json says which that is: Node's, or the
 * browser's where a bundler asks for `browser`. Nothing else in the engine knows either.
 */

export { runtime as platform } from '#runtime';
