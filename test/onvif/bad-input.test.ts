import http from 'node:http';
import net from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { namespaces } from '../../core/soap/namespaces.ts';
import { type OneCamera, post, startOneCamera } from './one-camera.ts';

let cam: OneCamera;
beforeAll(async () => {
  cam = await startOneCamera();
});
afterAll(async () => {
  await cam[Symbol.asyncDispose]();
});

const soap = { 'Content-Type': 'application/soap+xml; charset=utf-8' };
const envelope = (body: string, header = '') =>
  `<s:Envelope xmlns:s="${namespaces.s}" xmlns:tds="${namespaces.tds}">${header}<s:Body>${body}</s:Body></s:Envelope>`;
const clock = envelope('<tds:GetSystemDateAndTime/>');
const send = (body: string | Buffer, headers: http.OutgoingHttpHeaders = soap) =>
  cam.post('/onvif/device_service', body, headers);

describe('HTTP', () => {
  test.each([
    ['GET', 400],
    ['HEAD', 405],
    ['PUT', 405],
    ['DELETE', 405],
    ['OPTIONS', 405],
    ['PATCH', 405],
  ])('%s is answered %i', async (method, status) => {
    const reply = await post(cam.port, '/onvif/device_service', '', {}, undefined, method);
    expect(reply.status).toBe(status);
    if (status === 405) expect(reply.headers.allow).toBe('POST');
  });

  test.each([
    ['application/json', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/related; boundary=x', 415],
    ['application/soap+xml; charset=utf-16', 415],
    ['application/soap+xml; charset="UTF-8"; action="urn:wrong"', 200],
    ['text/xml', 200],
    [undefined, 200],
  ])('content type %s is answered %i', async (type, status) => {
    expect((await send(clock, type ? { 'Content-Type': type } : {})).status).toBe(status);
  });

  test('a compressed body is refused, an empty one too, by whoever signed it', async () => {
    expect((await send(clock, { ...soap, 'Content-Encoding': 'gzip' })).status).toBe(415);
    expect((await send('')).status).toBe(401);
    expect((await send('', { ...soap, Authorization: 'Basic eDp5' })).status).toBe(400);
  });

  test('10 MB are refused, announced or not, and the answer is heard', async () => {
    const big = Buffer.alloc(10 * 1024 * 1024, 'x');
    expect((await send(big)).status).toBe(413);
    const chunked = await new Promise<number | undefined>((resolve, reject) => {
      const request = http.request(
        {
          host: '127.0.0.1',
          port: cam.port,
          path: '/onvif/device_service',
          method: 'POST',
          headers: soap,
          agent: false,
        },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      request.on('error', reject);
      request.write(big.subarray(0, 5_000_000));
      request.end(big.subarray(5_000_000));
    });
    expect(chunked).toBe(413);
    expect((await send(clock)).status).toBe(200);
  });

  test('an announced length beyond all measure is refused at once', async () => {
    const status = await new Promise<string>((resolve, reject) => {
      const socket = net.connect(cam.port, '127.0.0.1', () =>
        socket.write(
          'POST /onvif/device_service HTTP/1.1\r\nHost: x\r\nContent-Type: application/soap+xml\r\nContent-Length: 99999999999\r\n\r\n',
        ),
      );
      socket.on('data', (data) => {
        resolve(data.toString().split('\r\n')[0]!);
        socket.destroy();
      });
      socket.on('error', reject);
    });
    expect(status).toBe('HTTP/1.1 413 Payload Too Large');
  });

  test('other requests are answered while one body dawdles', async () => {
    const slow = net.connect(cam.port, '127.0.0.1');
    slow.on('error', () => undefined);
    slow.write(
      `POST /onvif/device_service HTTP/1.1\r\nHost: x\r\nContent-Type: application/soap+xml\r\nContent-Length: ${clock.length}\r\n\r\n${clock.slice(0, 10)}`,
    );
    for (let n = 0; n < 20; n++) expect((await send(clock)).status).toBe(200);
    const answer = new Promise<string>((resolve) => slow.once('data', (data) => resolve(data.toString())));
    slow.write(clock.slice(10));
    expect(await answer).toMatch(/^HTTP\/1.1 200/);
    slow.destroy();
  });

  test('a client that leaves in the middle leaves nothing behind', async () => {
    for (let n = 0; n < 20; n++) {
      const socket = net.connect(cam.port, '127.0.0.1');
      socket.on('error', () => undefined);
      await new Promise<void>((resolve) =>
        socket.write('POST /onvif/device_service HTTP/1.1\r\nContent-Length: 500\r\n\r\n<a', () => resolve()),
      );
      socket.destroy();
    }
    expect((await send(clock)).status).toBe(200);
  });
});

describe('SOAP', () => {
  const deep = `${'<a>'.repeat(200)}${'</a>'.repeat(200)}`;
  test.each([
    ['no XML', 'hello', 400, ['Sender', 'ter:WellFormed']],
    ['an open tag', envelope('<tds:GetHostname>'), 400, ['Sender', 'ter:TagMismatch']],
    ['an unbound prefix', envelope('<x:GetHostname/>'), 400, ['Sender', 'ter:Namespace']],
    [
      'a DOCTYPE',
      `<!DOCTYPE s:Envelope [<!ENTITY x SYSTEM "file:///etc/passwd">]>${envelope('<tds:GetHostname>&x;</tds:GetHostname>')}`,
      400,
      ['Sender', 'ter:WellFormed'],
    ],
    ['depth', envelope(deep), 400, ['Sender', 'ter:WellFormed']],
    ['a duplicate attribute', envelope('<tds:GetHostname a="1" a="2"/>'), 400, ['Sender', 'ter:WellFormed']],
    [
      'two bodies',
      envelope('<tds:GetHostname/>').replace('</s:Envelope>', '<s:Body/></s:Envelope>'),
      400,
      ['Sender', 'ter:Tag'],
    ],
    ['an empty body', envelope(''), 400, ['Sender', 'ter:Tag']],
    [
      'no envelope',
      '<tds:GetHostname xmlns:tds="http://www.onvif.org/ver10/device/wsdl"/>',
      400,
      ['Sender', 'ter:Tag'],
    ],
    [
      'SOAP 1.1',
      envelope('<tds:GetHostname/>').replace(namespaces.s, 'http://schemas.xmlsoap.org/soap/envelope/'),
      500,
      ['VersionMismatch'],
    ],
    [
      'an encoding',
      envelope('<tds:GetHostname/>').replace(
        '<s:Body',
        '<s:Body s:encodingStyle="http://www.w3.org/2003/05/soap-encoding"',
      ),
      500,
      ['DataEncodingUnknown'],
    ],
    [
      'a mandatory header',
      envelope('<tds:GetHostname/>', '<s:Header><x xmlns="urn:x" s:mustUnderstand="true"/></s:Header>'),
      500,
      ['MustUnderstand'],
    ],
    ['an unknown operation', envelope('<tds:GetEverything/>'), 400, ['Sender', 'ter:UnknownAction']],
    [
      'an operation this camera has not',
      envelope('<tds:GetDot11Status/>'),
      500,
      ['Receiver', 'ter:ActionNotSupported'],
    ],
    [
      'a service this camera has not',
      envelope('<GetDoors xmlns="http://www.onvif.org/ver10/doorcontrol/wsdl"/>'),
      500,
      ['Receiver', 'ter:ActionNotSupported'],
    ],
    [
      'PTZ of a camera that does not move',
      envelope('<GetNodes xmlns="http://www.onvif.org/ver20/ptz/wsdl"/>'),
      500,
      ['Receiver', 'ter:ActionNotSupported'],
    ],
    ['a namespace of nobody', envelope('<GetHostname xmlns="urn:other"/>'), 400, ['Sender', 'ter:Namespace']],
    ['no namespace', envelope('<GetHostname/>'), 400, ['Sender', 'ter:Namespace']],
    ['a missing argument', envelope('<tds:GetServices/>'), 400, ['Sender', 'ter:InvalidArgs']],
    [
      'an argument of the wrong type',
      envelope('<tds:GetServices><tds:IncludeCapability>perhaps</tds:IncludeCapability></tds:GetServices>'),
      400,
      ['Sender', 'ter:InvalidArgs'],
    ],
    [
      'an argument in the wrong namespace',
      envelope('<tds:GetServices><x:IncludeCapability xmlns:x="urn:x">true</x:IncludeCapability></tds:GetServices>'),
      400,
      ['Sender', 'ter:TagMismatch'],
    ],
    [
      'a wrong category',
      envelope('<tds:GetCapabilities><tds:Category>Doors</tds:Category></tds:GetCapabilities>'),
      400,
      ['Sender', 'ter:InvalidArgVal'],
    ],
    [
      'a category without service',
      envelope('<tds:GetCapabilities><tds:Category>PTZ</tds:Category></tds:GetCapabilities>'),
      500,
      ['Receiver', 'ter:ActionNotSupported', 'ter:NoSuchService'],
    ],
  ])('%s', async (_, body, status, fault) => {
    const reply = await send(body);
    expect([reply.status, reply.fault]).toEqual([status, fault]);
  });

  test('bytes that are no UTF-8 are refused before they are read', async () => {
    expect(
      (
        await send(
          Buffer.concat([Buffer.from(clock.slice(0, 40)), Buffer.from([0xff, 0xfe]), Buffer.from(clock.slice(40))]),
        )
      ).status,
    ).toBe(400);
  });

  test('a byte order mark and comments disturb nobody', async () => {
    expect((await send(`\ufeff<?xml version="1.0"?><!-- hello -->${clock}`)).status).toBe(200);
  });

  test('dispatch goes by the body, whatever the action says', async () => {
    const header = `<s:Header><w:Action xmlns:w="${namespaces.wsa}" s:mustUnderstand="1">urn:something:else</w:Action></s:Header>`;
    const reply = await send(envelope('<tds:GetHostname/>', header), {
      'Content-Type': 'application/soap+xml; action="urn:third"',
      SOAPAction: '"urn:fourth"',
    });
    expect(reply.body?.name).toBe('GetHostnameResponse');
  });

  test('anything at all is answered in kind: 200, a fault or a refusal, never a crash', async () => {
    const names = fc.constantFrom(
      'GetServices',
      'GetHostname',
      'SetHostname',
      'GetUsers',
      'PullMessages',
      'Nothing',
      '',
      'a b',
      '<',
      'é',
    );
    const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), names);
    const body = fc.oneof(
      text,
      fc
        .tuple(names, text, text)
        .map(([name, attribute, inside]) => envelope(`<tds:${name} ${attribute}>${inside}</tds:${name}>`)),
      fc
        .tuple(fc.nat(clock.length), fc.nat(20), text)
        .map(([at, gone, inside]) => clock.slice(0, at) + inside + clock.slice(at + gone)),
    );
    await fc.assert(
      fc.asyncProperty(body, async (one) => {
        const reply = await send(one);
        expect([200, 400, 401, 413, 415, 500]).toContain(reply.status);
        if (reply.status === 500) expect(reply.fault).toBeDefined();
      }),
      { numRuns: 400 },
    );
    expect((await send(clock)).status).toBe(200);
  });
});
