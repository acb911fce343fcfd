import { main } from './cli.ts';

// The compiled entry of every command; `up` starts its parts through it too.
process.exitCode = await main(process.argv.slice(2));
