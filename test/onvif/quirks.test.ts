import { createServer } from 'node:http';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { listen } from '../../core/runtime/listen.ts';
import { childrenOf } from '../../core/soap/xml.ts';
import { createSubscriptions } from '../../device-sim/onvif/subscriptions.ts';
import { c340 } from '../../device-sim/profiles/c340.ts';
import type { QuirkName } from '../../device-sim/profiles/profile.ts';
import { type OneCamera, startOneCamera } from './one-camera.ts';

const cameras: OneCamera[] = [];
afterEach(async () => {
  for (const cam of cameras.splice(0)) await cam[Symbol.asyncDispose]();
});

async function start(...quirks: QuirkName[]) {
  const clock = manualClock();
  const cam = await startOneCamera({ clock, profile: { ...c340, quirks } });
  cameras.push(cam);
  return { cam, clock };
}
/** The same request without the check against the schemas: what a quirk sends need not be XML. */
async function raw({ url, camera }: OneCamera, operation: string, args = '') {
  const { formatUsernameToken } = await import('../../core/soap/ws-security.ts');
  const created = new Date(camera.clock.now()).toISOString();
  const token = formatUsernameToken({
    username: 'admin',
    password: 'Admin-pass-1',
    nonce: Buffer.from(operation),
    created,
  });
  const response = await fetch(`${url}/onvif/service`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/soap+xml' },
    body: `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tev="http://www.onvif.org/ver10/events/wsdl"><s:Header>${token.markup}</s:Header><s:Body><tev:${operation}>${args}</tev:${operation}></s:Body></s:Envelope>`,
  });
  return response.text();
}
async function subscribed(cam: OneCamera) {
  const reply = await cam.get('tev:CreatePullPointSubscription');
  const address = new URL(reply.at('SubscriptionReference', 'Address')!);
  return { path: address.pathname, port: Number(address.port) };
}
const pull = (timeout: string) => `<tev:Timeout>${timeout}</tev:Timeout><tev:MessageLimit>10</tev:MessageLimit>`;
const parked = (cam: OneCamera) =>
  expect.poll(() => cam.handler.context.get(createSubscriptions).parked, { interval: 2 }).toBe(1);
const refuses = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(true)).once('connect', () => resolve(socket.destroy() === undefined));
  });
const capabilities = '<tds:Category>All</tds:Category>';

test('unquoted-event-properties: the topic set has attributes without quotes, and nothing else has', async () => {
  const { cam } = await start('unquoted-event-properties');
  const text = await raw(cam, 'GetEventProperties');
  expect(text).toContain('<Motion wstop:topic=true>');
  expect(text).toContain('Name=IsMotion');
  expect(await raw((await start()).cam, 'GetEventProperties')).toContain('<Motion wstop:topic="true">');
});

test('silent-pull-point: it is granted, held for its timeout and stays empty, while notification works', async () => {
  const { cam, clock } = await start('silent-pull-point');
  const at = await subscribed(cam);
  const reply = cam.get('tev:PullMessages', pull('PT8S'), at);
  await parked(cam);
  cam.camera.trigger('motion', true);
  await clock.advance('8s');
  expect(childrenOf((await reply).body, 'NotificationMessage')).toEqual([]);
  const heard = await notified(cam);
  expect(heard).toContain('IsMotion');
});

test('dead-subscription-port: the address refuses connections, and nothing is notified', async () => {
  const { cam } = await start('dead-subscription-port', 'subscription-ports');
  const { port } = await subscribed(cam);
  expect(port).not.toBe(cam.port);
  expect(await refuses(port)).toBe(true);
  expect(await refuses(cam.port)).toBe(false);
  const called: unknown[] = [];
  await using listening = await listen(
    createServer((request) => called.push(request.url)),
    0,
  );
  await cam.get('wsnt:Subscribe', consumer(listening.port));
  cam.camera.trigger('motion', true);
  await cam.get('tds:GetScopes');
  expect(called).toEqual([]);
});

test('time-in-range: a year that 32 bits of seconds do not hold is refused', async () => {
  const { cam } = await start('time-in-range');
  const set = (year: number) =>
    cam.ask(
      'tds:SetSystemDateAndTime',
      `<tds:DateTimeType>Manual</tds:DateTimeType><tds:DaylightSavings>false</tds:DaylightSavings><tds:UTCDateTime><tt:Time><tt:Hour>1</tt:Hour><tt:Minute>2</tt:Minute><tt:Second>3</tt:Second></tt:Time><tt:Date><tt:Year>${year}</tt:Year><tt:Month>1</tt:Month><tt:Day>1</tt:Day></tt:Date></tds:UTCDateTime>`,
    );
  const refused = await set(2040);
  expect(refused.fault).toEqual(['Sender', 'ter:InvalidArgVal', 'ter:InvalidDateTime']);
  expect(refused.text).toContain('-69061');
  expect((await set(2030)).status).toBe(200);
});

test('pull-cut-after-10s: the connection is closed, and what came meanwhile is there at the next request', async () => {
  const { cam, clock } = await start('pull-cut-after-10s');
  const at = await subscribed(cam);
  await cam.get('tev:PullMessages', pull('PT1S'), at);
  const cut = cam.get('tev:PullMessages', pull('PT60S'), at);
  const failed = expect(cut).rejects.toThrow(/socket hang up|ECONNRESET/);
  await parked(cam);
  await clock.advance('10s');
  await failed;
  await expect.poll(() => cam.handler.context.get(createSubscriptions).parked, { interval: 2 }).toBe(0);
  cam.camera.trigger('motion', true);
  const next = await cam.get('tev:PullMessages', pull('PT5S'), at);
  expect(childrenOf(next.body, 'NotificationMessage')).toHaveLength(1);
});

test('fault-instead-of-challenge: who says nothing is told 400 and no way to sign in', async () => {
  const { cam } = await start('fault-instead-of-challenge');
  const reply = await cam.ask('tds:GetScopes', '', { as: null });
  expect([reply.status, reply.fault]).toEqual([400, ['Sender', 'ter:NotAuthorized']]);
  expect(reply.headers['www-authenticate']).toBeUndefined();
  expect((await (await start()).cam.ask('tds:GetScopes', '', { as: null })).status).toBe(401);
});

test('pull-point-denied: the older capabilities say no, and the pull point works', async () => {
  const { cam } = await start('pull-point-denied');
  const reply = await cam.get('tds:GetCapabilities', capabilities);
  expect(reply.at('Capabilities', 'Events', 'WSPullPointSupport')).toBe('false');
  expect((await cam.get('tev:PullMessages', pull('PT1S'), await subscribed(cam))).status).toBe(200);
});

test('no-events-capability: Events are left out of the older capabilities, and the service is there', async () => {
  const { cam } = await start('no-events-capability');
  expect((await cam.get('tds:GetCapabilities', capabilities)).text).not.toContain('<tt:Events>');
  expect((await cam.get('tev:GetEventProperties')).status).toBe(200);
});

test('undeclared-wsa: the prefix of the reply header is bound to nothing', async () => {
  const { cam } = await start('undeclared-wsa');
  const text = await raw(cam, 'GetEventProperties');
  expect(text).toContain('<wsa:Action>');
  expect(text).not.toContain('xmlns:wsa');
});

const consumer = (port: number) =>
  `<wsnt:ConsumerReference><wsa:Address>http://127.0.0.1:${port}/</wsa:Address></wsnt:ConsumerReference>`;

/** The first notification that a consumer of this camera gets. */
async function notified(cam: OneCamera): Promise<string> {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      response.end();
      heard.push(text);
    });
  });
  await using listening = await listen(server, 0);
  await cam.get('wsnt:Subscribe', consumer(listening.port));
  await expect.poll(() => heard.length, { interval: 5 }).toBeGreaterThan(0);
  return heard[0]!;
}
