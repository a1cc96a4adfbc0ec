/** @file Numbers that the warp kernel and its TypeScript face share. Compiled by TypeScript and by AssemblyScript. */

export const FILL_NEAREST = 0;
export const FILL_REFLECT = 1;
export const FILL_CONSTANT = 2;
export const FILL_WRAP = 3;
