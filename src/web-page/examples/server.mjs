// A server of the folder, and of the model itself, which it runs with the native library:
//
//   npm install graft-ml
//   node examples/server.mjs
//   curl --data-binary @image.jpg http://localhost:8080/predict
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Classifier, GraftError } from 'graft-ml';

const folder = new URL('../', import.meta.url);
const classifier = await Classifier.open(fileURLToPath(new URL('model.onnx', folder)));

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};
const MAX_IMAGE_BYTES = 20_000_000;

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost');
  try {
    if (request.method === 'POST' && pathname === '/predict') {
      if (Number(request.headers['content-length'] ?? Infinity) > MAX_IMAGE_BYTES) {
        response.writeHead(413).end();
        return;
      }
      const prediction = await classifier.predict(await buffer(request));
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(prediction));
      return;
    }
    // URL has taken out what leads above the folder.
    const path = pathname === '/' ? '/index.html' : pathname;
    const content = await readFile(new URL(`.${path}`, folder));
    const type = TYPES[extname(path)] ?? 'application/octet-stream';
    response.writeHead(200, { 'Content-Type': type }).end(content);
  } catch (error) {
    const isAsked = error instanceof GraftError && error.code === 'image';
    response.writeHead(isAsked ? 400 : 404).end(isAsked ? error.message : '');
  }
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`http://localhost:${server.address().port}/`);
});
