import type { Random } from '../../core/runtime/random.ts';
import type { Frame, FrameSource } from '../video/frame-source.ts';
import { formatGoodbye, formatSenderReport } from './rtcp.ts';
import { type NalPayload, type PacketBatch, packetizeNals, type RtpState } from './rtp.ts';
import { packetizeJpeg } from './rtp-jpeg.ts';

/** Where a stream stands when a viewer joins: what RTP-Info and Range tell. */
export interface JoinPoint {
  sequence: number;
  timestamp: number;
  /** The camera's own clock. */
  at: number;
}

/** Somebody who gets a stream's packets. */
export interface Viewer {
  /** Called once, right before the first packets. */
  begin(point: JoinPoint): void;
  send(batch: PacketBatch, keyframe: boolean): void;
  /** RTCP of the stream. */
  report(packet: Buffer): void;
  /** The stream is over: another codec has taken its place. */
  end?(): void;
}

/** One track's packets, made once for all its viewers. */
export interface MediaStream {
  readonly payloadType: number;
  readonly ssrc: number;
  /** False: a viewer waits for a picture that needs no other. */
  readonly startsAtOnce: boolean;
  join(viewer: Viewer): Disposable;
  readonly viewers: number;
}

const reportEveryMs = 5000;
/** Newcomers share their first picture, rather than each costing everybody an IDR. */
const keyframeSpacingMs = 250;

export interface VideoStreamOptions {
  source: FrameSource;
  random: Random;
  cname: string;
  payloadType: number;
  /** How NAL units travel; JPEG pictures have none. */
  payload: NalPayload;
  /** What happens to packets on their way to a viewer. */
  underFaults?(viewer: Viewer): Viewer;
}

export function createVideoStream({
  source,
  random,
  cname,
  payloadType,
  payload,
  underFaults,
}: VideoStreamOptions): MediaStream {
  const rtp: RtpState = {
    ssrc: random.bytes(4).readUInt32BE(),
    payloadType,
    sequence: random.int(0x10000),
    packets: 0,
    octets: 0,
  };
  const firstTimestamp = random.bytes(4).readUInt32BE();
  const waiting = new Set<Viewer>();
  const active = new Set<Viewer>();
  let watch: Disposable | undefined;
  let keyframeAt = Number.NEGATIVE_INFINITY;
  let reportedAt = Number.NEGATIVE_INFINITY;
  let last: Pick<Frame, 'takenAt' | 'mediaMs'> = { takenAt: 0, mediaMs: 0 };

  const timestampAt = (mediaMs: number) => (firstTimestamp + Math.round(mediaMs * 90)) >>> 0;

  const onFrame = (frame: Frame) => {
    const timestamp = timestampAt(frame.stampMs);
    last = frame;
    if (frame.keyframe) keyframeAt = frame.mediaMs;
    const newcomers = frame.keyframe ? [...waiting] : [];
    const point = { sequence: rtp.sequence, timestamp, at: frame.takenAt };
    for (const viewer of newcomers) {
      waiting.delete(viewer);
      active.add(viewer);
      viewer.begin(point);
    }
    if (frame.withheld) return;
    const batch = frame.jpeg
      ? packetizeJpeg(rtp, timestamp, frame.jpeg)
      : packetizeNals(rtp, timestamp, frame.units, payload);
    for (const viewer of [...active]) viewer.send(batch, frame.keyframe);
    const due = frame.mediaMs - reportedAt >= reportEveryMs;
    if (due || newcomers.length > 0) {
      const report = formatSenderReport(rtp, frame.takenAt, timestampAt(frame.mediaMs), cname);
      if (due) reportedAt = frame.mediaMs;
      for (const viewer of due ? active : newcomers) viewer.report(report);
    }
    if (waiting.size > 0 && frame.mediaMs - keyframeAt >= keyframeSpacingMs) source.requestKeyframe();
  };

  const onEnd = () => {
    const goodbye = formatGoodbye(rtp, last.takenAt, timestampAt(last.mediaMs), cname);
    for (const viewer of [...active, ...waiting]) {
      viewer.report(goodbye);
      viewer.end?.();
    }
  };

  return {
    payloadType,
    ssrc: rtp.ssrc,
    startsAtOnce: false,
    join(joining) {
      const viewer = underFaults?.(joining) ?? joining;
      waiting.add(viewer);
      if (watch) source.requestKeyframe();
      // A source that begins to run begins with an IDR.
      watch ??= source.watch(onFrame, onEnd);
      return {
        [Symbol.dispose]() {
          waiting.delete(viewer);
          active.delete(viewer);
          if (waiting.size + active.size > 0) return;
          watch?.[Symbol.dispose]();
          watch = undefined;
        },
      };
    },
    get viewers() {
      return active.size;
    },
  };
}
