import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkBasic } from '../auth/basic.ts';
import { createDigestAuth, type DigestAuth } from '../auth/digest.ts';
import type { Camera } from '../camera.ts';
import { hashingAlgorithms } from '../onvif/hashing.ts';
import { httpMessageOf } from '../wire/http-message.ts';
import { filmedBy } from './filmed-by.ts';
import { formatJpeg, type SnapshotCoder } from './jpeg/snapshot-coder.ts';
import { createPictureLibrary, type PictureLibrary } from './picture-library.ts';
import { shownOf, viewOf } from './shown.ts';

export interface SnapshotOptions {
  /** Shared by the cameras of a fleet. */
  library?: PictureLibrary;
  /** The library's own unless told otherwise. */
  coder?: SnapshotCoder;
  /** Sign-in shared with the camera's other HTTP doors. */
  digest?: DigestAuth;
}

/** A still JPEG of what the streams show this instant. `GET …?size=640x360` or `?profile=TOKEN`; the main stream's size else. */
export type SnapshotHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** Pictures a camera takes in a second: the rest is told to come again. */
const mostPerSecond = 30;

export function createSnapshotHandler(camera: Camera, options: SnapshotOptions = {}): SnapshotHandler {
  const { state, profile } = camera;
  const fleetClock = {
    now: () => camera.clock.now() - state.clockOffsetMs,
    sleep: camera.clock.sleep,
  };
  const library = options.library ?? createPictureLibrary();
  const coder = options.coder;
  const digest =
    options.digest ??
    createDigestAuth({
      realm: profile.realm,
      algorithms: () => hashingAlgorithms(camera),
      clock: fleetClock,
      random: camera.random,
    });
  const passwordOf = (username: string) => state.users.find((user) => user.username === username)?.password;
  let taken = 0;
  let second = 0;

  /** Undefined when the request's signature is right, else the challenges. */
  function challenge(request: IncomingMessage): string[] | undefined {
    const header = request.headers.authorization;
    const basic = /^\s*Basic\s+([A-Za-z0-9+/=]+)\s*$/i.exec(header ?? '');
    if (basic && checkBasic(basic[1]!, passwordOf)) return undefined;
    const verdict = basic
      ? undefined
      : digest.verify({ header, method: request.method ?? 'GET', uri: request.url }, passwordOf);
    if (verdict && 'username' in verdict) return undefined;
    return [
      ...digest.challenge({ stale: verdict !== undefined }),
      `Basic realm="${profile.realm.replace(/["\\]/g, '\\$&')}"`,
    ];
  }

  function sizeOf(
    query: URLSearchParams,
  ): { width: number; height: number; fps: number; encoder?: string } | undefined {
    const encoderOf = (token: string | undefined) => state.videoEncoders.find((encoder) => encoder.token === token);
    const token = query.get('profile') ?? profile.streams[0].profileToken;
    const encoder = encoderOf(state.mediaProfiles.find((one) => one.token === token)?.videoEncoderConfiguration);
    const size = query.get('size');
    if (size === null) return encoder && { ...encoder, encoder: encoder.token };
    const offered = [
      ...profile.streams.flatMap(({ resolutions }) => resolutions),
      ...state.videoEncoders.map(({ width, height }): [number, number] => [width, height]),
    ].find(([width, height]) => `${width}x${height}` === size);
    return (
      offered && {
        width: offered[0],
        height: offered[1],
        fps: encoder?.fps ?? profile.streams[0].fps,
        encoder: encoder?.token,
      }
    );
  }

  function answer(request: IncomingMessage, response: ServerResponse): number {
    const refuse = (status: number, headers: Record<string, string | string[]> = {}) => {
      response.writeHead(status, { ...headers, 'content-length': 0 }).end();
      return status;
    };
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(405, { allow: 'GET, HEAD' });
    if (!state.initialized) return refuse(403);
    const challenges = challenge(request);
    if (challenges) return refuse(401, { 'www-authenticate': challenges });
    const size = sizeOf(new URL(request.url ?? '/', 'http://camera').searchParams);
    if (!size) return refuse(404);
    const now = fleetClock.now();
    if (Math.floor(now / 1000) !== second) [second, taken] = [Math.floor(now / 1000), 0];
    if (++taken > mostPerSecond) return refuse(503, { 'retry-after': '1' });
    const at = camera.clock.now();
    const filmed = filmedBy(camera, size.encoder);
    const shown = shownOf(filmed, at, size, Math.floor((now / 1000) * size.fps), viewOf(filmed, at), library);
    const jpeg = formatJpeg((coder ?? library.stills).picture(size.width, size.height, shown));
    response.writeHead(200, {
      'content-type': 'image/jpeg',
      'content-length': jpeg.length,
      'cache-control': 'no-store',
      'last-modified': new Date(camera.clock.now()).toUTCString(),
    });
    response.end(request.method === 'HEAD' ? undefined : jpeg);
    return 200;
  }

  return (request, response) => {
    request.resume();
    const status = answer(request, response);
    camera.received(
      {
        protocol: 'http',
        what: `${request.method} ${(request.url ?? '').split('?')[0]}`,
        peer: request.socket.remoteAddress ?? '',
        outcome: String(status),
      },
      () => ({ request: httpMessageOf(request) }),
    );
  };
}
