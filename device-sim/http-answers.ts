import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RuntimeDeps } from '../core/runtime/deps.ts';
import { urlHost } from '../core/runtime/listen.ts';
import { snapshotPath } from './behaviors/media.ts';
import type { FaultBook } from './faults/fault-book.ts';
import { peekOperation, underFault } from './faults/http-faults.ts';
import type { HttpAnswers } from './http-door.ts';
import type { WebServices } from './local-api/local-api.ts';
import type { OnvifHandler } from './onvif/handler.ts';
import type { RtspServer } from './rtsp/rtsp-server.ts';
import type { SimCamera } from './sim-camera.ts';
import type { SnapshotHandler } from './video/snapshot.ts';
import { httpMessageOf, pathOf } from './wire/http-message.ts';

export interface HttpParts {
  onvif: OnvifHandler;
  snapshot: SnapshotHandler;
  /** RTSP through HTTP and WebSockets arrives at the port of the web services. */
  rtsp: Pick<RtspServer, 'handle' | 'upgrade'>;
  faults: FaultBook;
}

/** What a camera answers on its HTTP port: ONVIF, its picture, and for a browser the way to the HTTPS page. */
export function httpAnswers(
  camera: SimCamera,
  { onvif, snapshot, rtsp, faults }: HttpParts,
  deps: Pick<RuntimeDeps, 'clock'>,
): HttpAnswers & WebServices & { serveOnvif: HttpAnswers['handle'] } {
  const challenges = () => onvif.digest.challenge();
  const atOnvif = { camera, book: faults, door: 'onvif', challenges } as const;
  /** Only with a fault waiting is the request looked into before its time. */
  const serveOnvif: HttpAnswers['handle'] = (request, response) => {
    if (!faults.waitsAt('onvif') || request.method !== 'POST') return onvif.handle(request, response);
    peekOperation(request, (operation) =>
      underFault(atOnvif, operation, request, response, () => onvif.handle(request, response), deps),
    );
  };
  const atSnapshot = { camera, book: faults, door: 'snapshot', challenges } as const;
  const take = (request: IncomingMessage, response: ServerResponse): boolean => {
    // The absolute form of a target is to be taken from everybody (RFC 9112 §3.2.2), not from proxies alone.
    if (request.url?.startsWith('http')) request.url = request.url.replace(/^https?:\/\/[^/?]*/i, '') || '/';
    const [path = '/'] = (request.url ?? '/').split('?');
    if (rtsp.handle(request, response)) return true;
    if (onvif.serves(path)) serveOnvif(request, response);
    else if (path === snapshotPath)
      underFault(atSnapshot, 'snapshot', request, response, () => snapshot(request, response), deps);
    else return false;
    return true;
  };
  return {
    take,
    handle(request, response) {
      if (take(request, response)) return;
      const path = pathOf(request);
      if (path === '/' && (request.method === 'GET' || request.method === 'HEAD'))
        toHttps(camera, request.headers.host, response);
      else {
        camera.received(
          {
            protocol: 'http',
            what: `${request.method} ${path}`,
            peer: request.socket.remoteAddress ?? '',
            outcome: '404',
          },
          () => ({ request: httpMessageOf(request) }),
        );
        response.writeHead(404, { 'content-length': 0, connection: 'close' }).end();
      }
    },
    serveOnvif,
    upgrade(request, socket, head) {
      if (rtsp.upgrade(request, socket, head)) return;
      socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n');
    },
  };
}

function toHttps({ address }: SimCamera, hostHeader = '', response: ServerResponse) {
  const reached = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d+)?$/i.exec(hostHeader)?.[1] ?? urlHost(address.host);
  response.writeHead(302, { location: `https://${reached}:${address.ports.https}/`, 'content-length': 0 }).end();
}
