#!/usr/bin/env node
// `npm run vigil -- COMMAND`: makes the checkout ready, then hands over to the compiled command line.
import { ready } from './setup.mjs';

await ready();
await import('../dist/scripts/main.js');
