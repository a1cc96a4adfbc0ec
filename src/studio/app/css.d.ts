/** Taken in by esbuild, which writes it beside the page's code. */
declare module '*.css';
