import { beforeAll, expect, test } from 'vitest';
import { register } from '../cloud/cloud.ts';
import { createFakeGateway } from '../cloud/gateway.ts';
import { invitationLink } from '../cloud/people.ts';
import { buildPages } from '../lab/pages.ts';
import { givePassword, owner, startPortal } from './portal.ts';

beforeAll(() => buildPages('cloud'), 240_000);

test('a site is made, a VMS Local moved there, a user invited by mail, and put out again', {
  timeout: 240_000,
}, async () => {
  await using portal = await startPortal();
  const { cloud } = portal;
  using gateway = await createFakeGateway(cloud, 'Harbour office');
  const agent = cloud.agent();
  await agent.post('/api/v1/sign-in').send({ email: owner.email, password: owner.password }).expect(200);
  await gateway.bind(agent);
  await gateway.dial();

  const page = await portal.newPage();
  await page.goto(`${cloud.url}/sites`);
  await givePassword(page);
  await page.getByRole('heading', { name: 'Organisation and sites' }).waitFor();
  await page.getByRole('button', { name: 'Add a site' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('main site');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await page.getByText('There is a site of that name already.').waitFor();
  await page.getByRole('dialog').getByLabel('Name').fill('Quay');
  await page.getByRole('dialog').getByLabel('Time zone').selectOption('Europe/Berlin');
  await page.getByRole('dialog').getByRole('button', { name: 'Add' }).click();
  await page.getByRole('button', { name: 'Edit Quay' }).waitFor();

  await page.goto(cloud.url);
  await page.getByRole('button', { name: 'Edit Harbour office' }).click();
  await page.getByRole('dialog').getByLabel('Name').fill('Gatehouse');
  await page.getByRole('dialog').getByLabel('Site').selectOption({ label: 'Quay' });
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Gatehouse' }).waitFor();
  await page.getByText('Quay', { exact: true }).waitFor();

  const guard = 'guard@vigil.test';
  await page.goto(`${cloud.url}/users`);
  await page.getByText('Nobody is invited at the moment.').waitFor();
  await page.getByRole('button', { name: 'Add a user' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click();
  await page.getByText('Enter an e-mail address, such as ann@example.com.').waitFor();
  await page.getByText('Choose a role for at least one site.').waitFor();
  await page.getByLabel('TP-Link ID (e-mail)').fill(guard);
  await page.getByLabel('At Quay').selectOption('viewer');
  await page.getByRole('dialog').getByRole('button', { name: 'Invite' }).click();
  await page.getByRole('button', { name: `Withdraw the invitation of ${guard}` }).waitFor();

  // The guard has no TP-Link ID yet: the link leads through making one.
  const theirs = await portal.newPage();
  await theirs.goto(`${cloud.url}/invitation#${await invitationLink(cloud, guard)}`);
  await theirs.getByRole('heading', { name: `Join ${owner.name}’s organisation?` }).waitFor();
  expect(theirs.url()).toBe(`${cloud.url}/invitation`);
  await theirs.getByText('Viewer at Quay: live, playback and events.').waitFor();
  await theirs.getByRole('link', { name: 'Create this TP-Link ID' }).click();
  expect(await theirs.getByLabel('E-mail').inputValue()).toBe(guard);
  await theirs.getByLabel('Name').fill('Gus Guard');
  await theirs.getByLabel('Password', { exact: true }).fill(owner.password);
  await theirs.getByRole('button', { name: 'Create TP-Link ID' }).click();
  await theirs.getByRole('button', { name: 'Accept' }).click();
  await theirs.getByRole('heading', { name: 'You are in' }).waitFor();
  await theirs.getByRole('link', { name: 'Go to my VMS Locals' }).click();
  await theirs.getByRole('heading', { name: 'Gatehouse' }).waitFor();
  await theirs.getByText('Viewer', { exact: true }).waitFor();
  expect(await theirs.getByRole('button', { name: 'Unbind Gatehouse' }).count()).toBe(0);
  await theirs.getByRole('button', { name: 'Open Gatehouse' }).click();
  await theirs.waitForURL(new RegExp(`/${gateway.id}/$`));
  expect(gateway.assertions.at(-1)).toMatchObject({ email: guard, role: 'viewer' });

  await page.getByRole('button', { name: 'Remove Gus Guard' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: 'Remove Gus Guard' }).waitFor({ state: 'detached' });
  await theirs.reload();
  await theirs.getByText('Open this VMS Local from the portal first.').waitFor();
  await theirs.goto(cloud.url);
  await theirs.getByRole('heading', { name: 'Bind your first VMS Local' }).waitFor();
  // The browser itself notes each refusal it meets; nothing else may be said.
  const others = [...page.complaints, ...theirs.complaints].filter((line) => !/status of (401|409)/.test(line));
  expect(others).toEqual([]);
});

test('a withdrawn invitation says so, and somebody else who is signed in is told for whom it is', {
  timeout: 120_000,
}, async () => {
  await using portal = await startPortal();
  const { cloud } = portal;
  const agent = cloud.agent();
  await agent.post('/api/v1/sign-in').send({ email: owner.email, password: owner.password }).expect(200);
  const { body } = await agent.get('/api/v1/organisations').expect(200);
  const path = `/api/v1/organisations/${body.organisations[0].id}/invitations`;
  const guest = await register(cloud);
  const invited = await agent
    .post(path)
    .send({ email: guest, access: [{ site: '*', role: 'operator' }] })
    .expect(201);
  const link = `${cloud.url}/invitation#${await invitationLink(cloud, guest)}`;

  const page = await portal.newPage();
  await page.goto(`${cloud.url}/sign-in`);
  await givePassword(page);
  await page.getByRole('heading', { name: `Hello, ${owner.name}` }).waitFor();
  await page.goto(link);
  await page.getByText(`This invitation is for ${guest}`).waitFor();
  await page.getByRole('button', { name: `Sign in as ${guest}` }).click();
  expect(await page.getByLabel('E-mail').inputValue()).toBe(guest);
  await agent.delete(`${path}/${invited.body.id}`).expect(204);
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await page.getByRole('heading', { name: 'This invitation does not work' }).waitFor();
});
