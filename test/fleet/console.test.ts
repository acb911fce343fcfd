import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { beforeAll, expect, test } from 'vitest';
import { hostIsOurs } from '../../device-sim/control/guard.ts';
import { doors } from '../../device-sim/doors.ts';
import { buildPages } from '../lab/pages.ts';
import { type Json, post, startCameras } from './lab.ts';

beforeAll(() => buildPages('fleet'), 180_000);

const wish = { name: 'door', profile: 'c540', initialized: true, password: 'admin password', openApi: true };
const startConsole = async () => {
  const fleet = await startCameras([wish], { consolePort: 0, control: true });
  return Object.assign(fleet, { console: fleet.console!, control: fleet.control! });
};

/** Any head one likes: `fetch` would not send a foreign Host. */
const ask = (url: string, headers: Record<string, string> = {}, method = 'GET', body?: string) =>
  new Promise<{ status: number; headers: Json; text: string }>((resolve, reject) => {
    const sent = httpRequest(url, { method, headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });

test('the pages are served with a policy that lets nothing foreign in, and hold no secret', async () => {
  await using fleet = await startConsole();
  const page = await ask(fleet.console.url);
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect(page.headers['content-security-policy']).toContain("default-src 'none'");
  expect(page.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  expect(page.text).not.toContain(fleet.console.token);
  expect((await ask(`${fleet.console.url}no/such/page`)).status).toBe(404);
});

test('its API answers whoever has the token, at the console and at the control port alike', async () => {
  await using fleet = await startConsole();
  for (const base of [`${fleet.console.url}control/v1`, fleet.control.url]) {
    expect((await ask(`${base}/cameras`)).status).toBe(401);
    const { status, text } = await ask(`${base}/cameras`, { authorization: `Bearer ${fleet.console.token}` });
    expect([status, JSON.parse(text).cameras[0].name]).toEqual([200, 'door']);
  }
});

test.each([
  ['another origin', { origin: 'http://evil.example' }, 403, 'origin_refused'],
  ['another port of this machine', { origin: 'http://127.0.0.1:7400' }, 403, 'origin_refused'],
  ['no origin to speak of', { origin: 'null' }, 403, 'origin_refused'],
  ['a page of another site, as the browser says', { 'sec-fetch-site': 'cross-site' }, 403, 'origin_refused'],
  ['a page of another port, as the browser says', { 'sec-fetch-site': 'same-site' }, 403, 'origin_refused'],
  ['a name rebound to this machine', { host: 'evil.example:7500' }, 403, 'host_refused'],
  ['a name that only looks like an address', { host: '127.0.0.1.evil.example' }, 403, 'host_refused'],
] as [string, Record<string, string>, number, string][])(
  'a page cannot drive the fleet even with the token: %s',
  async (_, headers, status, code) => {
    await using fleet = await startConsole();
    const asked = { authorization: `Bearer ${fleet.console.token}`, ...headers };
    for (const base of [`${fleet.console.url}control/v1`, fleet.control.url]) {
      const answer = await ask(`${base}/cameras/door/reboot`, asked, 'POST', '{}');
      expect([answer.status, JSON.parse(answer.text).code]).toEqual([status, code]);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect(fleet.camera('door').camera.state.bootCount).toBe(1);
  },
);

test('a rebound name does not even get the pages', async () => {
  await using fleet = await startConsole();
  const answer = await ask(fleet.console.url, { host: 'evil.example' });
  expect([answer.status, JSON.parse(answer.text).code]).toEqual([403, 'host_refused']);
});

test.each([
  ['127.0.0.1:7500', true],
  ['localhost', true],
  ['LOCALHOST:7500', true],
  ['[::1]:7500', true],
  ['192.168.1.9', true],
  ['fleet.lan:7500', false],
  ['127.0.0.1.', false],
  ['0x7f000001', false],
  ['', false],
  ['a@127.0.0.1', false],
])('Host %j: ours is %s', (host, ours) => {
  expect(hostIsOurs(host)).toBe(ours);
});

test('what has not changed is not sent again', async () => {
  await using fleet = await startConsole();
  const url = `${fleet.console.url}control/v1/cameras`;
  const authorization = `Bearer ${fleet.console.token}`;
  const { etag } = (await ask(url, { authorization })).headers;
  expect((await ask(url, { authorization, 'if-none-match': etag })).status).toBe(304);
  fleet.camera('door').trigger('motion', { active: true });
  expect((await ask(url, { authorization, 'if-none-match': etag })).status).toBe(200);
});

/** First line, or everything, that a TCP server answers to some words. */
const say = (port: number, words: string) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(words));
    let heard = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      heard += chunk;
      if (heard.includes('\r\n\r\n')) socket.destroy();
    });
    socket.on('close', () => resolve(heard));
    socket.on('error', reject);
  });

test('a stranger hears at every door what the table of doors says', async () => {
  await using fleet = await startConsole();
  const { address } = fleet.camera('door').camera;
  const { http, https, rtsp, openApi } = address.ports;
  const soap = (body: string) =>
    ask(
      `http://127.0.0.1:${http}/onvif/device_service`,
      { 'content-type': 'application/soap+xml' },
      'POST',
      `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><${body} xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>`,
    );
  const knock: Record<keyof typeof doors, () => Promise<void>> = {
    onvif: async () => {
      expect((await soap('GetSystemDateAndTime')).status).toBe(200);
      expect((await soap('GetUsers')).text).toContain('ter:NotAuthorized');
    },
    picture: async () => expect((await ask(`http://127.0.0.1:${http}/snapshot.jpg`)).status).toBe(401),
    localApi: async () =>
      expect((await post(https, '/stok=abc/ds', { method: 'get', device_info: {} })).json['error_code']).not.toBe(0),
    rtsp: async () =>
      expect(await say(rtsp, `DESCRIBE rtsp://127.0.0.1:${rtsp}/stream1 RTSP/1.0\r\nCSeq: 1\r\n\r\n`)).toMatch(
        /^RTSP\/1\.0 401/,
      ),
    openApi: async () =>
      expect((await post(openApi, '/stok=abc', { method: 'getDeviceInfo' })).json['errCode']).not.toBe(0),
    // Held by test/onvif/discovery.test.ts.
    discovery: async () => undefined,
    control: async () => expect((await ask(`${fleet.control.url}/cameras`)).status).toBe(401),
    console: async () => expect((await ask(`${fleet.console.url}control/v1/cameras/door/access`)).status).toBe(401),
  };
  expect(Object.keys(knock)).toEqual(Object.keys(doors));
  for (const one of Object.values(knock)) await one();
});
