/** @file The page as `graft studio` serves it. */

import { httpEngine } from './http-engine.ts';
import { showStudio } from './main.tsx';

// The token is in a cookie by now, and need not be in the address, where others may read it.
if (location.search !== '') history.replaceState(null, '', `/${location.hash}`);
showStudio(httpEngine());
