// `npm test`: makes the checkout ready, says aloud which foreign programs are missing, and runs every test.
// Arguments go to vitest: `npm test -- test/core`.
import { spawn, spawnSync } from 'node:child_process';
import { ready } from './setup.mjs';

await ready();

/** Programs of other people that judge our wire behaviour, and the Debian package that brings each. */
const judges = {
  ffprobe: 'ffmpeg',
  'gst-launch-1.0': 'gstreamer1.0-tools gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav',
  motion: 'motion',
  mosquitto_sub: 'mosquitto-clients',
  oathtool: 'oathtool',
  zbarimg: 'zbar-tools',
  curl: 'curl',
  openssl: 'openssl',
  spin: 'spin gcc',
};
const missing = Object.entries(judges).filter(([program]) => spawnSync('which', [program]).status !== 0);
if (missing.length > 0) {
  console.warn(`\nSKIPPED ALOUD: tests that need ${missing.map(([program]) => program).join(', ')} do not run here.`);
  console.warn(`To run them too (Debian): apt-get install ${missing.map(([, debian]) => debian).join(' ')}\n`);
}

const vitest = spawn(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
vitest.on('close', (code) => {
  process.exitCode = code ?? 1;
});
