/** @file The page as `graft studio --build` writes it: the browser is the engine. */

import { browserEngine } from '../browser/page-engine.ts';
import { startService } from '../browser/start-service.ts';
import { showStudio } from './main.tsx';

startService().then(
  () => showStudio(browserEngine()),
  (error: Error) => {
    const words = document.createElement('p');
    words.className = 'problem page';
    words.role = 'alert';
    words.textContent = error.message;
    document.getElementById('app')!.replaceChildren(words);
  },
);
