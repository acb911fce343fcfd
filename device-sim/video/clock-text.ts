const two = (value: number) => (value < 10 ? `0${value}` : String(value));
const three = (value: number) => (value < 100 ? `0${two(value)}` : String(value));

export const dateFormats = ['yyyy-MM-dd', 'MM/dd/yyyy', 'dd/MM/yyyy'];
export const timeFormats = ['HH:mm:ss', 'hh:mm:ss tt'];

/** The date in one of `dateFormats`; `localMs` is the camera's local time. */
export function formatDate(localMs: number, format = dateFormats[0]): string {
  const at = new Date(localMs);
  const [year, month, day] = [at.getUTCFullYear(), two(at.getUTCMonth() + 1), two(at.getUTCDate())];
  if (format === 'MM/dd/yyyy') return `${month}/${day}/${year}`;
  return format === 'dd/MM/yyyy' ? `${day}/${month}/${year}` : `${year}-${month}-${day}`;
}

/** The time in one of `timeFormats`, to the millisecond if wanted. */
export function formatTime(localMs: number, format = timeFormats[0], fine = true): string {
  const at = new Date(localMs);
  const hour = at.getUTCHours();
  const half = format === 'hh:mm:ss tt';
  const rest = `:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}${fine ? `.${three(at.getUTCMilliseconds())}` : ''}`;
  return half ? `${two(hour % 12 || 12)}${rest} ${hour < 12 ? 'AM' : 'PM'}` : `${two(hour)}${rest}`;
}

/** `2026-01-31 08:15:00.040`, the camera's local time. */
export const formatClock = (localMs: number): string => `${formatDate(localMs)} ${formatTime(localMs)}`;
