import { expect, test } from 'vitest';
import { redactWire } from '../../device-sim/wire/redact.ts';
import { createWireTexts } from '../../device-sim/wire/wire-text.ts';
import { type Json, startCameras } from './lab.ts';

const password = 'Rather secret 1';

async function watched() {
  const fleet = await startCameras([{ name: 'door', profile: 'c540', initialized: true, password }], { control: true });
  const { url, token } = fleet.control!;
  return Object.assign(fleet, {
    async ask(path: string): Promise<Json> {
      const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
      return { status: answer.status, ...((await answer.json()) as Json) };
    },
  });
}

const soap = (port: number, body: string, header = '') =>
  fetch(`http://127.0.0.1:${port}/onvif/device_service`, {
    method: 'POST',
    headers: { 'content-type': 'application/soap+xml' },
    body: `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope">${header}<s:Body>${body}</s:Body></s:Envelope>`,
  });
const device = 'xmlns="http://www.onvif.org/ver10/device/wsdl"';

test('the timeline tells time, protocol, peer, operation and result, and goes on from where one was', async () => {
  await using fleet = await watched();
  const { http } = fleet.camera('door').camera.address.ports;
  await soap(http, `<GetSystemDateAndTime ${device}/>`);
  await fetch(`http://127.0.0.1:${http}/nowhere`);
  const { received } = await fleet.ask('/cameras/door/received');
  expect(received).toEqual([
    { id: 1, at: expect.any(Number), protocol: 'onvif', what: 'GetSystemDateAndTime', peer: '127.0.0.1', ms: 0 },
    {
      id: 2,
      at: expect.any(Number),
      protocol: 'http',
      what: 'GET /nowhere',
      peer: '127.0.0.1',
      outcome: '404',
    },
  ]);
  const next = await fleet.ask('/cameras/door/received?after=1');
  expect(next['received'].map(({ id }: { id: number }) => id)).toEqual([2]);
});

test('an entry is shown with what was sent and answered, without its secrets', async () => {
  await using fleet = await watched();
  const { http } = fleet.camera('door').camera.address.ports;
  const wsse = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
  await soap(
    http,
    `<CreateUsers ${device}><User><Username xmlns="http://www.onvif.org/ver10/schema">guard</Username><Password xmlns="http://www.onvif.org/ver10/schema">new password 7</Password><UserLevel xmlns="http://www.onvif.org/ver10/schema">User</UserLevel></User></CreateUsers>`,
    `<s:Header><Security xmlns="${wsse}"><UsernameToken><Username>admin</Username><Password>${password}</Password></UsernameToken></Security></s:Header>`,
  );
  const entry = await fleet.ask('/cameras/door/received/1');
  expect(entry).toMatchObject({ status: 200, what: 'CreateUsers' });
  expect(entry['request']).toMatch(/^POST \/onvif\/device_service HTTP\/1\.1\n/);
  expect(entry['request']).toContain('>guard<');
  expect(entry['answer']).toContain('Envelope');
  expect(JSON.stringify(entry)).not.toMatch(new RegExp(`${password}|new password 7`));
  expect((await fleet.ask('/cameras/door/received/99'))['code']).toBe('not_found');
});

test.each([
  ['Authorization: Basic YWRtaW46c2VjcmV0', 'Authorization: Basic ***'],
  [
    'authorization: Digest username="admin", response="0a1b2c", nc=1',
    'authorization: Digest username="admin", response="***", nc=1',
  ],
  [
    'DESCRIBE rtsp://admin:se:cret@10.0.0.9:554/stream1 RTSP/1.0',
    'DESCRIBE rtsp://admin:***@10.0.0.9:554/stream1 RTSP/1.0',
  ],
  ['POST /stok=0123abcd/ds HTTP/1.1', 'POST /stok=***/ds HTTP/1.1'],
  [
    '<wsse:Password Type="x#PasswordText">a&amp;b</wsse:Password>',
    '<wsse:Password Type="x#PasswordText">***</wsse:Password>',
  ],
  ['<tt:Username>admin</tt:Username>', '<tt:Username>admin</tt:Username>'],
  [
    '{"login":{"password":"a\\"b","username":"admin"},"stok":"77"}',
    '{"login":{"password":"***","username":"admin"},"stok":"***"}',
  ],
  ['{"new_passwd" : "x"}', '{"new_passwd" : "***"}'],
  ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----', '***'],
  ['Transport: RTP/AVP;unicast;client_port=5000-5001', 'Transport: RTP/AVP;unicast;client_port=5000-5001'],
])('%j is shown as %j', (given, shown) => {
  expect(redactWire(given)).toBe(shown);
});

test('texts keep within their budget, and the oldest go first', () => {
  const texts = createWireTexts(10_000);
  const entries = Array.from({ length: 100 }, (_, id) => ({ id }));
  for (const entry of entries) texts.keep(entry, { request: { start: '', body: 'x'.repeat(300) } });
  const kept = entries.filter((entry) => texts.of(entry) !== undefined);
  expect(kept.length).toBe(10);
  expect(kept[0]).toBe(entries[90]);
});
