import type { Camera, ReceivedEntry } from '../camera.ts';
import type { Replays } from '../replay/replays.ts';
import type { WireText } from '../wire/wire-text.ts';
import type { CameraStreams } from './camera-streams.ts';
import type { JoinPoint } from './media-stream.ts';
import type { Session, SetTrack } from './session.ts';
import type { UdpPorts } from './udp-ports.ts';
import type { Wire } from './wire.ts';

export const sessionTimeoutSeconds = 60;

/** What a connection needs of the server it came to. */
export interface ServerContext {
  readonly camera: Pick<Camera, 'address' | 'state' | 'log'>;
  readonly streams: CameraStreams;
  /** Absent where nothing is recorded. */
  readonly replays: Replays | undefined;
  readonly sessions: ReadonlyMap<string, Session>;
  /** Session id of the SDP's origin line. */
  readonly sdpId: number;
  /** Fleet time. */
  now(): number;
  /** The camera's own clock, as a Date header. */
  date(): string;
  received(entry: ReceivedEntry, text?: () => WireText): void;
  /** Throws RtspError 401 with challenges, or 403 while the camera is not activated. */
  signIn(request: { method: string; url: string; authorization: string | undefined; body: Buffer }): void;
  /** Path and track a URL names. */
  locate(url: string): { path: string; track: string | undefined };
  /** May one more be opened? */
  roomForSessions(): boolean;
  openSession(path: string): Session;
  endSession(session: Session): void;
  whenEnded(session: Session, then: () => void): void;
  udpAllowed(wire: Wire): boolean;
  udpPorts(): Promise<UdpPorts>;
}

/** Path and track of an RTSP URL; a query is for other cameras and means nothing here. */
export function locate(url: string): { path: string; track: string | undefined } {
  const whole = url.replace(/^rtsps?:\/\/[^/?]*/i, '');
  const [, before = '', track] = /^(.*?)(?:\/(trackID=\d+))?\/*$/i.exec(whole) ?? [];
  const path = before.replace(/\?.*$/s, '').replace(/^\/+|\/+$/g, '');
  return { path: decodePath(path), track };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

const clockText = (at: number) => new Date(at).toISOString().replace(/[-:]/g, '');

/** Live from this instant on (RFC 2326 §3.7). */
export const formatClockRange = (points: [SetTrack, JoinPoint][]) =>
  `clock=${clockText(Math.min(...points.map(([, { at }]) => at)))}-`;

export const formatRtpInfo = (points: [SetTrack, JoinPoint][]) =>
  points.map(([{ url }, { sequence, timestamp }]) => `url=${url};seq=${sequence};rtptime=${timestamp}`).join(',');
