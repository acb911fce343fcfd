import { expect, test, vi } from 'vitest';
import { challenge, enrolled, register, signIn, startTestCloud } from './cloud.ts';
import { createFakeGateway } from './gateway.ts';
import { type Browser, enter, everywhere, invitationLink, joined, ownOrganisation } from './people.ts';

interface Line {
  id: number;
  kind: string;
  at: string;
  who?: { email: string };
  detail: Record<string, unknown>;
}
const read = async (browser: Browser, organisation: string, query = '') =>
  (await browser.get(`/api/v1/organisations/${organisation}/audit${query}`).expect(200)).body as {
    lines: Line[];
    next?: number;
  };
const kinds = async (browser: Browser, organisation: string, query = '') =>
  (await read(browser, organisation, query)).lines.map(({ kind }) => kind);

test('an owner finds what they would ask about: sign-ins, codes, factors, bindings, users, openings, elevations', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const { agent, code } = await enrolled(cloud, email);
  const { id } = await ownOrganisation(agent);
  using gateway = await createFakeGateway(cloud, 'Office');
  await gateway.bind(agent);
  await gateway.dial();
  const member = await joined(cloud, agent, id, everywhere('viewer'));
  await enter(member.browser, gateway);
  await agent
    .patch(`/api/v1/organisations/${id}/users/${member.id}`)
    .send({ access: everywhere('operator') })
    .expect(204);
  await agent.post('/api/v1/elevations').send({ gatewayId: gateway.id, code: code() }).expect(201);
  const tried = await challenge(cloud, email);
  await tried.agent.post('/api/v1/sign-in/code').send({ challengeId: tried.challengeId, code: '000000' }).expect(401);
  await agent.delete(`/api/v1/organisations/${id}/users/${member.id}`).expect(204);

  const { lines } = await read(agent, id);
  expect(lines.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining([
      'signed_in',
      'two_factor.turned_on',
      'second_factor.refused',
      'gateway.bound',
      'invitation.sent',
      'invitation.accepted',
      'gateway.opened',
      'user.role_changed',
      'elevation.made',
      'user.removed',
    ]),
  );
  expect(lines.find(({ kind }) => kind === 'gateway.opened')).toMatchObject({
    who: { email: member.email },
    detail: { gatewayId: gateway.id, name: 'Office' },
  });
  expect(lines.find(({ kind }) => kind === 'user.role_changed')!.detail).toEqual({
    user: member.email,
    before: everywhere('viewer'),
    after: everywhere('operator'),
  });
  expect(JSON.stringify(lines)).not.toContain(code());
});

test('the log is searched, filtered by kind and time, and read in pages', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { id } = await ownOrganisation(owner);
  for (const name of ['North 100%', 'South', 'East']) {
    await cloud.clock.advance('1h');
    await owner.post(`/api/v1/organisations/${id}/sites`).send({ name }).expect(201);
  }
  const named = async (query: string) =>
    (await read(owner, id, query)).lines.map(({ detail }) => detail['name'] ?? detail);
  expect(await named('?kind=site.*')).toEqual(['East', 'South', 'North 100%']);
  expect(await named('?q=south')).toEqual(['South']);
  expect(await named(`?q=${encodeURIComponent('0%')}`)).toEqual(['North 100%']);
  expect(await kinds(owner, id, '?kind=signed_in,site.made')).toEqual([
    'site.made',
    'site.made',
    'site.made',
    'signed_in',
  ]);
  expect(await kinds(owner, id, '?kind=site_made')).toEqual([]);
  const anHourAgo = new Date(cloud.clock.now() - 3_600_000).toISOString();
  expect(await named(`?kind=site.*&from=${anHourAgo}`)).toEqual(['East', 'South']);
  expect(await named(`?kind=site.*&to=${anHourAgo}`)).toEqual(['South', 'North 100%']);
  const first = await read(owner, id, '?kind=site.*&limit=2');
  expect((await read(owner, id, `?kind=site.*&limit=2&before=${first.next}`)).lines).toMatchObject([
    { detail: { name: 'North 100%' } },
  ]);
  await owner.get(`/api/v1/organisations/${id}/audit?kind=;drop`).expect(400);
});

test('the whole log comes as NDJSON, however long it is', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { id } = await ownOrganisation(owner);
  for (let round = 0; round < 30; round++) {
    await Promise.all(
      Array.from({ length: 20 }, () =>
        owner.patch(`/api/v1/organisations/${id}`).send({ timeZone: 'UTC' }).expect(204),
      ),
    );
  }
  const { text, headers } = await owner
    .get(`/api/v1/organisations/${id}/audit?kind=organisation.changed&format=ndjson`)
    .buffer(true)
    .parse((response, done) => {
      let all = '';
      response.on('data', (part) => {
        all += String(part);
      });
      response.on('end', () => done(null, all));
    })
    .expect(200)
    .then(({ body, headers: given }) => ({ text: body as string, headers: given as Record<string, string> }));
  expect(headers['content-type']).toMatch(/^application\/x-ndjson/);
  expect(headers['content-disposition']).toContain('audit.ndjson');
  const lines = text
    .trimEnd()
    .split('\n')
    .map((row) => JSON.parse(row) as Line);
  expect(lines).toHaveLength(600);
  expect(new Set(lines.map((row) => row.id)).size).toBe(600);
});

test('only a Super Admin reads it, and of a user only what happened since they joined', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { id } = await ownOrganisation(owner);
  const email = await register(cloud);
  const user = await signIn(cloud, email);
  await cloud.clock.advance('1h');
  await user.get(`/api/v1/organisations/${id}/audit`).expect(404);
  await owner
    .post(`/api/v1/organisations/${id}/invitations`)
    .send({ email, access: everywhere('admin') })
    .expect(201);
  await user
    .post('/api/v1/invitations/accept')
    .send({ token: await invitationLink(cloud, email) })
    .expect(200);
  expect((await user.get(`/api/v1/organisations/${id}/audit`).expect(403)).body.code).toBe('role_insufficient');
  await signIn(cloud, email);
  const { lines } = await read(owner, id);
  expect(lines.filter(({ who }) => who?.email === email).map(({ kind }) => kind)).toEqual([
    'signed_in',
    'invitation.accepted',
  ]);
});

test('the log tells when a VMS Local came online and went offline, and not of a tunnel that was soon there again', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { id } = await ownOrganisation(owner);
  using gateway = await createFakeGateway(cloud, 'Office');
  await gateway.bind(owner);
  const isOnline = (online: boolean) =>
    vi.waitFor(async () => {
      const { body } = await owner.get('/api/v1/gateways').expect(200);
      expect(body.gateways).toMatchObject([{ online }]);
    });
  const tells = (...said: string[]) =>
    vi.waitFor(async () =>
      expect(await kinds(owner, id, '?kind=gateway.online,gateway.offline')).toEqual(
        said.map((word) => `gateway.${word}`),
      ),
    );

  let { ws } = await gateway.dial();
  await tells('online');
  for (let blip = 0; blip < 3; blip++) {
    ws.terminate();
    await isOnline(false);
    await cloud.clock.advance('20s');
    ({ ws } = await gateway.dial());
    await isOnline(true);
  }
  await cloud.clock.advance('10m');
  await tells('online');
  ws.terminate();
  await isOnline(false);
  const since = new Date(cloud.clock.now()).toISOString();
  await cloud.clock.advance('30s');
  await tells('offline', 'online');
  await gateway.dial();
  await tells('online', 'offline', 'online');
  expect((await read(owner, id, '?kind=gateway.offline')).lines[0]!.detail).toEqual({
    gatewayId: gateway.id,
    name: 'Office',
    since,
  });
});
