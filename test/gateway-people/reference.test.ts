import { expect, test } from 'vitest';
import { expectProblem, openFeed, startHouse } from './harness.ts';

test('health is for anyone, figures for the own machine', async () => {
  await using house = await startHouse();
  await house.agent().get('/healthz').expect(200, { status: 'ok' });
  await house.agent().get('/readyz').expect(200, { ready: true });
  await house.agent().get('/api/v1/status').expect(200);
  const { text } = await house.agent().get('/metrics').expect(200);
  expect(text).toMatch(/vigil_http_request_seconds_count\{route="\/status",method="GET",status="200",way="lan"\} 1/);
  expect(text).toContain('vigil_tunnel_online 0');
});

test('the OpenAPI document names every route, with the schemas that check it', async () => {
  await using house = await startHouse();
  const { body } = await house.agent().get('/api/v1/openapi.json').expect(200);
  expect(body.openapi).toBe('3.1.0');
  for (const { method, path } of house.gateway.routes) {
    const inDocument = path.replace(/:(\w+)/g, '{$1}');
    const prefix = inDocument in body.paths ? '' : '/api/v1';
    expect(body.paths[prefix + inDocument]?.[method], `${method} ${path}`).toBeDefined();
  }
  const setup = body.paths['/api/v1/setup'].post;
  expect(setup.requestBody.content['application/json'].schema.required).toEqual(['setupCode', 'username', 'password']);
  expect(body.paths['/api/v1/users/{id}'].patch.parameters[0]).toMatchObject({
    name: 'id',
    in: 'path',
    required: true,
  });
});

test('the reference page is one page without scripts', async () => {
  await using house = await startHouse();
  const { text, headers } = await house.agent().get('/api/docs').expect(200);
  expect(headers['content-type']).toContain('text/html');
  expect(text).toContain('/api/v1/auth/assertion');
  expect(text).not.toMatch(/<script|<link|(src|href)="(https?:)?\/\//);
});

test('the control API is off unless asked for, and wants its token', async () => {
  await using plain = await startHouse();
  expect(plain.gateway.control).toBeUndefined();
  await using house = await startHouse({ control: true });
  const { url, token } = house.gateway.control!;
  const refused = await fetch(`${url}/control/v1/state`);
  expect(refused.status).toBe(401);
  const answer = await fetch(`${url}/control/v1/state`, { headers: { authorization: `Bearer ${token}` } });
  expect(await answer.json()).toMatchObject({ cloudAccess: { state: 'unbound' } });
  expectProblem(await house.agent().get('/control/v1/state'), 404, 'not_found');
});

test('a gateway ends within two seconds with feeds open', async () => {
  const house = await startHouse();
  using feed = await openFeed(house, await house.admin());
  await feed.heard('hello');
  const startedAt = performance.now();
  await house[Symbol.asyncDispose]();
  expect(performance.now() - startedAt).toBeLessThan(2000);
});
