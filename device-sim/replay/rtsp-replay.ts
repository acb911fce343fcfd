import type { Recording } from '../recording/recordings.ts';
import type { ServerContext } from '../rtsp/context.ts';
import { RtspError, type RtspRequest, type RtspResponse } from '../rtsp/message.ts';
import { formatSdp } from '../rtsp/sdp.ts';
import type { Session } from '../rtsp/session.ts';
import { formatSsrc, type TakenOffer } from '../rtsp/taken-offer.ts';
import { parseTransport, type TransportOffer } from '../rtsp/transport.ts';
import { patientViewer } from '../rtsp/viewers.ts';
import type { Wire } from '../rtsp/wire.ts';
import { formatClockTime, parsePlay, windowOf } from './play-request.ts';
import type { ReplaySession } from './replay-session.ts';

/** The answer to DESCRIBE where a recording is meant; undefined where it is not. */
export function describeReplay(context: ServerContext, path: string, { url }: RtspRequest): RtspResponse | undefined {
  const { replays } = context;
  const recording = replays?.find(path);
  if (!replays || !recording) return undefined;
  const body = formatSdp({
    host: context.camera.address.host,
    name: context.camera.state.deviceName,
    sessionId: context.sdpId,
    range: replays.range(recording, windowOf(url)),
    media: replays.tracks(recording).map((track) => track.describe()),
  });
  // What the address says of the time is part of the tracks' addresses too.
  return {
    status: 200,
    headers: { 'Content-Base': `${url.replace(/\/*$/, '')}/`, 'Content-Type': 'application/sdp' },
    body,
  };
}

/** What setting up takes from the connection it came by. */
export interface SetupParts {
  context: ServerContext;
  wire: Wire;
  known: Session | undefined;
  takeOffer(offer: TransportOffer, track: string): Promise<TakenOffer | undefined>;
  /** Throws 453 where no session more may be opened. */
  checkRoom(): void;
  keep(session: Session): void;
}

export async function setupReplay(
  recording: Recording,
  request: RtspRequest,
  parts: SetupParts,
): Promise<RtspResponse> {
  const { context, wire, known } = parts;
  const { path, track: wanted } = context.locate(request.url);
  const replays = context.replays!;
  const tracks = replays.tracks(recording);
  const track = wanted === undefined && tracks.length === 1 ? tracks[0] : tracks.find(({ id }) => id === wanted);
  if (!track) throw new RtspError(wanted === undefined ? 459 : 404);
  if (known && (known.path !== path || !known.replay)) throw new RtspError(459);
  if (known?.replay?.playing) throw new RtspError(455);
  // Before a transport is taken: who may not play needs none.
  if (!known) parts.checkRoom();
  const replay = known?.replay ?? replays.open(recording);
  let taken: TakenOffer | undefined;
  try {
    for (const offer of parseTransport(request.headers['transport'] ?? '')) {
      taken = await parts.takeOffer(offer, track.id);
      if (taken) break;
    }
    if (!taken) throw new RtspError(461);
  } catch (error) {
    if (!known) replays.close(replay);
    throw error;
  }
  const session = known ?? context.openSession(path);
  session.replay = replay;
  parts.keep(session);
  const { way } = taken;
  const { channels } = way;
  Object.assign(replay.window, windowOf(request.url));
  const ssrc = replay.add(
    track,
    channels
      ? { viewer: patientViewer(wire, ...channels), backlog: () => wire.backlog }
      : { viewer: way.viewer(() => undefined) },
  );
  const { id, describe } = track;
  session.tracks.set(id, { track: { id, describe }, url: request.url, ...way });
  return {
    status: 200,
    headers: {
      Transport: `${taken.header};ssrc=${formatSsrc(ssrc)};mode="PLAY"`,
      Session: `${session.id};timeout=${replays.timeoutMs / 1000}`,
    },
  };
}

export function playReplay(
  session: Session,
  replay: ReplaySession,
  { url, headers }: RtspRequest,
  respond: (response: RtspResponse) => void,
): void {
  // Without anything new to do it is a sign of life.
  if (replay.playing && headers['range'] === undefined && headers['scale'] === undefined) {
    respond({ status: 200, headers: { Session: session.id } });
    return;
  }
  const wanted = parsePlay(headers, replay.extent());
  replay.play(wanted, ({ range, scale, points }) => {
    session.playing = true;
    const urlOf = (id: string) => session.tracks.get(id)?.url ?? url;
    const info = points.map(
      ({ track, sequence, timestamp }) => `url=${urlOf(track)};seq=${sequence};rtptime=${timestamp}`,
    );
    respond({
      status: 200,
      headers: {
        Session: session.id,
        Range: `clock=${formatClockTime(range.from)}-${range.open ? '' : formatClockTime(range.to)}`,
        ...(scale === 1 ? {} : { Scale: scale.toFixed(1) }),
        'RTP-Info': info.join(','),
      },
    });
  });
}
