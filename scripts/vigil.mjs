#!/usr/bin/env node
// `npm run vigil -- COMMAND`: makes the checkout ready, then hands over to the compiled command line.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ready } from './setup.mjs';

/** `up --lan` leaves its CA in the data directory; our own clients trust it, which Node can only be told at its start. */
function localCa([command, ...rest]) {
  if (process.env.NODE_EXTRA_CA_CERTS || !['tour', 'config-tool'].includes(command)) return undefined;
  const at = rest.findIndex((word) => word === '--data-dir' || word.startsWith('--data-dir='));
  const folder =
    at < 0 ? '.vigil' : rest[at].includes('=') ? rest[at].slice('--data-dir='.length) : (rest[at + 1] ?? '.vigil');
  const file = join(folder, 'ca.pem');
  return existsSync(file) ? file : undefined;
}

await ready();
const ca = localCa(process.argv.slice(2));
if (ca === undefined) await import('../dist/bundle/main.js');
else {
  const child = spawn(process.execPath, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, NODE_EXTRA_CA_CERTS: ca },
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('close', (code) => {
    process.exitCode = code ?? 1;
  });
}
