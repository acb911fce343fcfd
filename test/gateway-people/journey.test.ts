import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Cloud, startCloud } from '../../cloud-mock/index.ts';
import { manualClock, realClock } from '../../core/runtime/clock.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { Browser } from './browser.ts';
import { adminPassword, type House, startHouse, until } from './harness.ts';

const owner = { email: 'owner@vigil.test', password: 'Owner-of-the-shop-1' };

/** Gateway and cloud as they are, bound by their owner; the clock stands still. */
async function startTown(startAt = realClock.now()) {
  const clock = manualClock(startAt);
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-cloud-'));
  const cloud = await startCloud(
    { host: '127.0.0.1', port: 0, relayPort: 0, dataDir, firstAccount: { ...owner, name: 'Olivia' } },
    { clock, random: secureRandom, log: silentLog },
  );
  const house = await startHouse({ cloudUrl: cloud.url }, clock);
  await house.admin();
  const admin = new Browser();
  await admin.post(`${house.gateway.url}/api/v1/auth/sign-in`, { username: 'admin', password: adminPassword });
  const town = { clock, cloud, house, admin, at: (path: string) => `${house.gateway.url}/api/v1${path}` };
  await bind(town);
  return Object.assign(town, {
    async [Symbol.asyncDispose]() {
      await house[Symbol.asyncDispose]();
      await cloud[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  });
}
type Town = { clock: House['clock']; cloud: Cloud; house: House; admin: Browser; at(path: string): string };

async function bind({ cloud, house, admin, at, clock }: Town) {
  const { json } = await admin.post(at('/cloud-access/bind'));
  const portal = await signInAtCloud(cloud, new Browser());
  const approved = await portal.post(`${cloud.url}/api/v1/bindings/approve`, { userCode: json.userCode });
  expect(approved.status).toBe(200);
  await until(async () => {
    await clock.advance('1s');
    return house.gateway.tunnel.online;
  }, 'the tunnel');
}

/** Password, then the code where it is asked for. */
async function signInAtCloud(cloud: Cloud, browser: Browser): Promise<Browser> {
  const first = await browser.post(`${cloud.url}/api/v1/sign-in`, owner);
  expect(first.status).toBe(200);
  if (first.json.status === 'code_required') {
    const { challengeId } = first.json;
    const code = await cloud.codeNow(owner.email);
    const second = await browser.post(`${cloud.url}/api/v1/sign-in/code`, { challengeId, code });
    expect(second.json).toMatchObject({ status: 'signed_in' });
  }
  return browser;
}

/** Gateway → cloud's sign-in page → back, as a person clicks through it. */
async function signInOnLan({ cloud, at }: Town, browser = new Browser()) {
  const page = await browser.open(at('/auth/tplink/start'));
  const uid = new URL(page.url).searchParams.get('interaction');
  expect(uid, page.url).toBeTruthy();
  await signInAtCloud(cloud, browser);
  const { json } = await browser.post(`${cloud.url}/api/v1/interactions/${uid}/finish`);
  const done = await browser.open(json.redirectTo);
  return { browser, done };
}

async function openThroughRelay({ cloud, house }: Town, browser: Browser) {
  const { gatewayId } = house.gateway;
  const { json } = await browser.post(`${cloud.url}/api/v1/gateways/${gatewayId}/open`);
  expect(json.openUrl).toContain(gatewayId);
  await browser.open(json.openUrl, { ticket: json.ticket });
  return `${new URL(json.openUrl).origin}/${gatewayId}/api/v1`;
}

async function turnOnSecondFactor({ cloud, clock }: Town, browser: Browser) {
  const begun = await browser.post(`${cloud.url}/api/v1/two-factor/enrolment`, { password: owner.password });
  const { codeAt } = await import('../../cloud-mock/sign-in/totp.ts');
  const code = codeAt(begun.json.secret, clock.now());
  const done = await browser.post(`${cloud.url}/api/v1/two-factor/enrolment/confirm`, {
    enrolmentId: begun.json.enrolmentId,
    code,
  });
  expect(done.json.recoveryCodes).toHaveLength(10);
  await clock.advance('30s');
}

const openFeedAt = async (browser: Browser, api: string) => {
  const { json } = await browser.post(`${api}/feed/ticket`);
  const feed = browser.socket(`${api}/feed`, ['vigil.feed.v1', `ticket.${json.ticket}`]);
  await until(() => feed.heard.includes('hello'), 'the greeting');
  return feed;
};

test('a TP-Link ID signs in on the LAN through the cloud, by password and then by code once that is on', async () => {
  await using town = await startTown();
  const { at, clock } = town;
  const { browser, done } = await signInOnLan(town);
  expect(new URL(done.url).hash).toBe('#/');
  const { json } = await browser.get(at('/auth/session'));
  expect(json.user).toEqual({ name: 'Olivia', role: 'super_admin', via: 'tplink', email: owner.email, remote: false });

  // Turning the second factor on ends what was open, here and now.
  const feed = await openFeedAt(browser, at(''));
  const startedAt = realClock.now();
  await turnOnSecondFactor(town, browser);
  expect(await feed.closed).toBe(4401);
  expect(realClock.now() - startedAt).toBeLessThan(1500);
  expect((await browser.get(at('/auth/session'))).status).toBe(401);

  // Single sign-on by the cloud's session with its code, then a fresh one that asks for both steps.
  await clock.advance('30s');
  const again = await signInOnLan(town, new Browser());
  const sessions = await again.browser.get(at('/auth/session'));
  expect(sessions.status).toBe(200);
  const audit = await again.browser.get(at('/audit?limit=1'));
  expect(audit.json.entries[0]).toMatchObject({
    action: 'session.started',
    who: 'owner@vigil.test',
    details: { how: 'tplink', amr: ['pwd', 'otp'] },
  });
});

test('the owner opens the gateway from outside, and a sign-out at the cloud ends session and feed within a second', async () => {
  await using town = await startTown();
  const { cloud, house } = town;
  const browser = await signInAtCloud(cloud, new Browser());
  await turnOnSecondFactor(town, browser);
  const api = await openThroughRelay(town, browser);
  const { json } = await browser.get(`${api}/auth/session`);
  expect(json.user).toMatchObject({ via: 'tplink', remote: true, role: 'super_admin' });

  // On the LAN address the same browser is nobody: its cookie belongs below the relay's path.
  expect((await browser.get(town.at('/auth/session'))).status).toBe(401);
  // A program with no relay session gets nothing, a local password is not taken there.
  expect((await new Browser().get(`${api}/status`)).status).toBe(401);
  expect((await browser.post(`${api}/auth/sign-in`, { username: 'admin', password: adminPassword })).json.code).toBe(
    'local_only',
  );

  const feed = await openFeedAt(browser, api);
  expect(house.gateway.feedSockets()).toBe(1);
  const startedAt = realClock.now();
  await browser.post(`${cloud.url}/api/v1/sign-out`);
  await feed.closed;
  await until(async () => {
    const { json: list } = await town.admin.get(town.at('/sessions'));
    return house.gateway.feedSockets() === 0 && list.sessions.every((one: { via: string }) => one.via === 'local');
  });
  expect(realClock.now() - startedAt).toBeLessThan(1000);
});

test('a restart keeps the binding, and what was revoked meanwhile is over', async () => {
  await using town = await startTown();
  const { cloud, house, clock } = town;
  const { browser } = await signInOnLan(town);
  expect((await browser.get(town.at('/auth/session'))).status).toBe(200);
  const before = house.gateway.gatewayId;
  const port = Number(new URL(house.gateway.url).port);
  await house.gateway[Symbol.asyncDispose]();
  await clock.advance('2s');
  await browser.post(`${cloud.url}/api/v1/sign-out`);
  house.gateway = await house.start({ port });
  expect(house.gateway.gatewayId).toBe(before);
  await until(() => house.gateway.tunnel.online);
  await until(async () => (await browser.get(town.at('/auth/session'))).status === 401, 'the end of the session');
});

test('unbinding works from both sides, and binding again afterwards', async () => {
  await using town = await startTown();
  const { cloud, house, admin, at } = town;
  const { browser } = await signInOnLan(town);
  const portal = await signInAtCloud(cloud, new Browser());
  expect((await portal.delete(`${cloud.url}/api/v1/gateways/${house.gateway.gatewayId}`)).status).toBe(204);
  await until(async () => (await admin.get(at('/cloud-access'))).json.state === 'unbound');
  expect((await browser.get(at('/auth/session'))).status).toBe(401);

  await bind(town);
  const listed = await portal.get(`${cloud.url}/api/v1/gateways`);
  expect(listed.json.gateways).toMatchObject([{ id: house.gateway.gatewayId, name: 'Shop', online: true }]);
  expect((await admin.delete(at('/cloud-access'))).status).toBe(204);
  expect((await portal.get(`${cloud.url}/api/v1/gateways`)).json.gateways).toEqual([]);
  expect((await admin.get(at('/cloud-access'))).json).toMatchObject({ state: 'unbound', online: false });
});

test('a gateway unbound while it was off learns it when it dials in', async () => {
  await using town = await startTown();
  const { cloud, house, admin, at } = town;
  const port = Number(new URL(house.gateway.url).port);
  await house.gateway[Symbol.asyncDispose]();
  const portal = await signInAtCloud(cloud, new Browser());
  await portal.delete(`${cloud.url}/api/v1/gateways/${house.gateway.gatewayId}`);
  house.gateway = await house.start({ port });
  await until(async () => (await admin.get(at('/cloud-access'))).json.state === 'unbound');
});

test('the whole sign-in works on a clock far from the machine’s', async () => {
  await using town = await startTown(Date.UTC(2026, 2, 1, 8));
  const { browser } = await signInOnLan(town);
  expect((await browser.get(town.at('/auth/session'))).status).toBe(200);
});
