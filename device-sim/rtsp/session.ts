import type { Track } from './camera-streams.ts';
import type { JoinPoint, Viewer } from './media-stream.ts';

/** A track as it was set up: its packets' way to the client. */
export interface SetTrack {
  track: Track;
  /** As the client named it: RTP-Info speaks of it. */
  url: string;
  viewer(begin: (point: JoinPoint) => void): Viewer;
  /** UDP: where reports of this viewer come from. */
  reportsFrom?: string;
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
}

/** Start all tracks; settles with where each begins, right before its first packet is sent. */
export function play(session: Session, answer: (points: [SetTrack, JoinPoint][]) => void): void {
  const points: [SetTrack, JoinPoint][] = [];
  session.playing = true;
  let answered = false;
  const expected = session.tracks.size;
  for (const one of session.tracks.values()) {
    // What a track sends before the others have begun would come before the answer to PLAY.
    const begin = (point: JoinPoint) => {
      points.push([one, point]);
      if (points.length < expected || answered) return;
      answered = true;
      answer(points);
    };
    const viewer = one.viewer(begin);
    one.joined = one.track.stream.join({
      begin: viewer.begin,
      send: (batch, keyframe) => {
        if (answered) viewer.send(batch, keyframe);
      },
      report: (packet) => {
        if (answered) viewer.report(packet);
      },
    });
  }
}

export function pause(session: Session): void {
  session.playing = false;
  for (const one of session.tracks.values()) {
    one.joined?.[Symbol.dispose]();
    one.joined = undefined;
  }
}
