const two = (number: number, digits = 2) => String(number).padStart(digits, '0');

export const clockTime = (at: number, withMs = false) => {
  const date = new Date(at);
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMs ? `${time}.${two(date.getMilliseconds(), 3)}` : time;
};

const dayOf = (at: number) => {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
};

/** `14:03:22` today, `2026-03-01 14:03:22` on any other day. */
export const absoluteTime = (at: number, now: number) =>
  dayOf(at) === dayOf(now) ? clockTime(at) : `${dayOf(at)} ${clockTime(at)}`;

export const exactTime = (at: number) => `${dayOf(at)} ${clockTime(at, true)} (${zone(at)})`;

const zone = (at: number) => {
  const minutes = -new Date(at).getTimezoneOffset();
  const sign = minutes < 0 ? '-' : '+';
  return `UTC${sign}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;
};

const steps: [limitS: number, unitS: number, name: string][] = [
  [60, 1, 's'],
  [3600, 60, 'min'],
  [86_400, 3600, 'h'],
];

/** `just now`, `12 s ago`, `3 min ago`, `5 h ago`, `2 days ago`; an instant ahead of us is `just now` too. */
export function relativeTime(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1000);
  if (seconds < 2) return 'just now';
  for (const [limit, unit, name] of steps) if (seconds < limit) return `${Math.floor(seconds / unit)} ${name} ago`;
  const days = Math.floor(seconds / 86_400);
  return days === 1 ? 'yesterday' : `${days} days ago`;
}

/** `40 ms`, `3.2 s`, `12 s`, `3.5 min`, `2 h`. */
export function span(ms: number): string {
  if (Math.abs(ms) < 1000) return `${Math.round(Math.abs(ms))} ms`;
  const seconds = Math.abs(ms) / 1000;
  const [value, unit] =
    seconds < 90 ? [seconds, 's'] : seconds < 5400 ? [seconds / 60, 'min'] : seconds < 129_600 ? [seconds / 3600, 'h'] : [seconds / 86_400, 'days']; // biome-ignore format: one choice
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ${unit}`;
}
