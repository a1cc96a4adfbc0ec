import { defineConfig } from 'vite';

export default defineConfig({
  base: './',
  // The model lies in the exported folder, two folders up.
  publicDir: false,
  build: { target: 'es2022', assetsInlineLimit: 0 },
  // Both look for files beside themselves, where they are installed.
  optimizeDeps: { exclude: ['graft-ml', 'onnxruntime-web'] },
});
