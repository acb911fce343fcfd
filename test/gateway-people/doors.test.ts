import { Server } from 'node:net';
import { expect, test, vi } from 'vitest';
import { doors } from '../../gateway/doors.ts';
import { startHouse } from './harness.ts';

const realListen = Server.prototype.listen;

interface Layer {
  route?: { path: string; methods: Record<string, boolean> };
  handle: { stack?: Layer[] };
}

/** Every route the app really has, whoever put it there. */
function routesOf(stack: Layer[]): string[] {
  return stack.flatMap(({ route, handle }) =>
    route
      ? Object.keys(route.methods)
          .filter((method) => method !== '_all')
          .map((method) => `${method} ${route.path}`)
      : routesOf(handle.stack ?? []),
  );
}

test('every route, WebSocket and listener belongs to a door', async () => {
  const listened: Server[] = [];
  const listen = vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server, ...given: unknown[]) {
    listened.push(this);
    return Reflect.apply(realListen, this, given) as Server;
  });
  try {
    await using house = await startHouse({ control: true });
    const { gateway } = house;
    const declared = new Map(gateway.routes.map((one) => [`${one.method} ${one.path}`, one.door]));
    const mounted = routesOf((gateway.app.router as unknown as { stack: Layer[] }).stack);
    expect(mounted.length).toBeGreaterThan(20);
    expect([...new Set(mounted)].filter((one) => !declared.has(one))).toEqual([]);
    const named = [
      ...declared.values(),
      ...gateway.upgrades.map(({ door }) => door),
      ...gateway.listeners.map(({ door }) => door),
    ];
    expect(named.filter((door) => !(door in doors))).toEqual([]);

    const ports = listened.map((server) => (server.address() as { port: number }).port).sort();
    expect(gateway.listeners.map(({ port }) => port).sort()).toEqual(ports);
  } finally {
    listen.mockRestore();
  }
});

test('what needs no session is exactly what is meant to', async () => {
  await using house = await startHouse();
  const open = house.gateway.routes
    .filter(({ role }) => role === undefined)
    .map(({ method, path, door }) => `${door}: ${method} ${path}`);
  expect(open.sort()).toMatchInlineSnapshot(`
    [
      "assertion: post /auth/assertion",
      "backchannel: post /auth/backchannel-logout",
      "elevation: delete /pairing/tickets/:id",
      "elevation: get /pairing/tickets/:id",
      "elevation: post /pairing/tickets",
      "health: get /healthz",
      "health: get /metrics",
      "health: get /readyz",
      "local: post /auth/sign-in",
      "local: post /pairing/elevations",
      "pages: get /api/docs",
      "session: post /auth/sign-out",
      "setup: post /setup",
      "status: get /openapi.json",
      "status: get /status",
      "tplink: get /auth/tplink/callback",
      "tplink: get /auth/tplink/start",
    ]
  `);
});

test('every route behind a session refuses who has none, and every role above the least refuses the least', async () => {
  await using house = await startHouse();
  const admin = await house.admin();
  await admin
    .post('/api/v1/users')
    .send({ username: 'guard', password: 'long enough one', role: 'live_only' })
    .expect(201);
  const guard = house.agent();
  await guard.post('/api/v1/auth/sign-in').send({ username: 'guard', password: 'long enough one' }).expect(200);
  const rest = house.gateway.routes.filter(({ role }) => role !== undefined);
  expect(rest.length).toBeGreaterThan(10);
  for (const { method, path, role } of rest) {
    const url = `/api/v1${path.replace(/:\w+/g, 'x')}`;
    expect([path, (await house.agent()[method](url)).status]).toEqual([path, 401]);
    if (role !== 'live_only') expect([path, (await guard[method](url)).status]).toEqual([path, 403]);
  }
});
