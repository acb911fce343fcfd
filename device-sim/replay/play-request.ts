import { RtspError } from '../rtsp/message.ts';

/** Which pictures are sent (Streaming §6.6). */
export type Frames = { kind: 'all' } | { kind: 'intra'; everyMs: number };

/** A PLAY of recorded footage (Streaming §6.5 to §6.10), read and checked. */
export interface PlayRequest {
  /** Where it begins and ends; absent: where it stands, and to the end of the footage. Camera's clock. */
  from?: number;
  to?: number;
  /** Negative: backwards. */
  scale: number;
  /** False: as fast as the client takes it. */
  rateControl: boolean;
  frames: Frames;
  cseq: number;
  /** A client that knows the header extension needs no goodbye at the end. */
  onvif: boolean;
}

/** Beginning and end of what npt times count from. */
export interface Extent {
  from: number;
  to: number;
}

const fastest = 32;
const slowest = 1 / 16;

const clockTime = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d(?:\.\d{1,9})?)Z$/i;

/** `20260820T120000.500Z` (RFC 2326 §3.7) in milliseconds; undefined when it is none. */
export function parseClockTime(text: string): number | undefined {
  const match = clockTime.exec(text.trim());
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:00Z`);
  return Number.isNaN(at) ? undefined : at + Math.round(Number(second) * 1000);
}

export const formatClockTime = (at: number): string => new Date(at).toISOString().replace(/[-:]/g, '');

const nptSeconds = (text: string): number | undefined => {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  const match = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text);
  return match ? Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]) : undefined;
};

/** Seconds between 1900 (NTP) and 1970 (Unix). */
const ntpEpochSeconds = 2_208_988_800;

/**
 * Milliseconds of an npt time, which counts from the beginning. GStreamer's rtspsrc, which was told of a clock range,
 * names the seconds since 1900 instead; no footage is that long.
 */
const nptTime = (text: string, extent: Extent): number => {
  const seconds = nptSeconds(text) ?? Number.NaN;
  return seconds > ntpEpochSeconds ? Math.round((seconds - ntpEpochSeconds) * 1000) : seconds * 1000 + extent.from;
};

/** A Range header, by the clock or counted from the beginning of the footage. Throws 457. */
export function parseRange(header: string, extent: Extent): { from?: number; to?: number } {
  const match = /^\s*(clock|npt)\s*=\s*([^-;]*)-([^;]*)/i.exec(header);
  if (!match) throw new RtspError(457);
  const read = (text: string): number | undefined => {
    const given = text.trim();
    if (given === '') return undefined;
    if (/^now$/i.test(given)) return extent.to;
    const at = match[1]!.toLowerCase() === 'clock' ? parseClockTime(given) : nptTime(given, extent);
    if (at === undefined || Number.isNaN(at)) throw new RtspError(457);
    return at;
  };
  const [from, to] = [read(match[2]!), read(match[3]!)];
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function parseScale(header: string | undefined, rateControl: boolean): number {
  if (header === undefined) return 1;
  const scale = Number(header.trim());
  if (!Number.isFinite(scale) || scale === 0) throw new RtspError(400);
  // The client sets the pace: only the direction is left to say (Streaming §6.4).
  if (!rateControl) return Math.sign(scale);
  return Math.sign(scale) * Math.min(fastest, Math.max(slowest, Math.abs(scale)));
}

function parseFrames(header: string | undefined): Frames {
  const match = /^\s*(all|predicted|intra)(?:\/(\d{1,9}))?\s*$/i.exec(header ?? 'all');
  if (!match) throw new RtspError(400);
  // There are no other pictures than intra and predicted ones.
  return match[1]!.toLowerCase() === 'intra' ? { kind: 'intra', everyMs: Number(match[2] ?? 0) } : { kind: 'all' };
}

export function parsePlay(headers: Record<string, string>, extent: Extent): PlayRequest {
  const rateControl = !/^\s*no\s*$/i.test(headers['rate-control'] ?? 'yes');
  const scale = parseScale(headers['scale'], rateControl);
  const range = headers['range'] === undefined ? {} : parseRange(headers['range'], extent);
  // The direction of a closed range is that of the replay (Streaming §6.5.1).
  if (range.from !== undefined && range.to !== undefined && (range.to - range.from) * scale < 0)
    throw new RtspError(457);
  return {
    ...range,
    scale,
    rateControl,
    frames: parseFrames(headers['frames']),
    cseq: Number(headers['cseq']),
    onvif: /\bonvif-replay\b/i.test(headers['require'] ?? ''),
  };
}

/** `?starttime=20260820t120000z&endtime=…`: the window some recorders' addresses name. */
export function windowOf(url: string): Partial<Extent> {
  const query = new URLSearchParams(/\?([^/]*)/.exec(url)?.[1] ?? '');
  const read = (name: string) => parseClockTime((query.get(name) ?? '').toUpperCase());
  const [from, to] = [read('starttime'), read('endtime')];
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}
