/**
 * Up to which event id nothing is missing. After a reconnect the gateway replays what was missed while new events
 * already arrive; should the connection break in the middle of that, resuming after the newest id seen would lose the
 * rest of the replay. So the mark waits below the replay until it is through.
 */
export interface Watermark {
  /** Everything up to here was received. */
  readonly id: number;
  /** Replay runs up to here; absent when none is due. */
  readonly replayUntil?: number;
  /** Newest id seen beyond the replay. */
  readonly ahead?: number;
}

export type Greeting = { mark: Watermark; resumeAfter?: number; reset?: boolean };

/** Beyond this many, loading the newest afresh is quicker than having everything replayed (the gateway replays 10,000). */
export const longestReplay = 5000;

/** What the gateway's hello means: start here, replay what was missed, or start over: much was missed, or its history is another. */
export function greet(mark: Watermark | undefined, lastEventId: number): Greeting {
  if (!mark) return { mark: { id: lastEventId } };
  if (lastEventId < mark.id || lastEventId - mark.id > longestReplay) return { mark: { id: lastEventId }, reset: true };
  if (lastEventId === mark.id) return { mark: { id: mark.id } };
  return { mark: { id: mark.id, replayUntil: lastEventId }, resumeAfter: mark.id };
}

export function received(mark: Watermark, id: number): Watermark {
  const { replayUntil, ahead = 0 } = mark;
  if (replayUntil === undefined) return id > mark.id ? { id } : mark;
  if (id > replayUntil) return { ...mark, ahead: Math.max(ahead, id) };
  if (id < replayUntil) return id > mark.id ? { ...mark, id } : mark;
  return { id: Math.max(replayUntil, ahead) };
}
