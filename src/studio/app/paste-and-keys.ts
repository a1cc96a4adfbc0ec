/** @file What is pasted into the page of images, and its keys. */

import { useEffect, useRef } from 'preact/hooks';
import { addFiles, byFolder } from './dropped-files.ts';

/** @param className - Of what is pasted; undefined where the files' own folders tell. */
export function usePasteAndKeys(
  className: string | undefined,
  actions: { readonly onNew: () => void; readonly onWebcam: () => void },
): void {
  const latest = useRef({ className, ...actions });
  latest.current = { className, ...actions };
  useEffect(() => {
    const onPaste = (event: ClipboardEvent): void => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      void addFiles(byFolder(files), latest.current.className);
    };
    const onKey = (event: KeyboardEvent): void => {
      const element = event.target as HTMLElement;
      if (
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        element.closest('input, select, textarea, dialog')
      )
        return;
      if (event.key === 'n') latest.current.onNew();
      else if (event.key === 'w') latest.current.onWebcam();
      else if (event.key === '/') document.getElementById('search')?.focus();
      else return;
      event.preventDefault();
    };
    addEventListener('paste', onPaste);
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('paste', onPaste);
      removeEventListener('keydown', onKey);
    };
  }, []);
}
