import { doors } from '../doors.ts';
import type { describeApi } from './openapi.ts';
import { escapeHtml } from './plain-page.ts';

const code = (text: string) => escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');

interface Operation {
  summary: string;
  tags: string[];
  security: object[];
  parameters: { name: string; in: string; required: boolean }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}

const schemaBlock = (content: Record<string, { schema: object }> | undefined) => {
  const schema = content?.['application/json']?.schema;
  return schema ? `<pre tabindex="0">${escapeHtml(JSON.stringify(schema, undefined, 2))}</pre>` : '';
};

/** Long paths and patterns break or scroll in their own box; the page is never wider than the window. */
const style = `:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1f2933;background:#fff;overflow-wrap:anywhere}
h1{line-height:1.2}h2{margin:3rem 0 .25rem;font-size:1.25rem}h2+p{margin-top:0}code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:.875rem}
nav ul{columns:2 18rem;padding:0;list-style:none}nav li{break-inside:avoid}nav a{display:block;padding:.5rem 0}
details{border:1px solid #cbd2d9;border-radius:8px;margin:.5rem 0;padding:0 1rem}summary{cursor:pointer;padding:.6rem 0}summary code{font-weight:600}
.m{display:inline-block;min-width:4.5rem;font-weight:700;color:#0b5563}pre{background:#f0f4f8;padding:.75rem;border-radius:6px;overflow:auto;max-height:28rem}
a{color:#0b5563}:focus-visible{outline:2px solid #0b7285;outline-offset:2px}
@media (prefers-color-scheme:dark){body{color:#e4e7eb;background:#12181f}pre{background:#1d2733}.m,a{color:#7cc4d1}details{border-color:#3e4c59}:focus-visible{outline-color:#7cc4d1}}`;

/** The API description to read, made from the document itself; needs no script. */
export function referencePage(api: ReturnType<typeof describeApi>): string {
  const byDoor = new Map<string, string[]>();
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, one] of Object.entries(methods)) {
      const { summary, tags, security, parameters, requestBody, responses } = one as Operation;
      const who =
        security.length === 0 ? '' : `<p>Needs: ${security.map((need) => Object.keys(need).join('')).join(' or ')}</p>`;
      const given = parameters
        .map((p) => `<code>${escapeHtml(p.name)}</code> in ${p.in}${p.required ? '' : ', optional'}`)
        .join('; ');
      const block = `<details><summary><span class="m">${method.toUpperCase()}</span> <code>${escapeHtml(path)}</code> ${code(summary)}</summary>
${who}${given ? `<p>Parameters: ${given}</p>` : ''}${requestBody ? `<p>Body</p>${schemaBlock(requestBody.content)}` : ''}
${Object.entries(responses)
  .map(
    ([status, answer]) => `<p><strong>${status}</strong> ${code(answer.description)}</p>${schemaBlock(answer.content)}`,
  )
  .join('\n')}</details>`;
      const door = tags[0]!;
      byDoor.set(door, [...(byDoor.get(door) ?? []), block]);
    }
  }
  const title = (door: string) =>
    doors[door as keyof typeof doors].stands.replace(/^./, (first) => first.toUpperCase());
  const contents = [...byDoor.keys()].map((door) => `<li><a href="#${door}">${escapeHtml(title(door))}</a></li>`);
  const sections = [...byDoor].map(
    ([door, blocks]) =>
      `<section><h2 id="${door}">${escapeHtml(title(door))}</h2><p>Second factor: ${escapeHtml(doors[door as keyof typeof doors].secondFactor)}</p>${blocks.join('\n')}</section>`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(api.info.title)}</title><style>${style}</style></head>
<body><main><h1>${escapeHtml(api.info.title)}</h1><p>${code(api.info.description)}</p><p><a href="/api/v1/openapi.json">OpenAPI 3.1 document</a>; tunnel and messages to VMS Locals: <a href="/api/v1/asyncapi.json">AsyncAPI 3.0 document</a></p>
<nav aria-label="Doors"><ul>${contents.join('')}</ul></nav>
${sections.join('\n')}</main></body></html>`;
}
