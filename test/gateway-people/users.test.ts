import { expect, test } from 'vitest';
import { adminPassword, expectProblem, openFeed, startHouse } from './harness.ts';

const password = 'a good enough one';

async function startTeam() {
  const house = await startHouse();
  const owner = await house.admin();
  const add = async (username: string, role: string) => {
    const { body } = await owner.post('/api/v1/users').send({ username, password, role }).expect(201);
    const agent = house.agent();
    await agent.post('/api/v1/auth/sign-in').send({ username, password }).expect(200);
    return { agent, id: body.user.id as string };
  };
  return Object.assign(house, { owner, add });
}

test('an administrator adds people, each name once whatever its case', async () => {
  await using house = await startTeam();
  await house.add('Guard', 'viewer');
  expectProblem(
    await house.owner.post('/api/v1/users').send({ username: 'guard', password, role: 'viewer' }),
    409,
    'user_exists',
  );
  expectProblem(
    await house.owner.post('/api/v1/users').send({ username: 'a b', password, role: 'viewer' }),
    400,
    'body_invalid',
  );
  expectProblem(
    await house.owner.post('/api/v1/users').send({ username: 'x', password, role: 'root' }),
    400,
    'body_invalid',
  );
  expectProblem(
    await house.owner.post('/api/v1/users').send({ username: 'x', password: 'short', role: 'viewer' }),
    422,
    'password_unfit',
  );
  const { body } = await house.owner.get('/api/v1/users').expect(200);
  expect(JSON.stringify(body)).not.toContain('argon2');
});

test('nobody makes, changes or removes somebody above them', async () => {
  await using house = await startTeam();
  const { agent: admin } = await house.add('deputy', 'admin');
  const { body } = await admin.get('/api/v1/users').expect(200);
  const owner = body.users.find(({ role }: { role: string }) => role === 'super_admin');
  expectProblem(
    await admin.post('/api/v1/users').send({ username: 'evil', password, role: 'super_admin' }),
    403,
    'role_insufficient',
  );
  expectProblem(await admin.patch(`/api/v1/users/${owner.id}`).send({ password }), 403, 'role_insufficient');
  expectProblem(await admin.delete(`/api/v1/users/${owner.id}`), 403, 'role_insufficient');
});

test('the last super admin stays, also when two leave at once', async () => {
  await using house = await startTeam();
  const { id } = await house.add('second', 'super_admin');
  const { body } = await house.owner.get('/api/v1/users').expect(200);
  const owner = body.users.find(({ name }: { name: string }) => name === 'admin');
  const answers = await Promise.all(
    [id, owner.id].map((one) => house.owner.patch(`/api/v1/users/${one}`).send({ role: 'viewer' })),
  );
  expect(answers.map(({ status }) => status).filter((status) => status === 200).length).toBeLessThanOrEqual(1);
});

test('a smaller role bites at once, and ends what was open', async () => {
  await using house = await startTeam();
  const { agent, id } = await house.add('guard', 'viewer');
  using feed = await openFeed(house, agent);
  await feed.heard('hello');
  await house.owner.patch(`/api/v1/users/${id}`).send({ role: 'live_only' }).expect(200);
  expect(await feed.closed).toBe(4401);
  expectProblem(await agent.get('/api/v1/auth/session'), 401, 'sign_in_required');
});

test('removing a person ends their sessions and live feeds', async () => {
  await using house = await startTeam();
  const { agent, id } = await house.add('guard', 'viewer');
  using feed = await openFeed(house, agent);
  await feed.heard('hello');
  await house.owner.delete(`/api/v1/users/${id}`).expect(204);
  expect(await feed.closed).toBe(4401);
  await agent.get('/api/v1/auth/session').expect(401);
  expectProblem(await house.owner.delete(`/api/v1/users/${id}`), 404, 'not_found');
});

test('a person changes their own password by the old one, and their other sessions end', async () => {
  await using house = await startTeam();
  const other = await house.admin();
  const change = (currentPassword: string, to: string) =>
    house.owner.post('/api/v1/auth/password').send({ currentPassword, password: to });
  expectProblem(await change('not it', 'another good one'), 401, 'wrong_credentials');
  expectProblem(await change(adminPassword, 'admin123'), 422, 'password_unfit');
  await change(adminPassword, 'another good one').then(({ status }) => expect(status).toBe(204));
  await house.owner.get('/api/v1/auth/session').expect(200);
  await other.get('/api/v1/auth/session').expect(401);
  await house.agent().post('/api/v1/auth/sign-in').send({ username: 'admin', password: adminPassword }).expect(401);
  await house
    .agent()
    .post('/api/v1/auth/sign-in')
    .send({ username: 'admin', password: 'another good one' })
    .expect(200);
});

test('what people did is written down, newest first, without secrets', async () => {
  await using house = await startTeam();
  await house.add('guard', 'viewer');
  const { body } = await house.owner.get('/api/v1/audit?limit=2').expect(200);
  expect(body.entries.map(({ action }: { action: string }) => action)).toEqual(['session.started', 'user.added']);
  const older = await house.owner.get(`/api/v1/audit?before=${body.next}`).expect(200);
  expect(older.body.entries.map(({ action }: { action: string }) => action)).toEqual(['setup.done']);
  expect(JSON.stringify([body, older.body])).not.toContain(password);
});
