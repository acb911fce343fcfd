import { Server } from 'node:net';
import type { Express } from 'express';
import { expect, test } from 'vitest';
import { doors, oidcRoutes } from '../../cloud-mock/doors.ts';
import { startTestCloud } from './cloud.ts';

interface Layer {
  name: string;
  route?: { path: string; methods: Record<string, boolean> };
  handle: unknown;
  slash?: boolean;
}

/** What express itself has registered: method and path of each route, and what is mounted without one. */
function registeredIn(app: Express) {
  const { stack } = (app as unknown as { router: { stack: Layer[] } }).router;
  const routes = stack.flatMap(({ route }) =>
    route ? Object.keys(route.methods).map((method) => `${method} ${route.path}`) : [],
  );
  return { routes, mounted: stack.filter(({ route }) => !route) };
}

/** Servers of this process that listen now. */
const listeners = () =>
  (process as unknown as { _getActiveHandles(): unknown[] })
    ._getActiveHandles()
    .filter((one): one is Server => one instanceof Server && one.listening);

test('every route that express serves is declared with a door of the table', async () => {
  await using cloud = await startTestCloud();
  const declared = new Set(cloud.registered.map(({ method, path }) => `${method} ${path}`));
  const { routes, mounted } = registeredIn(cloud.app);
  expect(routes.length).toBeGreaterThan(60);
  expect(routes.filter((one) => !declared.has(one))).toEqual([]);
  for (const { door } of cloud.registered) expect(Object.keys(doors)).toContain(door);
  // Beside the routes: helmet, the token issuer, two folders of files, and the ends of the chain.
  const uses = cloud.registered.filter(({ method }) => method === 'use').map(({ path }) => path);
  expect(uses).toEqual(['/oidc', '/assets', '/']);
  expect(mounted.map(({ name }) => name).filter((name) => name !== '<anonymous>')).toEqual(
    expect.arrayContaining(['helmetMiddleware', 'serveStatic', 'serveStatic']),
  );
  expect(mounted).toHaveLength(1 + uses.length + 2);
});

test('a route that no row of the table names would be noticed', async () => {
  await using cloud = await startTestCloud();
  cloud.app.get('/back-door', (_request, response) => void response.end());
  const declared = new Set(cloud.registered.map(({ method, path }) => `${method} ${path}`));
  expect(registeredIn(cloud.app).routes.filter((one) => !declared.has(one))).toEqual(['get /back-door']);
});

test('every listener and every upgrade is an entrance with doors of the table', async () => {
  const before = new Set(listeners());
  await using cloud = await startTestCloud({ control: true });
  const opened = listeners().filter((one) => !before.has(one));
  expect(cloud.entrances.filter(({ kind }) => kind === 'listener').map(({ name }) => name)).toEqual([
    'portal',
    'relay',
    'control',
  ]);
  expect(opened).toHaveLength(3);
  const upgrades = opened.filter((server) => server.listenerCount('upgrade') > 0);
  expect(cloud.entrances.filter(({ kind }) => kind === 'upgrade')).toHaveLength(upgrades.length);
  for (const entrance of cloud.entrances) {
    expect(entrance.doors.length).toBeGreaterThan(0);
    for (const door of entrance.doors) expect(Object.keys(doors)).toContain(door);
  }
  // And each door is behind an entrance.
  const behind = new Set(cloud.entrances.flatMap(({ doors: some }) => [...some]));
  expect(Object.keys(doors).filter((door) => !behind.has(door as never))).toEqual([]);
});

test('every endpoint that the issuer announces is in the table', async () => {
  await using cloud = await startTestCloud();
  const { body } = await cloud.agent().get('/oidc/.well-known/openid-configuration').expect(200);
  const announced = Object.entries(body as Record<string, unknown>)
    .filter(([name]) => /_endpoint$|_uri$/.test(name))
    .map(([, url]) => String(url).slice(cloud.issuer.length));
  expect(announced.length).toBeGreaterThan(4);
  for (const path of announced) expect(Object.keys(oidcRoutes)).toContain(path);
});

test('without being asked for, the control API does not listen', async () => {
  const before = new Set(listeners());
  await using cloud = await startTestCloud();
  expect(cloud.control).toBeUndefined();
  expect(listeners().filter((one) => !before.has(one))).toHaveLength(2);
});
