import { startTimer } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { childOf, escapeXml, textAt } from '../../core/soap/xml.ts';
import type { Bus } from '../bus.ts';
import { GatewayError } from '../errors.ts';
import type { Credentials, OnvifClient, StreamProfile } from '../onvif/client.ts';
import { isOnvifError, OnvifError } from '../onvif/errors.ts';
import type { AccessUnit } from './access-units.ts';
import { formatAnnexB, formatFragment, formatHead } from './fragmented-mp4.ts';
import { openRtspPull, type RtspPull } from './rtsp-pull.ts';
import { parseSps } from './sps.ts';

export type LiveStream = 'main' | 'sub';
export type LiveFormat = 'mp4' | 'h264';

/** Who looks: takes bytes, and is told when it is over. */
export interface Viewer {
  sessionId: string;
  format: LiveFormat;
  /** The media type, once, before the first bytes. */
  begin(contentType: string): void;
  /** How many bytes wait to be sent. */
  readonly behindBytes: number;
  write(bytes: Buffer): void;
  end(): void;
}

export interface Live extends Disposable {
  /** Show a camera to a viewer; dispose the result when it leaves. Throws GatewayError when there is no picture. */
  watch(cameraId: string, stream: LiveStream, viewer: Viewer): Promise<Disposable>;
  readonly viewers: number;
}

export interface LiveOptions {
  /** A camera that answers; throws GatewayError when it does not. */
  reachable(cameraId: string): { client: OnvifClient; credentials: Credentials };
  bus: Bus;
}

const mostViewers = 64;
/** Who reads slower than this much behind is cut; it comes back. */
const mostBehindBytes = 8 << 20;
/** Pictures since the last key picture, kept for who comes in between. */
const mostKeptUnits = 600;
const mostKeptBytes = 16 << 20;
const firstPictureWithinMs = 12_000;

interface Watching {
  viewer: Viewer;
  begun: boolean;
  /** Its own time begins with its first picture. */
  firstAt: number;
  sequence: number;
  /** The picture whose length is not known before the next one comes. */
  held?: AccessUnit;
}

interface Pull {
  cameraId: string;
  opened: Promise<RtspPull>;
  watching: Set<Watching>;
  sps?: Buffer;
  pps?: Buffer;
  sinceKey: AccessUnit[];
  keptBytes: number;
}

/** Live video: one connection to the camera for all who look at the same stream of it, none when nobody does. */
export function createLive({ reachable, bus }: LiveOptions, deps: RuntimeDeps): Live {
  const pulls = new Map<string, Pull>();

  const leave = (key: string, pull: Pull, one: Watching) => {
    if (!pull.watching.delete(one)) return;
    if (pull.watching.size > 0 || pulls.get(key) !== pull) return;
    pulls.delete(key);
    pull.opened.then(
      (opened) => opened[Symbol.dispose](),
      () => undefined,
    );
  };
  const end = (key: string, pull: Pull, one: Watching) => {
    leave(key, pull, one);
    one.viewer.end();
  };
  const endWhere = (fits: (pull: Pull, one: Watching) => boolean) => {
    for (const [key, pull] of pulls) for (const one of [...pull.watching]) if (fits(pull, one)) end(key, pull, one);
  };

  function give(key: string, pull: Pull, one: Watching, unit: AccessUnit) {
    const { viewer } = one;
    if (!one.begun) {
      if (!unit.key || !pull.sps || !pull.pps) return;
      const format = parseSps(pull.sps);
      if (!format) return;
      one.begun = true;
      one.firstAt = unit.at;
      if (viewer.format === 'h264') viewer.begin('video/h264');
      else {
        viewer.begin(`video/mp4; codecs="${format.codec}"`);
        viewer.write(formatHead(format, pull.sps, pull.pps));
      }
    }
    if (viewer.behindBytes > mostBehindBytes) return end(key, pull, one);
    if (viewer.format === 'h264') {
      const has = (type: number) => unit.nals.some((nal) => (nal[0]! & 0x1f) === type);
      const sets = unit.key && !has(7) ? [pull.sps!, pull.pps!] : [];
      return viewer.write(formatAnnexB([...sets, ...unit.nals]));
    }
    const { held } = one;
    one.held = unit;
    if (!held) return;
    one.sequence += 1;
    viewer.write(formatFragment(one.sequence, held.at - one.firstAt, unit.at - held.at, held));
  }

  function take(key: string, pull: Pull, unit: AccessUnit) {
    const set = (type: number) => unit.nals.find((nal) => (nal[0]! & 0x1f) === type);
    const [sps, pps] = [set(7), set(8)];
    if (sps && pull.sps && !sps.equals(pull.sps)) {
      // Another size: whoever looks begins anew, with the new head.
      pull.sps = sps;
      endWhere((other) => other === pull);
      return;
    }
    if (sps) pull.sps = Buffer.from(sps);
    if (pps) pull.pps = Buffer.from(pps);
    const size = unit.nals.reduce((sum, nal) => sum + nal.length, 0);
    if (unit.key) [pull.sinceKey, pull.keptBytes] = [[], 0];
    if (unit.key || pull.sinceKey.length > 0) {
      pull.sinceKey.push(unit);
      pull.keptBytes += size;
      if (pull.sinceKey.length > mostKeptUnits || pull.keptBytes > mostKeptBytes) pull.sinceKey = [];
    }
    for (const one of [...pull.watching]) give(key, pull, one, unit);
  }

  function start(key: string, cameraId: string, stream: LiveStream): Pull {
    const pull: Pull = { cameraId, watching: new Set(), sinceKey: [], keptBytes: 0 } as unknown as Pull;
    pull.opened = (async () => {
      const { client, credentials } = reachable(cameraId);
      const place = await streamPlace(client, stream);
      const opened = await openRtspPull(
        {
          ...place,
          host: client.address.host,
          credentials,
          onUnit: (unit) => take(key, pull, unit),
          onEnd: () => endWhere((other) => other === pull),
        },
        deps,
      );
      pull.sps ??= opened.track.sps;
      pull.pps ??= opened.track.pps;
      // Everybody left while it opened.
      if (pulls.get(key) !== pull) opened[Symbol.dispose]();
      return opened;
    })();
    pull.opened.catch(() => {
      if (pulls.get(key) === pull) pulls.delete(key);
    });
    pulls.set(key, pull);
    return pull;
  }

  const count = () => [...pulls.values()].reduce((sum, { watching }) => sum + watching.size, 0);
  const subscriptions = [
    bus.subscribe('session-ended', ({ sessionIds }) => {
      const ended = new Set(sessionIds);
      endWhere((_pull, { viewer }) => ended.has(viewer.sessionId));
    }),
    bus.subscribe('camera-removed', ({ id }) => endWhere(({ cameraId }) => cameraId === id)),
  ];

  return {
    get viewers() {
      return count();
    },
    async watch(cameraId, stream, viewer) {
      if (count() >= mostViewers)
        throw new GatewayError('too_many_requests', 'too many live pictures are open', { retryAfterSeconds: 10 });
      const key = `${cameraId} ${stream}`;
      const pull = pulls.get(key) ?? start(key, cameraId, stream);
      const one: Watching = { viewer, begun: false, firstAt: 0, sequence: 0 };
      pull.watching.add(one);
      try {
        await pull.opened;
      } catch (error) {
        leave(key, pull, one);
        throw asRefusal(error);
      }
      // Who comes between two key pictures gets what was since the last one, and then goes along.
      if (!one.begun) for (const unit of [...pull.sinceKey]) give(key, pull, one, unit);
      const late = startTimer(deps.clock, firstPictureWithinMs, () => {
        if (!one.begun) end(key, pull, one);
      });
      return {
        [Symbol.dispose]() {
          late[Symbol.dispose]();
          leave(key, pull, one);
        },
      };
    },
    [Symbol.dispose]() {
      for (const one of subscriptions) one[Symbol.dispose]();
      endWhere(() => true);
    },
  };
}

/** Where the wanted stream is: the largest H.264 picture the camera offers, or the smallest. */
async function streamPlace(client: OnvifClient, stream: LiveStream): Promise<{ port: number; path: string }> {
  const area = ({ width = 0, height = 0 }: StreamProfile) => width * height;
  const offered = (await client.profiles())
    .filter(({ encoding }) => encoding === undefined || /^h\.?264$/i.test(encoding))
    .sort((a, b) => area(a) - area(b));
  const profile = stream === 'main' ? offered.at(-1) : offered[0];
  const service = client.servicePath('media');
  if (!profile || !service) throw new OnvifError('unsupported', 'the camera offers no H.264 video');
  const answer = await client.call({
    ...service,
    body: `<GetStreamUri xmlns="${namespaces.trt}"><StreamSetup><Stream xmlns="${namespaces.tt}">RTP-Unicast</Stream><Transport xmlns="${namespaces.tt}"><Protocol>RTSP</Protocol></Transport></StreamSetup><ProfileToken>${escapeXml(profile.token)}</ProfileToken></GetStreamUri>`,
  });
  const uri = textAt(childOf(answer.children[0], 'MediaUri'), 'Uri')?.trim() ?? '';
  if (!/^rtsp:/i.test(uri) || uri.length > 1024 || !URL.canParse(uri))
    throw new OnvifError('answer_invalid', 'the camera names no usable stream address');
  const url = new URL(uri);
  const own = url.hostname.replace(/^\[|\]$/g, '').toLowerCase() === client.address.host.toLowerCase();
  // Only ever on the host we know; a port counts when the camera named that very host.
  return { port: own && url.port !== '' ? Number(url.port) : 554, path: `${url.pathname}${url.search}` };
}

function asRefusal(error: unknown): unknown {
  if (!isOnvifError(error)) return error;
  if (error.failure === 'unsupported')
    return new GatewayError('live_unsupported', `no live video: ${error.message}`, {}, { cause: error });
  return new GatewayError('live_unavailable', `no live video: ${error.message}`, {}, { cause: error });
}
