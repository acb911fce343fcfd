import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startCameras } from '../fleet/lab.ts';

const soap = (body: string) =>
  `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>${body}</s:Body></s:Envelope>`;

// Streaming, "RTP/RTSP/TCP/WebSocket": the URI has the scheme and an absolute path, no host.
test.each([
  ['live', 'http://www.onvif.org/ver20/media/wsdl'],
  ['replay', 'http://www.onvif.org/ver10/replay/wsdl'],
])('the WebSocket URI announced for %s leads to RTSP on the port of the web services', async (_, namespace) => {
  await using fleet = await startCameras([
    { name: 'door', profile: 's445', initialized: true, password: 'Front door 1' },
  ]);
  const origin = `http://127.0.0.1:${fleet.camera('door').camera.address.ports.http}`;
  const ask = async (path: string, body: string) =>
    (
      await fetch(new URL(path, origin), {
        method: 'POST',
        headers: { 'content-type': 'application/soap+xml' },
        body: soap(body),
      })
    ).text();
  const services = await ask(
    '/onvif/device_service',
    '<GetServices xmlns="http://www.onvif.org/ver10/device/wsdl"><IncludeCapability>false</IncludeCapability></GetServices>',
  );
  const address = new RegExp(`<tds:Namespace>${namespace}</tds:Namespace><tds:XAddr>([^<]+)<`).exec(services)![1]!;
  const capabilities = await ask(address, `<GetServiceCapabilities xmlns="${namespace}"/>`);
  const uri = /RTSPWebSocketUri="([^"]+)"/.exec(capabilities)?.[1];
  expect(uri).toMatch(/^ws:\/(?!\/)/);
  const socket = new WebSocket(new URL(uri!.slice('ws:'.length), origin.replace('http', 'ws')), 'rtsp.onvif.org');
  await once(socket, 'open');
  const answer = once(socket, 'message');
  socket.send('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n');
  expect(String((await answer)[0])).toMatch(/^RTSP\/1\.0 200 OK\r\nCSeq: 1\r\n/);
  socket.terminate();
});
