import type { ServerResponse } from 'node:http';
import { urlHost } from '../core/runtime/listen.ts';
import { snapshotPath } from './behaviors/media.ts';
import type { HttpAnswers } from './http-door.ts';
import type { OnvifHandler } from './onvif/handler.ts';
import type { RtspServer } from './rtsp/rtsp-server.ts';
import type { SimCamera } from './sim-camera.ts';
import type { SnapshotHandler } from './video/snapshot.ts';

export interface HttpParts {
  onvif: OnvifHandler;
  snapshot: SnapshotHandler;
  /** RTSP through HTTP and WebSockets arrives at the port of the web services. */
  rtsp: Pick<RtspServer, 'handle' | 'upgrade'>;
}

/** What a camera answers on its HTTP port: ONVIF, its picture, and for a browser the way to the HTTPS page. */
export function httpAnswers(camera: SimCamera, { onvif, snapshot, rtsp }: HttpParts): HttpAnswers {
  return {
    handle(request, response) {
      const [path = '/'] = (request.url ?? '/').split('?');
      if (rtsp.handle(request, response)) return;
      if (onvif.serves(path)) onvif.handle(request, response);
      else if (path === snapshotPath) snapshot(request, response);
      else if (path === '/' && (request.method === 'GET' || request.method === 'HEAD'))
        toHttps(camera, request.headers.host, response);
      else {
        camera.received({
          what: `${request.method} ${path}`,
          peer: request.socket.remoteAddress ?? '',
          outcome: '404',
        });
        response.writeHead(404, { 'content-length': 0, connection: 'close' }).end();
      }
    },
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
