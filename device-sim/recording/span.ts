import type { VideoEncoderState } from '../camera.ts';

/** An unbroken piece of one track, by the camera's own clock. */
export interface Span {
  from: number;
  /** Null: it is being recorded. */
  to: number | null;
  /** How far the camera's clock was ahead of the fleet's. */
  offsetMs: number;
  /** How the video was coded. */
  encoder?: VideoEncoderState;
}

/** A span with both ends. */
export type Piece = Span & { to: number };

/** The pieces of a track between two instants, the earliest first; what is being recorded ends now. */
export function piecesBetween(spans: readonly Span[], from: number, to: number, now: number): Piece[] {
  return spans
    .map((span) => ({ ...span, from: Math.max(span.from, from), to: Math.min(span.to ?? now, to) }))
    .filter((piece) => piece.to > piece.from)
    .sort((a, b) => a.from - b.from);
}

/** Pieces that follow each other without a gap, as one: where footage begins and ends. */
export function sectionsOf(pieces: readonly Piece[]): { from: number; to: number }[] {
  const sections: { from: number; to: number }[] = [];
  for (const { from, to } of pieces) {
    const last = sections.at(-1);
    if (last && from <= last.to) last.to = Math.max(last.to, to);
    else sections.push({ from, to });
  }
  return sections;
}

export const covers = (spans: readonly Span[], at: number, now: number): boolean =>
  spans.some((span) => at >= span.from && at <= (span.to ?? now));
