import { afterAll, beforeAll, expect, test } from 'vitest';
import { Browser } from '../gateway-people/browser.ts';
import { type Lab, startLab } from '../lab/index.ts';

/** An organisation with a real VMS Local and a camera: what its users are there, and what the portal lists. */
let lab: Lab & AsyncDisposable;
beforeAll(async () => {
  lab = await startLab({ cameras: [{ name: 'door', profile: 'c340' }] });
}, 60_000);
afterAll(() => lab?.[Symbol.asyncDispose]());

const at = (path: string) => `${lab.cloud.url}/api/v1${path}`;
const eventually = async (what: string, holds: () => Promise<boolean>) => {
  for (let tries = 0; tries < 400; tries++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`${what} did not come about`);
};
interface Listed {
  id: string;
  name: string;
  model: string;
  state: string;
  lastSeenAt?: string;
}

test('the portal lists the camera as its VMS Local sees it, and by the name it has there', async () => {
  const owner = await lab.owner();
  const list = async () => (await owner.get<{ devices: Listed[] }>('/devices')).devices;
  const state = async (wanted: string) => (await list())[0]?.state === wanted;
  await eventually('the camera online', () => state('online'));
  expect(await list()).toMatchObject([{ model: expect.stringContaining('C340'), gateway: { online: true } }]);
  const { body } = await lab.adminApi.call('GET', '/cameras');
  expect((await list()).map(({ id, name }) => [id, name])).toEqual(
    body.cameras.map((one: Listed) => [one.id, one.name]),
  );
  await lab.adminApi.call('PATCH', `/cameras/${body.cameras[0].id}`, { name: 'Front door' });
  await eventually('the new name', async () => (await list())[0]?.name === 'Front door');
});

test('a user is at the gateway what the portal says, is put out when that changes, and comes back as what they are then', async () => {
  const owner = await lab.owner();
  const { organisations } = await owner.get<{ organisations: { id: string }[] }>('/organisations');
  const [{ id }] = organisations as [{ id: string }];
  const guest = { email: 'guest@vigil.test', password: 'Guest-of-the-lab-1' };
  const browser = new Browser();
  await browser.post(at('/sign-up'), { ...guest, name: 'Gus' });
  await browser.post(at('/sign-in'), guest);
  await owner.post(`/organisations/${id}/invitations`, {
    email: guest.email,
    access: [{ site: '*', role: 'operator' }],
  });
  const mail = (await lab.cloud.mail(guest.email)).find(({ subject }) => subject.includes('invites you'));
  const token = new URL(mail!.links[0]!).hash.slice(1);
  expect((await browser.post(at('/invitations/accept'), { token })).status).toBe(200);

  const { gatewayId } = lab.gateway;
  const enter = async () => {
    const { json } = await browser.post(at(`/gateways/${gatewayId}/open`));
    await browser.open(json.openUrl, { ticket: json.ticket });
    return `${new URL(json.openUrl).origin}/${gatewayId}/api/v1`;
  };
  const role = async (api: string) => {
    const { status, json } = await browser.get(`${api}/auth/session`);
    return status === 200 ? json.user.role : status;
  };
  const inside = await enter();
  expect(await role(inside)).toBe('operator');
  const users = await owner.get<{ users: { id: string; email: string }[] }>(`/organisations/${id}/users`);
  const { id: user } = users.users.find(({ email }) => email === guest.email)!;

  const { ticket } = (await browser.post(`${inside}/feed/ticket`)).json;
  const feed = browser.socket(`${inside}/feed`, ['vigil.feed.v1', `ticket.${ticket}`]);
  await eventually('the feed', async () => feed.heard.includes('hello'));
  const bearer = await ownersToken();
  const changed = await fetch(at(`/organisations/${id}/users/${user}`), {
    method: 'PATCH',
    headers: { 'content-type': 'application/json', ...bearer },
    body: JSON.stringify({ access: [{ site: '*', role: 'live_only' }] }),
  });
  expect(changed.status).toBe(204);
  await feed.closed;
  expect(await role(inside)).toBe(401);
  const again = await enter();
  expect(await role(again)).toBe('live_only');
  expect((await browser.get(`${again}/users`)).status).toBe(403);

  await owner.delete(`/organisations/${id}/users/${user}`);
  expect(await role(again)).toBe(401);
  expect((await browser.post(at(`/gateways/${gatewayId}/open`))).status).toBe(404);
  await eventually('the gateway forgetting the guest', async () => {
    const { body } = await lab.adminApi.call('GET', '/users');
    return !JSON.stringify(body).includes(guest.email);
  });
});

test('cameras of a VMS Local that was unbound are listed no longer', async () => {
  const owner = await lab.owner();
  await lab.adminApi.call('DELETE', '/cloud-access');
  await eventually(
    'the list without it',
    async () => (await owner.get<{ devices: Listed[] }>('/devices')).devices.length === 0,
  );
});

/** A bearer token of the owner, for a method that the lab's client does not offer. */
async function ownersToken() {
  const { email, password } = lab.people.owner;
  const first = (await (
    await fetch(at('/sign-in'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password, delivery: 'bearer' }),
    })
  ).json()) as { challengeId: string };
  const { token } = (await (
    await fetch(at('/sign-in/code'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ challengeId: first.challengeId, code: await lab.code() }),
    })
  ).json()) as { token: string };
  return { authorization: `Bearer ${token}` };
}
