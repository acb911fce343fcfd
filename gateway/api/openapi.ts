import { z } from 'zod';
import { doors } from '../doors.ts';
import { errorStatus } from '../errors.ts';
import { type Route, route } from './route.ts';

type Json = Record<string, unknown>;

const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): Json => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  }) as Json;
  return json;
};

const parameters = (schema: z.ZodType | undefined, where: 'query' | 'path') => {
  if (!schema) return [];
  const { properties = {}, required = [] } = schemaOf(schema, 'input') as { properties?: Json; required?: string[] };
  return Object.entries(properties).map(([name, of]) => ({
    name,
    in: where,
    required: where === 'path' || required.includes(name),
    schema: of,
  }));
};

const problem = {
  description: 'Refused',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

function operationOf(one: Route): Json {
  const answers = one.answer
    ? { content: { 'application/json': { schema: schemaOf(one.answer, 'output') } } }
    : one.answerType
      ? { content: { [one.answerType]: {} } }
      : {};
  const status = String(one.status ?? (one.answer || one.answerType ? 200 : 204));
  return {
    summary: one.summary,
    tags: [one.tag],
    description: `Door: ${one.door} (${doors[one.door].way}).${one.role ? ` Role: ${one.role} or more.` : ''}`,
    security: one.role ? [{ session: [] }] : [],
    parameters: [...parameters(one.params, 'path'), ...parameters(one.query, 'query')],
    ...(one.body
      ? {
          requestBody: {
            required: true,
            content: {
              [one.bodyType === 'form' ? 'application/x-www-form-urlencoded' : 'application/json']: {
                schema: schemaOf(one.body, 'input'),
              },
            },
          },
        }
      : {}),
    responses: { [status]: { description: 'Done', ...answers }, '4XX': problem },
  };
}

/** OpenAPI 3.1 of what is mounted, from the schemas that check the requests. */
export function openApiDocument(version: string, routes: readonly Route[], rootRoutes: readonly Route[]): Json {
  const paths: Record<string, Json> = {};
  const add = (prefix: string, one: Route) => {
    const path = prefix + one.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [one.method]: operationOf(one) };
  };
  for (const one of routes) add('/api/v1', one);
  for (const one of rootRoutes) add('', one);
  return {
    openapi: '3.1.0',
    info: {
      title: 'Vigil gateway (VMS Local)',
      version,
      description:
        'State-changing requests take JSON only and, from a browser, come from the gateway’s own pages. Not affiliated with TP-Link.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: { session: { type: 'apiKey', in: 'cookie', name: 'vigil_vms' } },
      schemas: {
        Problem: {
          type: 'object',
          description: 'RFC 9457; `code` is what a program acts on.',
          required: ['type', 'title', 'status', 'code', 'detail'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            code: { type: 'string', enum: [...Object.keys(errorStatus), 'internal_error'] },
            detail: { type: 'string' },
          },
        },
      },
    },
  };
}

export const openApiRoutes = (document: () => Json): Route[] => [
  route({
    method: 'get',
    path: '/openapi.json',
    door: 'status',
    tag: 'Reference',
    summary: 'This document.',
    answer: z.record(z.string(), z.unknown()),
    handle: document,
  }),
];
