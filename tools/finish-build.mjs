/** @file The last step of a build: what tsc does not copy, and the command's right to be run. */

import { chmod, cp } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const root = new URL('..', import.meta.url);
await cp(new URL('src/kernels/build', root), new URL('dist/kernels/build', root), { recursive: true });
await chmod(fileURLToPath(new URL('dist/cli/main.js', root)), 0o755);
