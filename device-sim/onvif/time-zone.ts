/** POSIX.1 §8.3 time zones, as ONVIF carries them (Core §8.4.1): `CST-8`, `CET-1CEST,M3.5.0,M10.5.0/3`. */
export interface TimeZone {
  /** Seconds east of UTC. */
  standardOffset: number;
  daylight?: { offset: number; start: Rule; end: Rule };
}

type Day =
  | { kind: 'julian'; day: number }
  | { kind: 'zero'; day: number }
  | { kind: 'month'; month: number; week: number; weekday: number };
interface Rule {
  day: Day;
  /** Seconds after local midnight. */
  at: number;
}

const name = '(?:[A-Za-z]{3,}|<[A-Za-z0-9+-]{3,}>)';
const offset = '([+-]?\\d{1,2}(?::\\d{1,2}(?::\\d{1,2})?)?)';
const zonePattern = new RegExp(`^${name}${offset}(?:${name}${offset}?(?:,([^,]+),([^,]+))?)?$`);
const daylightName = new RegExp(`^${name}${offset}${name}`);

/** Undefined for text that is no POSIX time zone. */
export function parseTimeZone(text: string): TimeZone | undefined {
  const match = zonePattern.exec(text);
  if (!match) return undefined;
  const standard = seconds(match[1]!, 24);
  if (standard === undefined) return undefined;
  if (!daylightName.test(text)) return { standardOffset: 0 - standard };
  const daylight = match[2] === undefined ? standard - 3600 : seconds(match[2], 24);
  // Without rules the ones of POSIX's example are usual (and glibc's default).
  const start = parseRule(match[3] ?? 'M3.2.0');
  const end = parseRule(match[4] ?? 'M11.1.0');
  if (daylight === undefined || !start || !end) return undefined;
  return { standardOffset: 0 - standard, daylight: { offset: 0 - daylight, start, end } };
}

function seconds(text: string, maxHours: number): number | undefined {
  const match = /^([+-]?)(\d{1,3})(?::(\d{1,2}))?(?::(\d{1,2}))?$/.exec(text);
  if (!match) return undefined;
  const [hours, minutes, rest] = [match[2], match[3] ?? '0', match[4] ?? '0'].map(Number) as [number, number, number];
  if (hours > maxHours || minutes > 59 || rest > 59) return undefined;
  return (match[1] === '-' ? -1 : 1) * (hours * 3600 + minutes * 60 + rest);
}

function parseRule(text: string): Rule | undefined {
  const [dayText = '', timeText = '2'] = text.split('/');
  const at = seconds(timeText, 167);
  const month = /^M(\d{1,2})\.(\d)\.(\d)$/.exec(dayText);
  const julian = /^(J?)(\d{1,3})$/.exec(dayText);
  if (at === undefined) return undefined;
  if (month) {
    const [m, week, weekday] = month.slice(1).map(Number) as [number, number, number];
    if (m < 1 || m > 12 || week < 1 || week > 5 || weekday > 6) return undefined;
    return { day: { kind: 'month', month: m, week, weekday }, at };
  }
  if (!julian) return undefined;
  const day = Number(julian[2]);
  if (day > 365 || (julian[1] && day < 1)) return undefined;
  return { day: { kind: julian[1] ? 'julian' : 'zero', day }, at };
}

const dayMs = 86_400_000;

/** Local midnight of a rule's day, as if local time were UTC. */
function dayOf(day: Day, year: number): number {
  const newYear = Date.UTC(year, 0, 1);
  if (day.kind === 'zero') return newYear + day.day * dayMs;
  if (day.kind === 'julian') {
    const leap = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
    return newYear + (day.day - 1 + (leap && day.day > 59 ? 1 : 0)) * dayMs;
  }
  const first = new Date(Date.UTC(year, day.month - 1, 1));
  const daysInMonth = new Date(Date.UTC(year, day.month, 0)).getUTCDate();
  let date = 1 + ((day.weekday - first.getUTCDay() + 7) % 7) + (day.week - 1) * 7;
  while (date > daysInMonth) date -= 7;
  return Date.UTC(year, day.month - 1, date);
}

/** Seconds east of UTC at an instant; daylight saving counts only when `useDaylight` (the DaylightSavings flag) is set. */
export function offsetAt(zone: TimeZone, at: number, useDaylight: boolean): number {
  const { standardOffset, daylight } = zone;
  if (!daylight || !useDaylight) return standardOffset;
  const year = new Date(at + standardOffset * 1000).getUTCFullYear();
  const starts = dayOf(daylight.start.day, year) + (daylight.start.at - standardOffset) * 1000;
  const ends = dayOf(daylight.end.day, year) + (daylight.end.at - daylight.offset) * 1000;
  const inDaylight = starts < ends ? at >= starts && at < ends : at >= starts || at < ends;
  return inDaylight ? daylight.offset : standardOffset;
}
