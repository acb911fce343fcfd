const durationPattern = /^(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const dayMs = 86_400_000;

/** An xs:duration in milliseconds (a month counts 30 days, a year 365), or undefined when it is none. */
export function parseXsDuration(text: string): number | undefined {
  const match = durationPattern.exec(text.trim());
  if (!match || /[PT]$/.test(text.trim())) return undefined;
  const [years, months, days, hours, minutes, seconds] = match.slice(2).map((part) => Number(part ?? 0)) as [
    number, number, number, number, number, number,
  ]; // biome-ignore format: a tuple
  const ms =
    (years * 365 + months * 30 + days) * dayMs + hours * 3_600_000 + minutes * 60_000 + Math.round(seconds * 1000);
  if (!Number.isSafeInteger(ms)) return undefined;
  return match[1] ? -ms : ms;
}

/** Milliseconds as an xs:duration in the form clients read best: seconds only, `PT90S`. */
export function formatXsDuration(ms: number): string {
  const seconds = Math.abs(ms) / 1000;
  return `${ms < 0 ? '-' : ''}PT${Number.isInteger(seconds) ? seconds : seconds.toFixed(3)}S`;
}

const dateTimePattern = /^(-?\d{4,})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/;

/** An xs:dateTime as milliseconds since the Unix epoch (UTC where no zone is given), or undefined when it is none. */
export function parseXsDateTime(text: string): number | undefined {
  const match = dateTimePattern.exec(text.trim());
  if (!match) return undefined;
  const at = utcInstant({
    year: Number(match[1]),
    month: Number(match[2]),
    day: Number(match[3]),
    hour: Number(match[4]),
    minute: Number(match[5]),
    second: Number(match[6]),
  });
  if (at === undefined) return undefined;
  const fractionMs = match[7] ? Math.trunc(Number(`0.${match[7]}`) * 1000) : 0;
  const zone = match[8];
  if (zone === undefined || zone === 'Z') return at + fractionMs;
  const [hours, minutes] = zone.slice(1).split(':').map(Number) as [number, number];
  const offsetMs = (hours * 60 + minutes) * 60_000;
  return at + fractionMs - (zone.startsWith('-') ? -offsetMs : offsetMs);
}

export interface CalendarTime {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

/** A calendar date and time in UTC as an instant; undefined for a day or hour that does not exist. */
export function utcInstant({ year, month, day, hour, minute, second }: CalendarTime): number | undefined {
  if (year < 1970 || year > 9999 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour
    ? date.getTime()
    : undefined;
}

/** An instant as xs:dateTime in UTC with whole seconds: what CurrentTime and TerminationTime carry. */
export const formatXsDateTime = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
