import type { Span } from '../recording/span.ts';

/** One access unit that is to be sent, before it is made. */
export interface Unit {
  /** Camera's clock. */
  at: number;
  /** Number of the picture, or of the piece of sound or metadata, on its own grid. */
  number: number;
  span: Span;
  /** The picture begins a group. */
  key: boolean;
  end: boolean;
  terminal: boolean;
  discontinuity: boolean;
  /** By when it is sent when the server sets the pace: going back, a group comes before its last picture is due. */
  paceAt: number;
}

/** How a track's timeline is divided. */
export interface Grid {
  stepMs(span: Span): number;
  /** Units from one that needs no other to the next. */
  group(span: Span): number;
}

const first = (span: Span, stepMs: number, earliest: number) => Math.ceil(Math.max(span.from, earliest) / stepMs);
const endOf = (span: Span) => span.to ?? Number.POSITIVE_INFINITY;

/** Spans with footage after `earliest`, in their order. */
export const playable = (spans: readonly Span[], earliest: number): Span[] =>
  spans.filter((span) => endOf(span) > Math.max(span.from, earliest)).sort((a, b) => a.from - b.from);

/**
 * Units from the clean point at or before `from` on; in a gap from the next section's first (Streaming §6.7). Spans are
 * looked at anew each time, so that what is being recorded meanwhile is played too.
 */
export function* forwards(
  spans: () => readonly Span[],
  grid: Grid,
  from: number,
  to: number,
  earliest: number,
  everyMs: number,
): Generator<Unit, void> {
  let at = from;
  let lastSentAt = Number.NEGATIVE_INFINITY;
  for (;;) {
    const rest = playable(spans(), earliest).filter((span) => endOf(span) > at);
    const span = rest[0];
    if (!span) return;
    const stepMs = grid.stepMs(span);
    const group = grid.group(span);
    const begin = first(span, stepMs, earliest);
    const wanted = Math.floor(at / stepMs);
    let number = at > span.from ? Math.max(begin, wanted - (wanted % group)) : begin;
    while (number * stepMs < endOf(span)) {
      const time = number * stepMs;
      if (time > to) return;
      const isLast = span.to !== null && (number + 1) * stepMs >= span.to;
      const next = isLast ? playable(spans(), earliest).find((one) => endOf(one) > endOf(span)) : undefined;
      const end = isLast && !(next && next.from - endOf(span) < stepMs);
      const key = number === begin || number % group === 0;
      const wait = everyMs >= 0 ? lastSentAt + everyMs - time : 0;
      if (wait <= 0) {
        if (everyMs >= 0) lastSentAt = time;
        yield { at: time, number, span, key, end, terminal: isLast && !next, discontinuity: false, paceAt: time };
      }
      // Of intra pictures alone the rest of the group is not even counted.
      if (everyMs < 0) number += 1;
      else number = (Math.floor((number + Math.max(0, Math.floor(wait / stepMs) - 1)) / group) + 1) * group;
    }
    at = endOf(span);
  }
}

/** Groups of units in reverse order, each in itself forwards (Streaming §6.8.1). */
export function* backwards(
  spans: () => readonly Span[],
  grid: Grid,
  from: number,
  to: number,
  earliest: number,
  everyMs: number,
): Generator<Unit, void> {
  let at = from;
  let lastSentAt = Number.POSITIVE_INFINITY;
  for (;;) {
    const rest = playable(spans(), earliest).filter((span) => span.from < at);
    const span = rest.at(-1);
    if (!span) return;
    const stepMs = grid.stepMs(span);
    const group = grid.group(span);
    const begin = first(span, stepMs, earliest);
    let last = Math.floor(Math.min(at, endOf(span) - 1) / stepMs);
    while (last >= begin) {
      const key = Math.max(begin, last - (last % group));
      const groupEnd = last * stepMs;
      if (groupEnd < to) return;
      const afterGap = key === begin && !(rest.length > 1 && span.from - endOf(rest.at(-2)!) < stepMs);
      const isFirst = key === begin && rest.length === 1;
      if (everyMs < 0 || lastSentAt - key * stepMs >= everyMs) {
        lastSentAt = key * stepMs;
        const stop = everyMs >= 0 ? key : last;
        for (let number = key; number <= stop; number++)
          yield {
            at: number * stepMs,
            number,
            span,
            key: number === key,
            end: afterGap && number === stop,
            terminal: isFirst && number === stop,
            discontinuity: number === key,
            paceAt: groupEnd,
          };
      }
      last = Math.min(key - 1, everyMs > 0 ? Math.floor((lastSentAt - everyMs) / stepMs) : key - 1);
    }
    at = span.from;
  }
}

/** The units of several tracks in the order in which they were recorded. */
export function* inOrder<T extends { unit: Unit }>(tracks: Iterator<T, void>[]): Generator<T, void> {
  const heads = tracks.map((track) => track.next());
  for (;;) {
    let best = -1;
    for (const [i, head] of heads.entries())
      if (!head.done && (best < 0 || head.value.unit.at < (heads[best] as { value: T }).value.unit.at)) best = i;
    if (best < 0) return;
    yield (heads[best] as { value: T }).value;
    heads[best] = tracks[best]!.next();
  }
}
