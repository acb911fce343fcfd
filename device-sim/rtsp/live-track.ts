import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import type { MediaStream, Viewer } from './media-stream.ts';
import { formatSenderReport } from './rtcp.ts';
import { PacketWriter, payloadBytes, type RtpState } from './rtp.ts';

export interface LiveTrackOptions {
  random: Random;
  cname: string;
  payloadType: number;
  /** RTP clock, ticks a second. */
  rate: number;
  /** The fleet's clock; `cameraNow` is the camera's own. */
  clock: Pick<Clock, 'now'>;
  cameraNow(): number;
  /** Begin to make payloads, until disposed; called when the first viewer has joined. */
  start(track: LiveOutput): Disposable;
  /** Another viewer joined: what must it know? */
  onJoin?(track: LiveOutput): void;
}

export interface LiveOutput {
  /** One unit of media, cut into packets; the last one carries the marker. `at` is media time, milliseconds. */
  send(payload: Uint8Array, at: number, marker: boolean): void;
}

const reportEveryMs = 5000;

/** A track any moment of which is a good one to begin with: sound, metadata. Made once for all viewers, only while there are any. */
export function createLiveTrack(options: LiveTrackOptions): MediaStream {
  const { random, payloadType, rate, clock, cname } = options;
  const rtp: RtpState = {
    ssrc: random.bytes(4).readUInt32BE(),
    payloadType,
    sequence: random.int(0x10000),
    packets: 0,
    octets: 0,
  };
  const firstTimestamp = random.bytes(4).readUInt32BE();
  const createdAt = clock.now();
  const viewers = new Set<Viewer>();
  let running: Disposable | undefined;
  let reportedAt = Number.NEGATIVE_INFINITY;
  const timestampAt = (at: number) => (firstTimestamp + Math.round(((at - createdAt) * rate) / 1000)) >>> 0;

  const output: LiveOutput = {
    send(payload, at, marker) {
      const pieces = Math.max(1, Math.ceil(payload.length / payloadBytes));
      const writer = new PacketWriter(rtp, timestampAt(at), payload.length, pieces);
      for (let piece = 0; piece < pieces; piece++) {
        const to = Math.min(payload.length, (piece + 1) * payloadBytes);
        writer
          .begin()
          .copy(payload, piece * payloadBytes, to)
          .end(marker && piece === pieces - 1);
      }
      const batch = writer.batch();
      for (const viewer of [...viewers]) viewer.send(batch, true);
      if (at - reportedAt < reportEveryMs) return;
      reportedAt = at;
      const report = formatSenderReport(rtp, options.cameraNow(), timestampAt(clock.now()), cname);
      for (const viewer of viewers) viewer.report(report);
    },
  };

  return {
    payloadType,
    ssrc: rtp.ssrc,
    startsAtOnce: true,
    join(viewer) {
      viewers.add(viewer);
      const now = clock.now();
      viewer.begin({ sequence: rtp.sequence, timestamp: timestampAt(now), at: options.cameraNow() });
      if (running) options.onJoin?.(output);
      else running = options.start(output);
      return {
        [Symbol.dispose]() {
          viewers.delete(viewer);
          if (viewers.size > 0) return;
          running?.[Symbol.dispose]();
          running = undefined;
        },
      };
    },
    get viewers() {
      return viewers.size;
    },
  };
}
