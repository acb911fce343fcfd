import request from 'supertest';
import { expect, test } from 'vitest';
import { enrolled, password, register, signIn, startTestCloud } from './cloud.ts';
import { createFakeGateway, until } from './gateway.ts';
import { enter, everywhere, invitationLink, joined, makeSite, ownOrganisation } from './people.ts';

test('every account has an organisation with a site; sites are made, renamed and removed', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { id, sites } = await ownOrganisation(owner);
  expect(id).toMatch(/^use1-[0-9a-f]{32}$/);
  expect(sites).toMatchObject([{ id: expect.stringMatching(/^\d{16}$/), name: 'Main site', role: 'super_admin' }]);

  await owner.patch(`/api/v1/organisations/${id}`).send({ name: 'Harbour', timeZone: 'Europe/Berlin' }).expect(204);
  const wrong = await owner.patch(`/api/v1/organisations/${id}`).send({ timeZone: 'Berlin' }).expect(400);
  expect(wrong.body).toMatchObject({ code: 'body_invalid', field: 'timeZone' });
  const quay = await makeSite(owner, id, 'Quay');
  const taken = await owner.post(`/api/v1/organisations/${id}/sites`).send({ name: 'quay' }).expect(409);
  expect(taken.body).toMatchObject({ code: 'site_exists', field: 'name' });
  await owner.patch(`/api/v1/sites/${quay}`).send({ name: 'MAIN SITE' }).expect(409);
  await owner.patch(`/api/v1/sites/${quay}`).send({ name: 'North quay', address: 'Pier 4' }).expect(204);
  expect(await ownOrganisation(owner)).toMatchObject({
    name: 'Harbour',
    timeZone: 'Europe/Berlin',
    sites: [{ name: 'Main site' }, { name: 'North quay', address: 'Pier 4' }],
  });
  await owner.delete(`/api/v1/sites/${quay}`).expect(204);
  expect((await owner.delete(`/api/v1/sites/${sites[0]!.id}`).expect(409)).body.code).toBe('site_in_use');
});

test('another account sees nothing of an organisation, and may do nothing in it', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const stranger = await signIn(cloud, await register(cloud));
  const { id, sites } = await ownOrganisation(owner);
  expect((await ownOrganisation(stranger)).id).not.toBe(id);
  for (const refused of [
    stranger.patch(`/api/v1/organisations/${id}`).send({ name: 'Mine' }),
    stranger.post(`/api/v1/organisations/${id}/sites`).send({ name: 'Mine' }),
    stranger.get(`/api/v1/organisations/${id}/users`),
    stranger.post(`/api/v1/organisations/${id}/invitations`).send({ email: 'a@b.test', access: everywhere('viewer') }),
    stranger.patch(`/api/v1/sites/${sites[0]!.id}`).send({ name: 'Mine' }),
    stranger.delete(`/api/v1/sites/${sites[0]!.id}`),
  ]) {
    expect((await refused).status).toBe(404);
  }
});

test('a VMS Local is bound to a site, named in the portal, and moved; its own name stays its own', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { id, sites } = await ownOrganisation(owner);
  const quay = await makeSite(owner, id, 'Quay');
  using gateway = await createFakeGateway(cloud, 'vms-7');
  await gateway.bind(owner);
  const list = async () => (await owner.get('/api/v1/gateways').expect(200)).body.gateways;
  expect(await list()).toMatchObject([
    { name: 'vms-7', site: { id: sites[0]!.id, name: 'Main site' }, role: 'super_admin' },
  ]);
  await owner.patch(`/api/v1/gateways/${gateway.id}`).send({ name: 'Gatehouse', siteId: quay }).expect(204);
  expect(await list()).toMatchObject([{ name: 'Gatehouse', site: { id: quay, name: 'Quay' } }]);
  // What it calls itself is not overruled, or it would write its name back at every chance.
  expect((await gateway.call('get', '/self')).body.name).toBe('vms-7');
  expect((await owner.delete(`/api/v1/sites/${quay}`).expect(409)).body.code).toBe('site_in_use');
  await owner.patch(`/api/v1/gateways/${gateway.id}`).send({ siteId: '1234567890123456' }).expect(404);
});

test('an invitation comes by mail, is accepted once by whoever it was sent to, and gives what it says', async () => {
  await using cloud = await startTestCloud();
  const ownerEmail = await register(cloud);
  const owner = await signIn(cloud, ownerEmail);
  const { id, name, sites } = await ownOrganisation(owner);
  const email = 'guard@example.test';
  const access = [{ site: sites[0]!.id, role: 'viewer' }];
  const sent = await owner
    .post(`/api/v1/organisations/${id}/invitations`)
    .send({ email: 'Guard@example.test', access });
  expect(sent.status).toBe(201);
  expect(JSON.stringify(sent.body)).not.toContain(await invitationLink(cloud, email));
  const token = await invitationLink(cloud, email);
  expect(Buffer.from(token, 'base64url')).toHaveLength(32);

  // Looking changes nothing, however often: mail scanners do it.
  for (let times = 0; times < 3; times++) {
    const seen = await cloud.agent().post('/api/v1/invitations/look').send({ token }).expect(200);
    expect(seen.body).toMatchObject({ email, organisation: name, access: [{ site: 'Main site', role: 'viewer' }] });
  }
  await cloud
    .agent()
    .get('/invitation')
    .expect(({ status }) => expect([200, 503]).toContain(status));
  await cloud.agent().post('/api/v1/invitations/accept').send({ token }).expect(401);
  const wrong = await owner.post('/api/v1/invitations/accept').send({ token }).expect(403);
  expect(wrong.body.code).toBe('invitation_for_other');

  // Newly registered on the way.
  await register(cloud, email);
  const guard = await signIn(cloud, email);
  const tries = await Promise.all(
    Array.from({ length: 16 }, () => guard.post('/api/v1/invitations/accept').send({ token })),
  );
  expect(tries.filter(({ status }) => status === 200)).toHaveLength(1);
  expect(tries.filter(({ body }) => body.code === 'invitation_invalid')).toHaveLength(15);
  const { body } = await guard.get('/api/v1/organisations').expect(200);
  expect(body.organisations.find((one: { id: string }) => one.id === id)).toMatchObject({
    own: false,
    sites: [{ name: 'Main site', role: 'viewer', rights: ['device.see', 'gateway.open'] }],
  });
  expect((await cloud.mail(ownerEmail)).map(({ subject }) => subject)).toContain(`${email} joined ${name}`);
});

test('an invitation lapses after seven days, and of several the newest link alone is good', async () => {
  await using cloud = await startTestCloud();
  const ownerEmail = await register(cloud);
  const owner = await signIn(cloud, ownerEmail);
  const { id } = await ownOrganisation(owner);
  const email = await register(cloud);
  const look = async (token: string) =>
    (await cloud.agent().post('/api/v1/invitations/look').send({ token })).body.code ?? 'good';
  const invite = async () => {
    const { body } = await owner
      .post(`/api/v1/organisations/${id}/invitations`)
      .send({ email, access: everywhere('viewer') })
      .expect(201);
    return { invitation: body.id as string, token: await invitationLink(cloud, email) };
  };
  const first = await invite();
  await cloud.clock.advance('1s');
  const second = await invite();
  expect([await look(first.token), await look(second.token)]).toEqual(['invitation_invalid', 'good']);
  await cloud.clock.advance('1s');
  await owner.post(`/api/v1/organisations/${id}/invitations/${second.invitation}/resend`).expect(204);
  const third = await invitationLink(cloud, email);
  expect([await look(second.token), await look(third)]).toEqual(['invitation_invalid', 'good']);

  await cloud.clock.advance('6d');
  await cloud.clock.advance('23h');
  expect(await look(third)).toBe('good');
  await cloud.clock.advance('1h');
  expect(await look(third)).toBe('invitation_invalid');
  // It stands in the list as lapsed, to be sent again; the session has run out meanwhile, too.
  const back = await signIn(cloud, ownerEmail);
  expect((await back.get(`/api/v1/organisations/${id}/users`)).body.invitations).toMatchObject([
    { email, lapsed: true },
  ]);
});

test('a withdrawn invitation and a declined one are dead', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { id } = await ownOrganisation(owner);
  const email = await register(cloud);
  const guest = await signIn(cloud, email);
  const invite = async () => {
    const { body } = await owner
      .post(`/api/v1/organisations/${id}/invitations`)
      .send({ email, access: everywhere('viewer') })
      .expect(201);
    await cloud.clock.advance('1s');
    return { invitation: body.id as string, token: await invitationLink(cloud, email) };
  };
  const first = await invite();
  await owner.delete(`/api/v1/organisations/${id}/invitations/${first.invitation}`).expect(204);
  await owner.delete(`/api/v1/organisations/${id}/invitations/${first.invitation}`).expect(404);
  await guest.post('/api/v1/invitations/accept').send({ token: first.token }).expect(401);
  const second = await invite();
  await cloud.agent().post('/api/v1/invitations/decline').send({ token: second.token }).expect(204);
  await guest.post('/api/v1/invitations/accept').send({ token: second.token }).expect(401);
  expect((await owner.get(`/api/v1/organisations/${id}/users`)).body.invitations).toEqual([]);
});

test('what an inviter may no longer give, their open invitations no longer give', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { id, sites } = await ownOrganisation(owner);
  const admin = await joined(cloud, owner, id, [{ site: sites[0]!.id, role: 'admin' }]);
  const email = await register(cloud);
  const access = [{ site: sites[0]!.id, role: 'operator' }];
  await admin.browser.post(`/api/v1/organisations/${id}/invitations`).send({ email, access }).expect(201);
  await owner.delete(`/api/v1/organisations/${id}/users/${admin.id}`).expect(204);
  const guest = await signIn(cloud, email);
  await guest
    .post('/api/v1/invitations/accept')
    .send({ token: await invitationLink(cloud, email) })
    .expect(401);
});

test('an Admin manages less than Admins at the own site, sees nobody else, and an Operator manages nobody', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { id, sites } = await ownOrganisation(owner);
  const [main, quay] = [sites[0]!.id, await makeSite(owner, id, 'Quay')];
  const admin = await joined(cloud, owner, id, [{ site: main, role: 'admin' }]);
  const there = await joined(cloud, owner, id, [{ site: main, role: 'operator' }]);
  const elsewhere = await joined(cloud, owner, id, [{ site: quay, role: 'operator' }]);

  const { body } = await admin.browser.get(`/api/v1/organisations/${id}/users`).expect(200);
  const seen = new Map(body.users.map((one: { id: string; changeable: boolean }) => [one.id, one.changeable]));
  expect([seen.get(there.id), seen.has(elsewhere.id), seen.get(admin.id)]).toEqual([true, false, false]);
  const users = `/api/v1/organisations/${id}/users`;
  const give = (who: string, access: object) => admin.browser.patch(`${users}/${who}`).send({ access });
  await give(there.id, [{ site: main, role: 'viewer' }]).expect(204);
  expect((await give(there.id, [{ site: main, role: 'admin' }]).expect(403)).body.code).toBe('role_insufficient');
  await give(there.id, [{ site: quay, role: 'viewer' }]).expect(403);
  await give(elsewhere.id, [{ site: main, role: 'viewer' }]).expect(404);
  await give(admin.id, everywhere('super_admin')).expect(403);
  await admin.browser.delete(`${users}/${elsewhere.id}`).expect(404);
  await admin.browser.post(`/api/v1/organisations/${id}/sites`).send({ name: 'Mine' }).expect(403);
  await admin.browser.patch(`/api/v1/sites/${main}`).send({ address: 'Pier 1' }).expect(204);
  await admin.browser.patch(`/api/v1/sites/${quay}`).send({ address: 'Pier 1' }).expect(404);

  await there.browser.get(users).expect(403);
  await there.browser.delete(`${users}/${elsewhere.id}`).expect(403);
  await there.browser.patch(`/api/v1/sites/${main}`).send({ address: 'x' }).expect(403);
  // Leaving is anybody's own affair.
  await there.browser.delete(`${users}/${there.id}`).expect(204);
  expect((await there.browser.get('/api/v1/organisations')).body.organisations).toHaveLength(1);
});

test('the last Super Admin can neither go nor be made less, not even by two at once', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { id } = await ownOrganisation(owner);
  const self = (await owner.get('/api/v1/session')).body.account.id as string;
  const users = `/api/v1/organisations/${id}/users`;
  expect((await owner.delete(`${users}/${self}`).expect(409)).body.code).toBe('last_super_admin');
  expect(
    (
      await owner
        .patch(`${users}/${self}`)
        .send({ access: everywhere('admin') })
        .expect(409)
    ).body.code,
  ).toBe('last_super_admin');
  const second = await joined(cloud, owner, id, everywhere('super_admin'));
  const both = await Promise.all([owner.delete(`${users}/${self}`), second.browser.delete(`${users}/${second.id}`)]);
  expect(both.map(({ status }) => status).sort()).toEqual([204, 409]);
});

test('each role comes into a VMS Local as what it is there, and what it may not do is refused at every door', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { id, sites } = await ownOrganisation(owner);
  const [main, quay] = [sites[0]!.id, await makeSite(owner, id, 'Quay')];
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await gateway.dial();
  for (const role of ['admin', 'operator', 'viewer', 'live_only'] as const) {
    const member = await joined(cloud, owner, id, [{ site: main, role }]);
    const listed = await member.browser.get('/api/v1/gateways').expect(200);
    const listedHere = listed.body.gateways.find((one: { id: string }) => one.id === gateway.id);
    expect(listedHere).toMatchObject({ role });
    await enter(member.browser, gateway);
    expect(gateway.assertions.at(-1)).toMatchObject({ sub: member.id, role, site: main });

    const manages = role === 'admin';
    await member.browser
      .patch(`/api/v1/gateways/${gateway.id}`)
      .send({ name: role })
      .expect(manages ? 204 : 403);
    if (!manages) await member.browser.delete(`/api/v1/gateways/${gateway.id}`).expect(403);
    using another = await createFakeGateway(cloud);
    const asked = await cloud.agent().post('/api/v1/bindings').send({ name: 'x', jwk: another.jwk }).expect(201);
    await member.browser
      .post('/api/v1/bindings/approve')
      .send({ userCode: asked.body.userCode, siteId: main })
      .expect(manages ? 200 : 403);

    const second = await enrolled(cloud, member.email, member.browser);
    const elevation = await second.agent
      .post('/api/v1/elevations')
      .send({ gatewayId: gateway.id, code: second.code() });
    const pairs = role === 'admin' || role === 'operator';
    expect([role, elevation.status]).toEqual([role, pairs ? 201 : 403]);
    // A code that bought nothing is not spent.
    if (!pairs) {
      const agent = cloud.agent();
      const first = await agent.post('/api/v1/sign-in').send({ email: member.email, password }).expect(200);
      const signedIn = await agent
        .post('/api/v1/sign-in/code')
        .send({ challengeId: first.body.challengeId, code: second.code(), elevateFor: gateway.id })
        .expect(200);
      expect(signedIn.body.elevation).toBeUndefined();
    }
  }
  const elsewhere = await joined(cloud, owner, id, [{ site: quay, role: 'admin' }]);
  expect((await elsewhere.browser.get('/api/v1/gateways')).body.gateways).toEqual([]);
  await elsewhere.browser.post(`/api/v1/gateways/${gateway.id}/open`).expect(404);
  await elsewhere.browser.delete(`/api/v1/gateways/${gateway.id}`).expect(404);
  const { body } = await gateway.call('get', '/self');
  expect(body.members.map((one: { role: string }) => one.role).sort()).toEqual([
    'admin',
    'live_only',
    'operator',
    'super_admin',
    'viewer',
  ]);
});

test.each([
  ['removed', 'live_only'],
  ['made less', 'viewer'],
  ['moved away with its site', 'admin'],
] as const)(
  'somebody who is %s is put out of what is open within a second, and the VMS Local is told',
  async (how, role) => {
    await using cloud = await startTestCloud();
    const owner = await signIn(cloud, await register(cloud));
    const { id, sites } = await ownOrganisation(owner);
    const quay = await makeSite(owner, id, 'Quay');
    using gateway = await createFakeGateway(cloud);
    await gateway.bind(owner);
    await gateway.dial();
    const member = await joined(cloud, owner, id, [{ site: sites[0]!.id, role }]);
    const theirs = await enter(member.browser, gateway);
    const mine = await enter(owner, gateway);
    const { revocationsAfter } = (await gateway.call('get', '/self')).body;
    const ticket = (await member.browser.post(`/api/v1/gateways/${gateway.id}/open`).expect(200)).body.ticket as string;
    const stream = await fetch(`${theirs.base}endless`, { headers: { cookie: theirs.cookie } });
    const ended = (async () => {
      try {
        for await (const _ of stream.body!) {
          // The first part; nothing follows until it is cut.
        }
      } catch {
        // Cut in the middle.
      }
      return performance.now();
    })();

    const at = performance.now();
    const user = `/api/v1/organisations/${id}/users/${member.id}`;
    if (how === 'removed') await owner.delete(user).expect(204);
    else if (how === 'made less')
      await owner
        .patch(user)
        .send({ access: everywhere('live_only') })
        .expect(204);
    else await owner.patch(`/api/v1/gateways/${gateway.id}`).send({ siteId: quay }).expect(204);
    expect((await ended) - at).toBeLessThan(1000);
    await until(() => gateway.logouts.length > 0, 'the logout');
    expect(gateway.logouts).toMatchObject([{ sub: member.id }]);
    expect(gateway.logouts[0]).not.toHaveProperty('sid');

    const relay = ({ base, cookie }: { base: string; cookie: string }) => request(base).get('').set('Cookie', cookie);
    await relay(theirs).expect(401);
    await relay(mine).expect(200);
    const opened = await request(theirs.base).post('_open').send({ ticket });
    // Made less: the ticket still opens, as what they are now.
    expect(opened.status).toBe(how === 'made less' ? 303 : 401);
    if (how === 'made less') expect(gateway.assertions.at(-1)).toMatchObject({ sub: member.id, role: 'live_only' });
    // For a VMS Local that was away: of the person, for this one alone.
    const missed = await gateway.call('get', `/revocations?after=${revocationsAfter}`);
    expect(missed.body.revocations).toMatchObject([{ sub: member.id }]);
    // The account itself stays signed in.
    await member.browser.get('/api/v1/session').expect(200);
  },
);

test('an elevation is worth nothing once the role that bought it is gone', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { id } = await ownOrganisation(owner);
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  const member = await joined(cloud, owner, id, everywhere('operator'));
  const second = await enrolled(cloud, member.email, member.browser);
  const made = await second.agent
    .post('/api/v1/elevations')
    .send({ gatewayId: gateway.id, code: second.code() })
    .expect(201);
  await owner
    .patch(`/api/v1/organisations/${id}/users/${member.id}`)
    .send({ access: everywhere('viewer') })
    .expect(204);
  const redeemed = await cloud
    .agent()
    .post('/api/v1/gateway/elevations/redeem')
    .set('Authorization', `Bearer ${await gateway.assertion()}`)
    .send({ elevation: made.body.elevation });
  expect([redeemed.status, redeemed.body.code]).toEqual([401, 'elevation_invalid']);
});

test('a VMS Local that an Admin bound is owned by a Super Admin of the organisation', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const owner = await signIn(cloud, email);
  const { id, sites } = await ownOrganisation(owner);
  const admin = await joined(cloud, owner, id, [{ site: sites[0]!.id, role: 'admin' }]);
  using gateway = await createFakeGateway(cloud);
  const asked = await cloud.agent().post('/api/v1/bindings').send({ name: 'x', jwk: gateway.jwk }).expect(201);
  const { userCode, bindingId, pollToken } = asked.body;
  await admin.browser.post('/api/v1/bindings/approve').send({ userCode, siteId: sites[0]!.id }).expect(200);
  const polled = await cloud.agent().post('/api/v1/bindings/poll').send({ bindingId, pollToken }).expect(200);
  expect(polled.body).toMatchObject({ status: 'approved', owner: { email } });
});

test('the TP-Link API lists the VMS Locals that the account may open, and no others', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  const { id, sites } = await ownOrganisation(owner);
  const quay = await makeSite(owner, id, 'Quay');
  using one = await createFakeGateway(cloud, 'One');
  using two = await createFakeGateway(cloud, 'Two');
  await one.bind(owner);
  await two.bind(owner);
  await owner.patch(`/api/v1/gateways/${two.id}`).send({ siteId: quay }).expect(204);
  const member = await joined(cloud, owner, id, [{ site: sites[0]!.id, role: 'viewer' }]);
  const call = (path: string, body: object, token = '') =>
    cloud.agent().post(`/api/v2/${path}?token=${token}`).send(body).expect(200);
  const login = await call('account/login', { cloudUserName: member.email, cloudPassword: password });
  const list = async () =>
    (await call('common/getDeviceList', {}, login.body.result.token)).body.result.deviceList.map(
      (device: { deviceId: string }) => device.deviceId,
    );
  expect(await list()).toEqual([one.id]);
  await owner.delete(`/api/v1/organisations/${id}/users/${member.id}`).expect(204);
  expect(await list()).toEqual([]);
});
