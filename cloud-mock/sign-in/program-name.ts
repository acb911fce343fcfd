const browsers: [RegExp, string][] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\bHeadlessChrome\//, 'Chromium'],
  [/\bChromium\//, 'Chromium'],
  [/\bChrome\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];

const systems: [RegExp, string][] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

const find = (table: [RegExp, string][], text: string) => table.find(([pattern]) => pattern.test(text))?.[1];

/** A user agent as a person knows it: `Firefox on Windows`, or the program's own name; `otherwise` when it gave none. */
export function nameProgram(userAgent: string | undefined, otherwise = 'Unknown program'): string {
  if (!userAgent) return otherwise;
  const browser = find(browsers, userAgent);
  const system = find(systems, userAgent);
  if (browser) return system ? `${browser} on ${system}` : browser;
  return userAgent.split(/[/\s(]/)[0] || otherwise;
}
