/**
 * A zone as the vendor writes it (`UTC+08:00`), as a POSIX TZ text (`UTC-8`): there the sign says how far the clock
 * must go to reach UTC. A text that is POSIX already stays; undefined when it is neither.
 */
export function posixTimeZone(text: string): string | undefined {
  const vendor = /^UTC([+-])(\d{2}):([0-5]\d)$/.exec(text);
  if (vendor) {
    const [, sign, hours, minutes] = vendor;
    if (Number(hours) > 14) return undefined;
    const size = `${Number(hours)}${minutes === '00' ? '' : `:${minutes}`}`;
    return size === '0' ? 'UTC0' : `UTC${sign === '+' ? '-' : ''}${size}`;
  }
  return /^[A-Za-z]{3,}[+-]?\d{1,2}(:[0-5]\d){0,2}([A-Za-z]{3,}.*)?$/.test(text) ? text : undefined;
}

/** `UTC+08:00` of `UTC-8`: minutes and all; summer time is left out. */
export function vendorTimeZone(posix: string): string {
  const match = /^(?:[A-Za-z]{3,}|<[^>]+>)([+-]?)(\d{1,2})(?::(\d{2}))?/.exec(posix);
  const [, sign = '', hours = '0', minutes = '00'] = match ?? [];
  return `UTC${sign === '-' || Number(hours) + Number(minutes) === 0 ? '+' : '-'}${hours.padStart(2, '0')}:${minutes}`;
}
