import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../core/runtime/package-root.ts';
import { outcome } from '../lab/foreign.ts';
import { formatTimeline } from '../lab/timeline.ts';
import { startCameras } from './lab.ts';

test('what all cameras received is told in the order of time, a line each', async () => {
  await using fleet = await startCameras([{ name: 'door' }, { name: 'gate' }]);
  expect(formatTimeline(fleet.cameras)).toBe('Wire traffic: the cameras were asked nothing.');
  const [door, gate] = [fleet.camera('door').camera, fleet.camera('gate').camera];
  door.received({ protocol: 'onvif', what: 'GetProfiles', peer: '10.0.0.1', ms: 3 });
  gate.received({ protocol: 'rtsp', what: 'DESCRIBE', peer: '10.0.0.1', outcome: '401', ms: 0 });
  const lines = formatTimeline(fleet.cameras).split('\n');
  expect(lines).toEqual([
    'Wire traffic of the cameras:',
    expect.stringMatching(/^00:00:00\.000 {2}door {2}onvif {2}GetProfiles {2}10\.0\.0\.1 {2}ok {3}3 ms$/),
    expect.stringMatching(/^00:00:00\.000 {2}gate {2}rtsp {3}DESCRIBE {5}10\.0\.0\.1 {2}401 {2}0 ms$/),
  ]);
});

test('a long timeline is told by its end', async () => {
  await using fleet = await startCameras([{ name: 'door' }]);
  for (let at = 1; at <= 250; at++) fleet.camera('door').camera.received({ what: `call-${at}`, peer: 'x' });
  const text = formatTimeline(fleet.cameras);
  expect(text).toContain('the last 200 of 250');
  expect(text).toContain('call-250');
  expect(text).not.toContain('call-50 ');
});

test('a test that fails prints it, one that passes does not', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-failing-'));
  try {
    const lab = JSON.stringify(join(packageRoot, 'test', 'lab', 'timeline.ts'));
    writeFileSync(
      join(folder, 'lab.test.ts'),
      `import { whenTestFails } from ${lab};
      for (const way of ['passes', 'fails'])
        test(way, async () => {
          await whenTestFails(() => process.stderr.write('the timeline of what ' + way + '\\n'));
          expect(way).toBe('passes');
        });`,
    );
    const vitest = join(packageRoot, 'node_modules', 'vitest', 'vitest.mjs');
    const { code, stderr } = await outcome(process.execPath, [vitest, 'run', '--root', folder, '--globals'], 50_000);
    expect(code).toBe(1);
    expect(stderr).toContain('the timeline of what fails');
    expect(stderr).not.toContain('the timeline of what passes');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
