import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { type Program, runProgram } from '../core/runtime/program.ts';
import { type commonFields, type SettingsOf, UsageError } from '../core/runtime/settings.ts';
import { parseAddressPool } from './addresses.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { readFleetFile } from './fleet-file.ts';
import { deriveIdentity } from './identity.ts';
import { labelOf } from './label.ts';
import { standardTable } from './onvif/handler.ts';
import { formatOperations, operationsOf } from './onvif/operation-list.ts';
import type { FleetConfig } from './plan.ts';
import { findProfile } from './profiles/index.ts';
import { formatFleet } from './ready.ts';
import { formatSeen, rehearse } from './scenario/rehearse.ts';
import { readScenario } from './scenario/scenario-file.ts';
import { fields } from './settings.ts';
import { parseShard } from './shard.ts';
import { createCamera } from './sim-camera.ts';

type Settings = SettingsOf<typeof fields & typeof commonFields>;

/** A fleet file says what each camera is; flags hold for all cameras that do not say otherwise. */
function configOf(settings: Settings): FleetConfig {
  const file = settings.fleet === undefined ? undefined : readFleetFile(settings.fleet);
  if (file && settings.profile.length > 0) throw new UsageError('--profile and --fleet both choose models: give one');
  return {
    host: settings.host,
    basePort: settings.basePort,
    addresses: settings.addresses === undefined ? undefined : parseAddressPool(settings.addresses),
    count: settings.cameras,
    profiles: settings.profile,
    cameras: file?.cameras,
    initialized: settings.initialized,
    password: settings.password,
    strict: settings.strict,
    discovery: settings.discovery,
    interfaceName: settings.interface,
    openApi: settings.openApi || undefined,
    dialect: settings.dialect,
    seed: settings.seed ?? file?.seed,
    clockOffsetMs: settings.clockOffset,
    dataDir: settings.dataDir,
    control: settings.control,
    consolePort: settings.consolePort,
    consoleHost: settings.consoleHost,
    shard: settings.shard === undefined ? undefined : parseShard(settings.shard),
    traffic: settings.traffic,
    clip: settings.clip,
  };
}

/** For its owner only: who has a label can pair the camera. */
async function writeLabels(file: string, fleet: Fleet) {
  // Most fleets are started without paper.
  const { formatLabelSheet } = await import('./label-sheet.ts');
  const sheet = formatLabelSheet(fleet.cameras.map(({ camera }) => labelOf(camera)));
  try {
    writeFileSync(file, sheet, { mode: 0o600 });
  } catch (error) {
    throw new UsageError(`--labels: ${file} cannot be written (${(error as NodeJS.ErrnoException).code})`);
  }
}

/** `vigil sim`: a fleet of simulated cameras. */
export const program: Program<typeof fields> = {
  name: 'sim',
  summary: 'Simulated VIGI cameras that NVRs, VMSs and ONVIF clients discover, sign in to and record',
  fields,
  examples: `Examples:
  vigil sim --cameras 2 --initialized --password "Front door 1"
  vigil sim --profile c540 --profile generic --strict --base-port 0 --json
  vigil sim --cameras 16 --traffic busy --control
  vigil sim --cameras 16 --console-port 7500
  vigil sim --operations --profile c540
  vigil sim --cameras 16 --labels labels.html
  vigil sim --cameras 2 --scenario night.yaml --rehearse
  vigil sim --fleet shop.yaml --addresses 192.168.1.50-80 --host 0.0.0.0`,
  async run(settings, deps, output) {
    const scenario = settings.scenario === undefined ? undefined : readScenario(settings.scenario);
    if (settings.operations) {
      for (const name of settings.profile.length > 0 ? settings.profile : ['generic']) {
        const profile = findProfile(name);
        const camera = createCamera({ name: profile.name, profile, identity: deriveIdentity('operations', 1) }, deps);
        const list = operationsOf(camera, standardTable);
        output.say(list, formatOperations(list));
      }
      return undefined;
    }
    if (settings.rehearse) {
      if (!scenario) throw new UsageError('--rehearse needs a --scenario to play');
      for (const event of await rehearse(scenario, configOf(settings), deps)) output.say(event, formatSeen(event));
      return undefined;
    }
    const fleet = await startFleet(configOf(settings), deps);
    if (scenario) {
      try {
        fleet.play(scenario);
      } catch (error) {
        await fleet[Symbol.asyncDispose]();
        throw error;
      }
    }
    if (settings.labels !== undefined) {
      try {
        await writeLabels(settings.labels, fleet);
      } catch (error) {
        await fleet[Symbol.asyncDispose]();
        throw error;
      }
    }
    const line = fleet.ready();
    output.say(line, formatFleet(line));
    return fleet;
  },
};

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = await runProgram(program, process.argv.slice(2));
