import type { FleetCamera } from '../../device-sim/index.ts';

/** Lines printed at most: the newest are what a failure is about. */
const mostLines = 200;

/** What cameras received, in the order of time: `12:00:03.120  door  onvif  GetProfiles  127.0.0.1  ok  3 ms`. */
export function formatTimeline(cameras: readonly FleetCamera[]): string {
  const entries = cameras
    .flatMap((one) => one.received().map((entry) => ({ camera: one.name, ...entry })))
    .sort((a, b) => a.at - b.at);
  if (entries.length === 0) return 'Wire traffic: the cameras were asked nothing.';
  const shown = entries.slice(-mostLines);
  const rows = shown.map(({ at, camera, protocol = '', what, peer, outcome = 'ok', ms }) => [
    new Date(at).toISOString().slice(11, 23),
    camera,
    protocol,
    what,
    peer,
    outcome,
    ms === undefined ? '' : `${ms} ms`,
  ]);
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  const left = entries.length - shown.length;
  return [
    `Wire traffic of the cameras${left > 0 ? `, the last ${mostLines} of ${entries.length}` : ''}:`,
    ...lines,
  ].join('\n');
}

/** Inside a test of vitest: do this when it fails. Under other runners, and in hooks, nothing. */
export async function whenTestFails(then: () => void): Promise<void> {
  if (process.env['VITEST'] === undefined) return;
  const { onTestFailed } = await import('vitest');
  try {
    onTestFailed(then);
  } catch {
    // Outside of a test (beforeAll): whose failure it would be is not known.
  }
}
