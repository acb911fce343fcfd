import { z } from 'zod';
import { errorStatus } from '../errors.ts';
import type { Route } from './route.ts';
import { problem } from './schemas.ts';

const jsonSchema = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ jsonSchema }) => void delete jsonSchema.id,
  });
  return rest;
};

const security = { anybody: [], session: [{ cookie: [] }, { bearer: [] }], gateway: [{ gatewayAssertion: [] }] };

const parametersOf = (schema: z.ZodType | undefined, place: 'path' | 'query') => {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, object>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, one]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: one,
  }));
};

/** OpenAPI 3.1 from the routes themselves: what validates is what is described. */
export function describeApi(routes: readonly Route[], url: string) {
  const paths: Record<string, Record<string, object>> = {};
  for (const { spec, audience } of routes) {
    const path = spec.path.replace(/:([A-Za-z]+)/g, '{$1}');
    const refusals = new Map<number, string[]>();
    const all = new Set([
      ...(spec.refuses ?? []),
      ...(spec.body ? (['body_invalid', 'body_too_large'] as const) : []),
      ...(audience === 'session' ? (['session_required'] as const) : []),
      ...(audience === 'session' && spec.method !== 'get' && !spec.withoutCode
        ? (['reauthentication_required'] as const)
        : []),
      ...(audience === 'gateway' ? (['assertion_invalid'] as const) : []),
    ]);
    for (const code of all) refusals.set(errorStatus[code], [...(refusals.get(errorStatus[code]) ?? []), code]);
    paths[path] ??= {};
    paths[path][spec.method] = {
      summary: spec.summary,
      tags: [spec.door],
      security: security[audience],
      parameters: [...parametersOf(spec.params, 'path'), ...parametersOf(spec.query, 'query')],
      ...(spec.body
        ? {
            requestBody: {
              required: !spec.bodyOptional,
              content: { 'application/json': { schema: jsonSchema(spec.body, 'input') } },
            },
          }
        : {}),
      responses: {
        [spec.success.status]: {
          description: 'Done',
          ...(spec.success.schema
            ? { content: { 'application/json': { schema: jsonSchema(spec.success.schema, 'output') } } }
            : {}),
        },
        ...Object.fromEntries(
          [...refusals]
            .sort(([a], [b]) => a - b)
            .map(([status, codes]) => [
              status,
              {
                description: codes.map((code) => `\`${code}\``).join(', '),
                content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
              },
            ]),
        ),
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Vigil: mock of the TP-Link ID cloud',
      version: '1',
      description:
        'Accounts, two-factor authentication, Cloud Access. Our own design where TP-Link’s is not public. Each answer tells the cloud’s own time in `Vigil-Time`. Not affiliated with TP-Link; VIGI is their trademark.',
    },
    servers: [{ url }],
    paths,
    components: {
      schemas: { Problem: jsonSchema(problem, 'output') },
      securitySchemes: {
        cookie: { type: 'apiKey', in: 'cookie', name: 'vigil_id' },
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: 'A session token, or an access token of the device grant.',
        },
        gatewayAssertion: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'ES256, iss = sub = gateway id, aud = issuer, at most 60 s, jti good once.',
        },
      },
    },
  };
}
