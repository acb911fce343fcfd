import { register, signIn, type TestCloud } from './cloud.ts';
import type { FakeGateway } from './gateway.ts';

export type Browser = ReturnType<TestCloud['agent']>;
export interface Grant {
  site: string;
  role: string;
}
export const everywhere = (role: string): Grant[] => [{ site: '*', role }];

/** The organisation that somebody founded, as they see it. */
export async function ownOrganisation(browser: Browser) {
  const { body } = await browser.get('/api/v1/organisations').expect(200);
  return body.organisations.find((one: { own: boolean }) => one.own) as {
    id: string;
    name: string;
    sites: { id: string; name: string; role: string; rights: string[] }[];
  };
}

/** The secret of the newest invitation mailed to an address. */
export async function invitationLink(cloud: TestCloud, email: string): Promise<string> {
  const mail = (await cloud.mail(email)).find(({ subject }) => subject.includes('invites you'));
  const link = mail?.links.find((one) => one.startsWith(`${cloud.url}/invitation#`));
  if (!link) throw new Error(`no invitation was mailed to ${email}`);
  return new URL(link).hash.slice(1);
}

/** Somebody new who was invited and accepted. */
export async function joined(cloud: TestCloud, owner: Browser, organisationId: string, access: Grant[]) {
  const email = await register(cloud);
  const browser = await signIn(cloud, email);
  await owner.post(`/api/v1/organisations/${organisationId}/invitations`).send({ email, access }).expect(201);
  await browser
    .post('/api/v1/invitations/accept')
    .send({ token: await invitationLink(cloud, email) })
    .expect(200);
  const { body } = await browser.get('/api/v1/session').expect(200);
  return { email, browser, id: body.account.id as string };
}

/** One more site; its id. */
export async function makeSite(browser: Browser, organisationId: string, name: string): Promise<string> {
  const { body } = await browser.post(`/api/v1/organisations/${organisationId}/sites`).send({ name }).expect(201);
  return body.id as string;
}

/** Enter a VMS Local through the relay; returns its address there and the relay's cookie. */
export async function enter(browser: Browser, gateway: FakeGateway) {
  const { body } = await browser.post(`/api/v1/gateways/${gateway.id}/open`).expect(200);
  const opened = await fetch(body.openUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ ticket: body.ticket }),
    redirect: 'manual',
  });
  if (opened.status !== 303) throw new Error(`the relay answered ${opened.status}`);
  const base = (body.openUrl as string).replace(/_open$/, '');
  return { base, cookie: opened.headers.getSetCookie()[0]!.split(';')[0]! };
}
