import { complain, type Program, runProgram } from '../core/runtime/program.ts';
import type { Fields } from '../core/runtime/settings.ts';
import { hint, UsageError } from '../core/runtime/settings.ts';

/** A command by name: what it is for, and the code behind it, loaded only when it is asked for. */
interface Entry {
  summary: string;
  run(argv: string[]): Promise<number>;
}

// biome-ignore lint/suspicious/noExplicitAny: each program has settings of its own type
const program = (summary: string, load: () => Promise<{ program: Program<any> }>): Entry => ({
  summary,
  run: async (argv) => runProgram((await load()).program as Program<Fields>, argv),
});

const commands: Record<string, Entry> = {
  up: program('start cloud, gateway and cameras together (npm start)', () => import('./up.ts')),
  tour: program('play the whole story and tick off each step', () => import('./tour.ts')),
  cloud: program('the simulated TP-Link ID cloud', () => import('../cloud-mock/main.ts')),
  gateway: program('the VMS Local gateway', () => import('../gateway/main.ts')),
  sim: program('a fleet of simulated cameras', () => import('../device-sim/main.ts')),
  'config-tool': {
    summary: 'find, activate and add cameras on the LAN',
    run: async (argv) => (await import('../clients/config-tool/main.ts')).main(argv),
  },
  lan: {
    summary: 'give each camera an address of its own on the LAN, and take it away again',
    run: async (argv) => (await import('./lan.ts')).main(argv),
  },
  bench: {
    summary: 'measure what the design promises; soak and fuzz trials',
    run: async (argv) => (await import('./bench.ts')).main(argv),
  },
  app: program('VIGI App: a page for phones', () => import('../clients/app/main.ts')),
  'pc-client': {
    summary: 'watch the cameras of all VMS Locals from a terminal',
    run: async (argv) => (await import('../clients/pc-client/main.ts')).main(argv),
  },
};

function help(): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length)) + 2;
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}${summary}`);
  return [
    'Usage: npm run -s vigil -- COMMAND [options]',
    '',
    'Commands:',
    ...lines,
    '',
    'npm run -s vigil -- COMMAND --help tells the options of one.',
    'Not affiliated with TP-Link; VIGI is their trademark; no ONVIF conformance is claimed.',
  ].join('\n');
}

/** Run the command line and return the exit code. */
export async function main(argv: string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(`${help()}\n`);
    return name === undefined ? 2 : 0;
  }
  const entry = commands[name];
  if (!entry) {
    const sentence = `there is no command "${name}"${hint(name, Object.keys(commands))}`;
    return complain('', new UsageError(sentence));
  }
  return entry.run(rest);
}
