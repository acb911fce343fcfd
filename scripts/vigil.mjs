#!/usr/bin/env node
// `npm run vigil -- COMMAND`: makes the checkout ready, then hands over to the compiled command line.
import { ready } from './setup.mjs';

await ready();
const { main } = await import('../dist/scripts/cli.js');
process.exitCode = await main(process.argv.slice(2));
