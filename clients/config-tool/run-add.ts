import { realClock } from '../../core/runtime/clock.ts';
import type { Output } from '../../core/runtime/program.ts';
import { UsageError } from '../../core/runtime/settings.ts';
import { type ApiClient, apiClient, ProblemError } from '../terminal/http.ts';
import { type Ask, plainRefusal, signInTpLinkId } from '../terminal/tp-link-id.ts';
import { readWhereabouts } from '../terminal/whereabouts.ts';
import { addCameras, type Candidate } from './add.ts';
import { type Choice, type Chosen, discover, select } from './choose.ts';
import { type Labels, readLabelFile, readLabels } from './labels.ts';
import { activate, signInDevice } from './local-api.ts';
import { addressOf, nameOf, type Outcome, refusalOf, runMany, summarize, writeReport } from './run-many.ts';

export interface AddFlags extends Choice {
  dataDir: string;
  gateway?: string;
  cloud?: string;
  account?: string;
  password?: string;
  code?: string;
  cameraPassword?: string;
  label?: string[];
  labels?: string;
  /** Activate those that wait for it first. */
  activate?: boolean;
  region: string;
  timeZone: string;
}

interface GatewayStatus {
  gatewayId: string;
  cloudAccess: { bound: boolean };
}

/** As many tickets as one order may ask for. */
const mostAtOnce = 200;

/**
 * Add cameras to a VMS Local: activated first where wanted, then one fresh code for all of them, then each proves its label.
 * A camera that cannot is named with its reason, and the others go on.
 */
export async function runAdd(flags: AddFlags, output: Output, ask: Ask): Promise<number> {
  const startedAt = realClock.now();
  const whereabouts = readWhereabouts(flags.dataDir);
  const gatewayUrl = flags.gateway ?? whereabouts?.gatewayUrl;
  const cloudUrl = flags.cloud ?? whereabouts?.cloudUrl;
  if (!gatewayUrl) throw new UsageError('which VMS Local? Name its address with --gateway URL');
  if (!cloudUrl) throw new UsageError('which TP-Link ID cloud? Name its address with --cloud URL');

  const { chosen, done, missing } = select(
    await discover(flags, output),
    flags,
    ({ status }) => status === 'Online' || (status === 'Uninitialized' && Boolean(flags.activate || flags.serial)),
    flags.activate ? 'camera without a VMS' : 'activated camera without a VMS',
  );
  if (chosen.length > mostAtOnce)
    throw new UsageError(
      `${chosen.length} cameras fit, and one code adds ${mostAtOnce} at most: name them in a file (--csv), or with --serial`,
    );
  const gateway = apiClient(gatewayUrl, 'the VMS Local');
  const { gatewayId, cloudAccess } = await gateway.get<GatewayStatus>('/status');
  if (!cloudAccess.bound) {
    throw new UsageError(`${gatewayUrl} is not bound to a TP-Link ID yet: bind it there, under Cloud Access`);
  }
  const outcomes = await runMany(
    { chosen: [], done, missing },
    { type: '', did: '', already: 'has its VMS already' },
    async () => undefined,
    output,
  );
  const finish = () => {
    writeReport(flags.report, outcomes);
    const words = { did: `added to ${gatewayUrl}`, notDid: 'were not added', key: 'added' };
    return summarize(outcomes, words, { startedAt, clock: realClock }, output);
  };
  if (chosen.length === 0) return finish();

  const common = chosen.some(({ row }) => !row?.password)
    ? (flags.cameraPassword ?? (await ask.password('Admin password of the cameras', '--camera-password')))
    : '';
  const passwordOf = ({ row }: Chosen) => row?.password ?? common;
  const labels: Labels = new Map([
    ...(whereabouts?.labels ?? []),
    ...(flags.labels ? readLabelFile(flags.labels) : []),
    ...readLabels(flags.label ?? [], '--label'),
    ...readLabels(
      chosen.flatMap(({ row }) => row?.label ?? []),
      flags.csv ?? '--csv',
    ),
  ]);
  const refuse = ({ device, row }: Chosen, error: unknown) => {
    const { code, message } = refusalOf(error);
    const serial = device.serial || row?.serial || '';
    outcomes.push({ serial, address: addressOf(device), outcome: 'refused', code, message } satisfies Outcome);
    output.say({ type: 'refused', serial, code, message }, `✗ ${nameOf(device)}: ${message}`);
  };
  // What is missing for all is said before anybody types a code; a single label is asked for as one.
  const unlabelled = chosen.filter(({ device }) => device.serial && !labels.has(device.serial));
  if (unlabelled.length === chosen.length)
    throw new UsageError(
      `the label of ${unlabelled[0]!.device.serial} is needed: scan its QR and give the text with --label`,
    );

  const ready: Chosen[] = [];
  const waiting = chosen.filter(({ device }) => device.status === 'Uninitialized');
  if (flags.activate && waiting.length > 0) {
    output.note(`Activating ${waiting.length} …`);
    const order = { region: flags.region, timeZone: flags.timeZone };
    const activated = await runMany(
      { chosen: waiting },
      { type: 'activated', did: 'is activated' },
      async (one) => {
        await activate(one.device, { ...order, password: passwordOf(one) });
        ready.push({ ...one, device: { ...one.device, status: 'Online' } });
        return undefined;
      },
      output,
    );
    outcomes.push(...activated.filter(({ outcome }) => outcome === 'refused'));
  }
  for (const one of chosen) if (!flags.activate || one.device.status !== 'Uninitialized') ready.push(one);

  const candidates: (Candidate & { from: Chosen })[] = [];
  for (const one of ready) {
    try {
      candidates.push({ ...(await candidateFor(one, labels, passwordOf(one))), from: one });
    } catch (error) {
      if (chosen.length === 1) throw error;
      refuse(one, error);
    }
  }
  if (candidates.length === 0) return finish();
  const elevation = await elevate(apiClient(cloudUrl, 'the TP-Link ID cloud'), gatewayId, flags, output, ask);
  let ended = 0;
  const count = () =>
    candidates.length > 1 ? `[${String(ended).padStart(String(candidates.length).length)}/${candidates.length}] ` : '';
  await addCameras(
    gateway,
    {
      elevation,
      candidates,
      cameraPassword: async (candidate) => passwordOf((candidate as (typeof candidates)[number]).from),
    },
    realClock,
    ({ serial, step, outcome, tookMs }) => {
      const { device } = candidates.find((one) => one.serial === serial)!;
      if (!outcome) {
        if (output.json) output.say({ type: 'progress', serial, step }, '');
        else if (candidates.length <= 8)
          output.note(step === 'handshake' ? `  ${serial}: pairing …` : `  ${serial}: paired, waiting for Online …`);
        return;
      }
      ended += 1;
      if (outcome === 'added') {
        outcomes.push({ serial, address: addressOf(device), outcome: 'done' });
        output.say(
          { type: 'added', serial, tookMs },
          `✓ ${count()}${serial} is Online (${((tookMs ?? 0) / 1000).toFixed(1)} s)`,
        );
      } else {
        const { code, refused: message } = outcome;
        outcomes.push({ serial, address: addressOf(device), outcome: 'refused', code, message });
        output.say({ type: 'refused', serial, code, message }, `✗ ${count()}${serial}: ${message}`);
      }
    },
  ).catch((error: unknown) => {
    throw error instanceof ProblemError ? new UsageError(error.message) : error;
  });
  return finish();
}

/** A device asked by address alone does not say its serial before somebody signs in. */
async function candidateFor({ device }: Chosen, labels: Labels, cameraPassword: string): Promise<Candidate> {
  let { serial } = device;
  if (!serial) {
    try {
      serial = (await (await signInDevice(device, cameraPassword)).basicInfo()).serial;
    } catch (error) {
      throw new UsageError(`${addressOf(device)}: ${(error as Error).message}`);
    }
  }
  const labelSecret = labels.get(serial);
  if (!labelSecret)
    throw new UsageError(`the label of ${serial} is needed: scan its QR and give the text with --label`);
  return { device, serial, labelSecret };
}

/** A fresh code buys the elevation for one gateway: the code that signs in does it, so that a person types one code. */
async function elevate(
  cloud: ApiClient,
  gatewayId: string,
  flags: AddFlags,
  output: Output,
  ask: Ask,
): Promise<string> {
  try {
    const { account, password, code } = flags;
    const signedIn = await signInTpLinkId(cloud, { account, password, code, elevateFor: gatewayId }, ask);
    if (signedIn.elevation) return signedIn.elevation;
    if (signedIn.secondFactor)
      throw new UsageError('this VMS Local is bound to another TP-Link ID: sign in with its owner');
    output.note('This TP-Link ID has no two-factor authentication; asking whether the VMS Local allows that.');
    const answer = await signedIn.cloud.post<{ elevation: string }>('/elevations', {
      gatewayId,
      password: signedIn.password,
    });
    return answer.elevation;
  } catch (error) {
    throw plainRefusal(error);
  }
}
