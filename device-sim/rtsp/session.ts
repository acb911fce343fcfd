import type { ReplaySession } from '../replay/replay-session.ts';
import type { Track } from './camera-streams.ts';
import type { JoinPoint, Viewer } from './media-stream.ts';

/** A track as it was set up: its packets' way to the client. */
export interface SetTrack {
  track: Track;
  /** As the client named it: RTP-Info speaks of it. */
  url: string;
  viewer(begin: (point: JoinPoint) => void): Viewer;
  /** Interleaved: what its packets travel on, RTP and RTCP; its connection carries the session then. */
  channels?: readonly [rtp: number, rtcp: number];
  /** UDP: where reports of this viewer come from. */
  reportsFrom?: string;
  /** UDP: where the client's own packets (back channel) come from. */
  packetsFrom?: string;
  joined?: Disposable;
}

/** One RTSP session: tracks set up together, played together. */
export interface Session {
  readonly id: string;
  readonly path: string;
  readonly tracks: Map<string, SetTrack>;
  /** Fleet time of the last sign of life. */
  seenAt: number;
  playing: boolean;
  /** Recorded footage instead of live streams. */
  replay?: ReplaySession;
}

/** Do its packets travel between the messages of a connection? Such a session ends with it (RFC 2326 §10.12). */
export const isInterleaved = ({ tracks }: Session): boolean =>
  [...tracks.values()].some(({ channels }) => channels !== undefined);

/**
 * Start all tracks; `answer` gets where each begins, right before its first packet is sent. `over` is called when one of
 * them will send nothing any more.
 */
export function play(session: Session, answer: (points: [SetTrack, JoinPoint][]) => void, over: () => void): void {
  const points: [SetTrack, JoinPoint][] = [];
  const tracks = [...session.tracks.values()].filter((one) => one.track.stream !== undefined);
  const waiting = tracks.filter((one) => !one.track.stream!.startsAtOnce);
  const others = tracks.filter((one) => one.track.stream!.startsAtOnce);
  session.playing = true;
  let answered = false;
  /** What a track sends before the others have begun: it may not come before the answer to PLAY. */
  const early: (() => void)[] = [];

  const start = (one: SetTrack) => {
    const viewer = one.viewer((point) => {
      points.push([one, point]);
      if (points.length < waiting.length || answered) return;
      if (points.length === waiting.length) for (const other of others) start(other);
      if (points.length < tracks.length || answered) return;
      answered = true;
      answer(points);
      for (const send of early) send();
    });
    one.joined = one.track.stream!.join({
      begin: viewer.begin,
      send(batch, keyframe) {
        if (answered) viewer.send(batch, keyframe);
        else early.push(() => viewer.send(batch, keyframe));
      },
      report(packet) {
        if (answered) viewer.report(packet);
        else early.push(() => viewer.report(packet));
      },
      end: over,
    });
  };
  if (tracks.length === 0) answer([]);
  for (const one of waiting.length > 0 ? waiting : others.splice(0)) start(one);
}

export function pause(session: Session): void {
  session.playing = false;
  session.replay?.pause();
  for (const one of session.tracks.values()) {
    one.joined?.[Symbol.dispose]();
    one.joined = undefined;
  }
}
