/** @file How schemas check: most look at one object, which takes less time than to compile a function for it. */

import { config } from 'zod';

config({ jitless: true });
