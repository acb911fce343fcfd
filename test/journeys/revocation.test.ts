import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { codeAt } from '../../cloud-mock/sign-in/totp.ts';
import { type Lab, startLab } from '../lab/index.ts';

/**
 * Cloud, gateway and a camera as they are. Somebody is inside from away with everything open that can be: a live picture, a
 * live feed, a page that asks on, an app. Then it is taken back. Each test asserts that all of it ends; how long that took
 * is measured and printed, not asserted.
 */
let lab: Lab & AsyncDisposable;
const figures: Record<string, Record<string, string>> = {};

beforeAll(async () => {
  lab = await startLab({ cameras: [{ name: 'door', profile: 'c340' }] });
}, 60_000);
afterAll(async () => {
  console.table(figures);
  await lab?.[Symbol.asyncDispose]();
});

/** A person from away with all kinds of things open through the tunnel. */
async function insider() {
  const api = await lab.owner();
  const { session } = await api.get<{ session: { id: string } }>('/session');
  const { openUrl, ticket } = await api.post<{ openUrl: string; ticket: string }>(
    `/gateways/${lab.gateway.gatewayId}/open`,
    {},
  );
  const opened = await fetch(openUrl, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ticket }),
  });
  expect(opened.status).toBe(303);
  const cookie = opened.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  const { origin } = new URL(openUrl);
  const base = `${origin}/${lab.gateway.gatewayId}/api/v1`;
  const ask = (path: string, method = 'GET') => fetch(`${base}${path}`, { method, headers: { cookie, origin } });
  expect(await (await ask('/auth/session')).json()).toMatchObject({ user: { remote: true } });

  // Live video of a real camera, RTSP pulled by the gateway, as MP4 through the tunnel.
  const { cameras } = (await (await ask('/cameras')).json()) as { cameras: { id: string }[] };
  const live = await ask(`/cameras/${cameras[0]!.id}/live`);
  expect(live.headers.get('content-type')).toMatch(/^video\/mp4/);
  const picture = live.body!.getReader();
  let bytes = Buffer.alloc(0);
  while (bytes.length < 20_000) bytes = Buffer.concat([bytes, (await picture.read()).value!]);
  expect(bytes.subarray(4, 8).toString()).toBe('ftyp');

  // The live feed, a WebSocket through the tunnel.
  const { ticket: feedTicket } = (await (await ask('/feed/ticket', 'POST')).json()) as { ticket: string };
  const feed = new WebSocket(`${base.replace('http', 'ws')}/feed`, ['vigil.feed.v1', `ticket.${feedTicket}`], {
    headers: { cookie, origin },
  });
  await new Promise<void>((resolve, reject) => {
    feed.once('message', () => resolve());
    feed.once('error', reject);
  });
  feed.on('error', () => undefined);

  const refused = async (again: () => Promise<boolean>) => {
    while (!(await again())) await new Promise((resolve) => setImmediate(resolve));
  };
  const ends: Record<string, () => Promise<unknown>> = {
    'live picture': async () => {
      for (;;) if ((await picture.read().catch(() => ({ done: true }))).done) return;
    },
    'live feed': () =>
      new Promise((resolve) => (feed.readyState === feed.CLOSED ? resolve(0) : feed.once('close', resolve))),
    'page through the relay': () =>
      refused(async () => {
        const status = await ask('/status').then(
          (answer) => answer.status,
          () => 0,
        );
        return status === 401 || status === 0;
      }),
    'session at the cloud': () =>
      refused(async () =>
        api.get('/session').then(
          () => false,
          () => true,
        ),
      ),
    'session at the gateway': () =>
      refused(async () => {
        const { body } = await lab.adminApi.call('GET', '/sessions');
        return body.sessions.every((one: { via: string }) => one.via === 'local');
      }),
  };
  return { api, sessionId: session.id, ends };
}

/** Take it back and measure until each thing is over. */
async function measure(
  cause: string,
  takeBack: (victim: Awaited<ReturnType<typeof insider>>) => Promise<unknown>,
  stays: string[] = [],
) {
  const victim = await insider();
  const began = performance.now();
  const row: Record<string, string> = {};
  const over = Object.entries(victim.ends).filter(([what]) => !stays.includes(what));
  const all = over.map(async ([what, end]) => {
    await end();
    row[what] = `${Math.round(performance.now() - began)} ms`;
  });
  await takeBack(victim);
  const answeredAt = performance.now();
  row['answered'] = `${Math.round(answeredAt - began)} ms`;
  await Promise.all(all);
  row['all over after the answer'] = `${Math.max(0, Math.round(performance.now() - answeredAt))} ms`;
  figures[cause] = row;
}

const unbound = async () => (await lab.adminApi.call('GET', '/cloud-access')).body.state === 'unbound';

test('signing out ends everything that the session opened', () =>
  measure('signed out', ({ api }) => api.post('/sign-out', {})));

test('a session ended from elsewhere ends everything that it opened', async () => {
  const other = await lab.owner();
  await measure('session ended elsewhere', ({ sessionId }) => other.delete(`/sessions/${sessionId}`));
  await other.get('/session');
});

test('signing out everywhere ends everything', async () => {
  const other = await lab.owner();
  await measure('signed out everywhere', () => other.delete('/sessions'));
});

test('a changed password ends everything', async () => {
  const { owner } = lab.people;
  const other = await lab.owner();
  const newPassword = 'Another-of-the-lab-1';
  await measure('password changed', () =>
    other.post('/account/password', { currentPassword: owner.password, newPassword }),
  );
  owner.password = newPassword;
});

test('two-factor authentication off ends everything', async () => {
  const { password } = lab.people.owner;
  const other = await lab.owner();
  await measure('two-factor off', async () => other.post('/two-factor/disable', { password, code: await lab.code() }));
});

test('unbinding, from the gateway or at the cloud, ends everything but the session at the cloud', async () => {
  await measure('unbound by the gateway', () => lab.adminApi.call('DELETE', '/cloud-access'), ['session at the cloud']);
  expect(lab.gateway.tunnel.online).toBe(false);
  await lab.bind();
  const other = await lab.owner();
  await measure('unbound at the cloud', () => other.delete(`/gateways/${lab.gateway.gatewayId}`), [
    'session at the cloud',
  ]);
  while (!(await unbound())) await new Promise((resolve) => setImmediate(resolve));
  expect(lab.gateway.tunnel.online).toBe(false);
});

test('a gateway whose tunnel was cut dials again by itself and serves as before', async () => {
  await lab.bind();
  const before = await insider();
  expect(lab.cloud.cutTunnel(lab.gateway.gatewayId)).toBe(true);
  await before.ends['live picture']!();
  await before.ends['live feed']!();
  const listed = async () =>
    (await before.api.get<{ gateways: { online: boolean }[] }>('/gateways')).gateways.every(({ online }) => online);
  while (!(await listed())) await new Promise((resolve) => setImmediate(resolve));
  await insider();
});

test('two-factor authentication on ends everything', async () => {
  const { password } = lab.people.owner;
  const other = await lab.owner();
  const { enrolmentId, secret } = await other.post<{ enrolmentId: string; secret: string }>('/two-factor/enrolment', {
    password,
  });
  await measure('two-factor on', () =>
    other.post('/two-factor/enrolment/confirm', { enrolmentId, code: codeAt(secret, lab.clock.now()) }),
  );
});
