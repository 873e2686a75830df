import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { FastifyInstance } from 'fastify';
import type { JsonObject } from './describe-operation.ts';
import { documentationHeaders } from './security-headers.ts';
import { sendFile, servedFile } from './served-file.ts';

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>Aegis API</title>
    <link rel="icon" href="/docs/favicon-32x32.png" />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
  </head>
  <body>
    <div id="api"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;
// `x-aegis-request` lets a signed-in reader try out changes; the validator badge would call another host
const start = `window.ui = SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#api',
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor: (request) => {
    request.headers['x-aegis-request'] = '1';
    return request;
  },
});
`;
const ownFiles = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;

/** Serves the OpenAPI document and a page that reads it, from our own files alone. The page's files are read at its first visit. */
export function serveDocumentation(server: FastifyInstance, document: JsonObject, secure: boolean): void {
  const headers = documentationHeaders(secure);
  const described = servedFile('openapi.json', Buffer.from(JSON.stringify(document)), false);
  server.get('/openapi.json', (request, reply) => {
    sendFile(request, reply, described);
    return reply;
  });
  const readers = new Map<string, () => Buffer>([
    ['/docs', () => Buffer.from(page)],
    ['/docs/start.js', () => Buffer.from(start)],
    ...ownFiles.map((name) => [`/docs/${name}`, () => readFileSync(resolve(name))] as const),
  ]);
  for (const [address, read] of readers) {
    const name = address === '/docs' ? 'index.html' : address;
    let file: ReturnType<typeof servedFile> | undefined;
    server.get(address, (request, reply) => {
      file ??= servedFile(name, read(), false);
      void reply.headers(headers);
      sendFile(request, reply, file);
      return reply;
    });
  }
}

function resolve(name: string): string {
  return createRequire(import.meta.url).resolve(`swagger-ui-dist/${name}`);
}
