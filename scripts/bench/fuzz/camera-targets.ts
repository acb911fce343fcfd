import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { deviceType, formatProbe, formatResolve, transmitterType } from '../../../core/onvif/discovery.ts';
import { realClock } from '../../../core/runtime/clock.ts';
import { secureRandom } from '../../../core/runtime/random.ts';
import { formatEnvelope } from '../../../core/soap/envelope.ts';
import { Xml } from '../../../core/soap/xml.ts';
import { type Child, startWorker } from '../child.ts';
import { keptAlive, post } from './http.ts';
import { mutate } from './mutate.ts';
import { soapSeeds, withToken } from './soap-request.ts';
import type { FuzzTarget, FuzzTargetMaker } from './target.ts';

const dateAndTime = formatEnvelope(new Xml('<tds:GetSystemDateAndTime/>'), ['tds']);

/** What all three ways into a camera share: the process, and a request that must always be answered. */
async function openCamera(make: (child: Child) => Pick<FuzzTarget, 'input' | 'send'> & Partial<AsyncDisposable>) {
  const child = await startWorker('fuzz-camera');
  const agent = keptAlive();
  const url = new URL(child.ready.cameras[0].onvifUrl);
  const own = make(child);
  return {
    child,
    input: own.input,
    send: own.send,
    async ping() {
      const { status } = await post(agent, url, dateAndTime);
      if (status !== 200) throw new Error(`a good request was answered ${status}`);
    },
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await own[Symbol.asyncDispose]?.();
      await child[Symbol.asyncDispose]();
    },
  };
}

const soap: FuzzTargetMaker = {
  name: 'soap',
  title: 'SOAP bodies',
  open: () =>
    openCamera((child) => {
      const [camera] = child.ready.cameras;
      const seeds = soapSeeds();
      const agent = keptAlive();
      const url = new URL(camera.onvifUrl);
      return {
        input: (random) => mutate(seeds, random),
        async send(input) {
          if (input.length === 0) return undefined;
          const { status, text } = await post(agent, url, withToken(input, camera, secureRandom, realClock.now()));
          if (![200, 400, 401, 413, 415, 500].includes(status)) return `answered ${status}`;
          // A fault of ours, where the client is told no more than that.
          if (status === 500 && text.includes('the action failed')) return 'an operation failed inside';
          return undefined;
        },
        [Symbol.asyncDispose]: async () => agent.destroy(),
      };
    }),
};

const discovery: FuzzTargetMaker = {
  name: 'discovery',
  title: 'WS-Discovery datagrams',
  open: () =>
    openCamera((child) => {
      const { discoveryPort } = child.ready;
      const socket = createSocket('udp4').unref();
      socket.on('error', () => undefined);
      const messageId = 'urn:uuid:11111111-2222-4333-8444-555555555555';
      const seeds = [
        formatProbe({ messageId }),
        formatProbe({ messageId, types: [transmitterType, deviceType], scopes: ['onvif://www.onvif.org/type/ptz'] }),
        formatResolve({ messageId, address: `urn:uuid:${child.ready.cameras[0].uuid}` }),
      ].map((text) => Buffer.from(text));
      return {
        input: (random) => mutate(seeds, random),
        /** A datagram may be answered or not: it is dealt with once the camera has read all that waits for it. */
        async send(input) {
          await new Promise((resolve) => socket.send(input, discoveryPort, '127.0.0.1', resolve));
          while (bytesWaiting(discoveryPort) > 0) await new Promise((resolve) => setImmediate(resolve));
          return undefined;
        },
        [Symbol.asyncDispose]: async () => void socket.close(),
      };
    }),
};

/** What the kernel holds for a UDP port and its program has not read (proc(5), /proc/net/udp). */
function bytesWaiting(port: number): number {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const queues = readFileSync('/proc/net/udp', 'utf8').matchAll(
    new RegExp(`: [0-9A-F]{8}:${hex} \\S+ \\S+ [0-9A-F]{8}:([0-9A-F]{8}) `, 'g'),
  );
  let bytes = 0;
  for (const [, queue] of queues) bytes += Number.parseInt(queue!, 16);
  return bytes;
}

const rtsp: FuzzTargetMaker = {
  name: 'rtsp',
  title: 'RTSP requests',
  open: () =>
    openCamera((child) => {
      const [camera] = child.ready.cameras;
      const url: string = camera.rtspUrls[0];
      const authorization = `Basic ${Buffer.from(`${camera.username}:${camera.password}`).toString('base64')}`;
      const request = (method: string, target: string, ...lines: string[]) =>
        [`${method} ${target} RTSP/1.0`, 'CSeq: 7', `Authorization: ${authorization}`, ...lines, '', ''].join('\r\n');
      const setUp = request('SETUP', `${url}/trackID=1`, 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1');
      const seeds = [
        request('OPTIONS', url),
        request('DESCRIBE', url, 'Accept: application/sdp', 'Require: www.onvif.org/ver20/backchannel'),
        setUp,
        request(
          'SETUP',
          `${url}/trackID=3`,
          'Transport: RTP/AVP;unicast;client_port=50000-50001,RTP/AVP/TCP;interleaved=2-3',
        ),
        `${setUp}${request('PLAY', url, 'Session: 0', 'Range: npt=0.000-')}`,
        `${setUp}$\x01\x00\x08\x80\xc9\x00\x01\x00\x00\x00\x00${request('GET_PARAMETER', url)}`,
        `${request('DESCRIBE', url)}${request('TEARDOWN', url, 'Session: 1')}`,
        `${request('PAUSE', url, 'Session: 1', 'Content-Length: 4')}abcd`,
      ].map((text) => Buffer.from(text, 'latin1'));
      return {
        input: (random) => mutate(seeds, random),
        /** A connection an input, which the camera must end once we have ended ours. */
        async send(input) {
          const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', noDelay: true });
          let text = '';
          socket.setEncoding('latin1').on('data', (chunk: string) => {
            if (text.length < 65_536) text += chunk;
          });
          socket.on('error', () => undefined);
          const closed = once(socket, 'close');
          socket.end(input);
          await closed;
          return /^RTSP\/1\.0 5(?!01|05|51)\d\d/m.test(text)
            ? `answered ${/RTSP\/1\.0 5\d\d[^\r]*/.exec(text)?.[0]}`
            : undefined;
        },
      };
    }),
};

export const cameraTargets: readonly FuzzTargetMaker[] = [soap, discovery, rtsp];
