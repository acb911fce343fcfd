import { pathToFileURL } from 'node:url';
import { type Program, runProgram } from '../core/runtime/program.ts';
import { startFleet } from './fleet.ts';
import { formatFleet } from './ready.ts';
import { fields } from './settings.ts';

/** `vigil sim`: a fleet of simulated cameras. */
export const program: Program<typeof fields> = {
  name: 'sim',
  summary: 'simulated VIGI cameras that NVRs, VMSs and ONVIF clients discover, sign in to and record',
  fields,
  examples: `Examples:
  vigil sim --cameras 2 --initialized --password "Front door 1"
  vigil sim --profile c540 --profile generic --strict --base-port 0 --json
  vigil sim --cameras 16 --traffic busy --control`,
  async run(settings, deps, output) {
    const fleet = await startFleet(
      {
        host: settings.host,
        basePort: settings.basePort,
        count: settings.cameras,
        profiles: settings.profile,
        initialized: settings.initialized,
        password: settings.password,
        strict: settings.strict,
        discovery: settings.discovery,
        interfaceName: settings.interface,
        openApi: settings.openApi || undefined,
        seed: settings.seed,
        clockOffsetMs: settings.clockOffset,
        dataDir: settings.dataDir,
        control: settings.control,
        traffic: settings.traffic,
      },
      deps,
    );
    const line = fleet.ready();
    output.say(line, formatFleet(line));
    return fleet;
  },
};

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = await runProgram(program, process.argv.slice(2));
