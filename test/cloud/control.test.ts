import request from 'supertest';
import { expect, test } from 'vitest';
import { challenge, enrolled, password, register, signIn, startTestCloud } from './cloud.ts';
import { createFakeGateway } from './gateway.ts';

test('the control API asks for its token and takes no request of a page', async () => {
  await using cloud = await startTestCloud({ control: true });
  const { url, token } = cloud.control!;
  const get = (headers: Record<string, string>) => request(url).get('/control/v1/clock').set(headers);
  await get({}).expect(401);
  await get({ Authorization: 'Bearer guessed' }).expect(401);
  await get({ Authorization: `Bearer ${token}`, Origin: cloud.url }).expect(401);
  await get({ Authorization: `Bearer ${token}` }).expect(200);
  expect(new URL(url).hostname).toBe('127.0.0.1');
  await cloud.agent().get('/control/v1/clock').set('Authorization', `Bearer ${token}`).expect(404);
});

test('the lab reads codes and mails, moves the clock, ends sessions and cuts tunnels', async () => {
  await using cloud = await startTestCloud({ control: true });
  const { url, token } = cloud.control!;
  const lab = request.agent(url).set('Authorization', `Bearer ${token}`);
  const { email, agent } = await enrolled(cloud);

  const code = (await lab.get(`/control/v1/accounts/${email}/code`).expect(200)).body;
  expect(code).toMatchObject({ code: expect.stringMatching(/^\d{6}$/), used: false });
  const one = await challenge(cloud, email);
  await one.agent.post('/api/v1/sign-in/code').send({ challengeId: one.challengeId, code: code.code }).expect(200);
  expect((await lab.get(`/control/v1/accounts/${email}/code`)).body.used).toBe(true);
  const moved = (await lab.post('/control/v1/clock').send({ advanceMs: 30_000 }).expect(200)).body;
  expect(moved.offsetMs).toBe(30_000);
  const next = (await lab.get(`/control/v1/accounts/${email}/code`)).body;
  expect(next.used).toBe(false);
  const two = await challenge(cloud, email);
  await two.agent.post('/api/v1/sign-in/code').send({ challengeId: two.challengeId, code: next.code }).expect(200);

  const mails = (await lab.get('/control/v1/mail').query({ to: email }).expect(200)).body.messages;
  expect(mails[0].subject).toBe('Two-factor authentication was turned on');
  await lab.delete('/control/v1/mail').expect(204);
  expect((await lab.get('/control/v1/mail')).body.messages).toEqual([]);

  using gateway = await createFakeGateway(cloud);
  const owner = await signIn(cloud, await register(cloud));
  await gateway.bind(owner);
  // The cloud runs ahead of the gateway's clock by the offset, within what machines are allowed.
  await gateway.dial();
  expect((await lab.get('/control/v1/gateways')).body.gateways).toEqual([{ id: gateway.id, online: true }]);
  expect((await lab.post(`/control/v1/gateways/${gateway.id}/cut-tunnel`)).body).toEqual({ cut: true });
  expect((await lab.post(`/control/v1/gateways/${gateway.id}/cut-tunnel`)).body).toEqual({ cut: false });

  expect((await lab.get(`/control/v1/accounts/${email}/sessions`)).body.sessions).toHaveLength(3);
  expect((await lab.delete(`/control/v1/accounts/${email}/sessions`)).body).toEqual({ ended: 3 });
  await agent.get('/api/v1/session').expect(401);
  await lab.get('/control/v1/accounts/nobody@example.test/code').expect(404);
  await lab.post('/control/v1/clock').send({ offsetMs: 'late' }).expect(400);

  const plain = await register(cloud);
  await lab.patch(`/control/v1/accounts/${plain}`).send({ region: 'euw1' }).expect(204);
  await lab.post('/control/v1/tplink').send({ mfaForm: 'nested' }).expect(204);
  const answer = await cloud
    .agent()
    .post('/api/v2/account/login')
    .send({ cloudUserName: plain, cloudPassword: password });
  expect(answer.body.error_code).toBe(-20212);
});

test('a wish that cannot be granted is refused in words, and leaves the lab as it was', async () => {
  await using cloud = await startTestCloud({ control: true });
  const { url, token } = cloud.control!;
  const lab = request.agent(url).set('Authorization', `Bearer ${token}`);
  const before = (await lab.get('/control/v1/clock')).body;
  const refused = async (path: string, wish: object) =>
    (await lab.post(`/control/v1/${path}`).send(wish).expect(400)).body.detail as string;
  for (const offsetMs of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 8.64e15, -40 * 365 * 86_400_000])
    expect(await refused('clock', { offsetMs })).toContain('2199');
  expect(await refused('clock', { advanceMs: Number.MAX_SAFE_INTEGER })).toContain('2199');
  expect(await refused('clock', { advance: 5 })).toBe('say offsetMs or advanceMs, in whole milliseconds');
  expect(await refused('faults', { path: '/api', delay: 5, drop: true })).toContain('delay');
  expect((await lab.get('/control/v1/clock')).body).toEqual(before);
  expect((await lab.get('/control/v1/faults')).body.faults).toEqual([]);
  await cloud.agent().get('/healthz').expect(200);
});
