import { type Route, route } from './route.ts';

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const html = (text: unknown) => String(text).replace(/[&<>"]/g, (letter) => entities[letter]!);

interface Operation {
  summary: string;
  tags: string[];
  description: string;
  parameters: { name: string; in: string; required: boolean }[];
  requestBody?: { content: Record<string, { schema?: unknown }> };
  responses: Record<string, { content?: Record<string, { schema?: unknown }> }>;
}

const schemaBlock = (title: string, content: Record<string, { schema?: unknown }> | undefined) =>
  Object.entries(content ?? {})
    .map(
      ([type, { schema }]) =>
        `<details><summary>${html(title)} <code>${html(type)}</code></summary>${
          schema ? `<pre>${html(JSON.stringify(schema, undefined, 2))}</pre>` : ''
        }</details>`,
    )
    .join('');

function operationBlock(path: string, method: string, operation: Operation): string {
  const parameters = operation.parameters.map(
    ({ name, in: where, required }) => `<code>${html(name)}</code> (${where}${required ? '' : ', optional'})`,
  );
  return `<article><h3><b>${method.toUpperCase()}</b> <code>${html(path)}</code></h3>
    <p>${html(operation.summary)}</p><p class="dim">${html(operation.description)}</p>
    ${parameters.length > 0 ? `<p>Parameters: ${parameters.join(', ')}</p>` : ''}
    ${schemaBlock('Request', operation.requestBody?.content)}
    ${Object.entries(operation.responses)
      .filter(([status]) => status !== '4XX')
      .map(([status, { content }]) => schemaBlock(status, content) || `<p>${status}</p>`)
      .join('')}</article>`;
}

/** The reference as one page without scripts. */
export function referencePage(document: Record<string, unknown>): string {
  const byTag = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(document['paths'] as Record<string, Record<string, Operation>>)) {
    for (const [method, operation] of Object.entries(methods)) {
      const tag = operation.tags[0] ?? 'Other';
      byTag.set(tag, [...(byTag.get(tag) ?? []), operationBlock(path, method, operation)]);
    }
  }
  const { title, description } = document['info'] as { title: string; description: string };
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${html(title)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>
:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
article{border-top:1px solid #8886;padding:.5rem 0}h3{margin:.5rem 0;font-weight:400}h3 b{display:inline-block;min-width:5rem}
pre{overflow:auto;font-size:13px;background:#8881;padding:.75rem;border-radius:6px}.dim{opacity:.75;font-size:13px}</style></head>
<body><h1>${html(title)}</h1><p>${html(description)}</p><p><a href="v1/openapi.json">OpenAPI 3.1 document</a></p>
${[...byTag].map(([tag, blocks]) => `<h2>${html(tag)}</h2>${blocks.join('')}`).join('')}</body></html>`;
}

export const referencePageRoutes = (document: () => Record<string, unknown>): Route[] => [
  route({
    method: 'get',
    path: '/api/docs',
    door: 'pages',
    tag: 'Reference',
    summary: 'This document, readable.',
    answerType: 'text/html',
    handle: ({ response }) => void response.type('html').send(referencePage(document())),
  }),
];
