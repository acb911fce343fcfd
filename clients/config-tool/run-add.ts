import { type Clock, realClock } from '../../core/runtime/clock.ts';
import type { Output } from '../../core/runtime/program.ts';
import { UsageError } from '../../core/runtime/settings.ts';
import { apiClient, ProblemError } from '../terminal/http.ts';
import type { Ask } from '../terminal/tp-link-id.ts';
import { readWhereabouts } from '../terminal/whereabouts.ts';
import { addCameras } from './add.ts';
import { createAddReport } from './add-report.ts';
import { findCandidates, type Ready } from './candidates.ts';
import { type Choice, type Chosen, discover, select } from './choose.ts';
import { type Labels, readLabelFile, readLabels } from './labels.ts';
import { activate } from './local-api.ts';
import { localOperator, tpLinkOperator } from './operator.ts';
import { runMany, summarize, writeReport } from './run-many.ts';

export interface AddFlags extends Choice {
  dataDir: string;
  gateway?: string;
  cloud?: string;
  account?: string;
  /** A local administrator of the VMS Local adds them, instead of a TP-Link ID. */
  localUser?: string;
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
 * Add cameras to a VMS Local. The code comes first, since it is good for seconds and its tickets for ten minutes; then each
 * camera is activated where wanted, and proves its label. A camera that cannot is named with its reason, and the others go
 * on. Where tickets ran out, or for more cameras than one order takes, a fresh code is asked for.
 */
export async function runAdd(
  flags: AddFlags,
  output: Output,
  ask: Ask,
  { clock = realClock, most = mostAtOnce }: { clock?: Clock; most?: number } = {},
): Promise<number> {
  const startedAt = clock.now();
  const whereabouts = readWhereabouts(flags.dataDir);
  const gatewayUrl = flags.gateway ?? whereabouts?.gatewayUrl;
  const cloudUrl = flags.cloud ?? whereabouts?.cloudUrl;
  if (!gatewayUrl) throw new UsageError('which VMS Local? Name its address with --gateway URL');
  if (!cloudUrl && flags.localUser === undefined)
    throw new UsageError(
      'which TP-Link ID cloud? Name its address with --cloud URL, or a local administrator with --local-user',
    );

  const { chosen, done, missing } = select(
    await discover(flags, output),
    flags,
    ({ status }) => status === 'Online' || (status === 'Uninitialized' && Boolean(flags.activate || flags.serial)),
    flags.activate ? 'camera without a VMS' : 'activated camera without a VMS',
  );
  const gateway = apiClient(gatewayUrl, 'the VMS Local');
  const { gatewayId, cloudAccess } = await gateway.get<GatewayStatus>('/status');
  if (flags.localUser === undefined && !cloudAccess.bound) {
    throw new UsageError(
      `${gatewayUrl} is not bound to a TP-Link ID yet: bind it there, under Cloud Access, or sign in with --local-user`,
    );
  }
  const operator =
    flags.localUser === undefined
      ? tpLinkOperator(apiClient(cloudUrl!, 'the TP-Link ID cloud'), gatewayId, flags, output, ask)
      : localOperator(gateway, flags.localUser, flags, ask);

  const outcomes = await runMany({ chosen: [], missing }, { type: '', did: '' }, async () => undefined, output);
  // Of those that a file names and that are past being added, the camera itself tells to whom it belongs.
  const toAdd = [...chosen, ...done.filter(({ device }) => device.status === 'Paired')];
  const report = createAddReport(outcomes, toAdd.length, output);
  for (const one of done) if (one.device.status !== 'Paired') report.refuse(one, one.device.serial, notActivated);

  const common = toAdd.some(({ row }) => !row?.password)
    ? (flags.cameraPassword ?? (await ask.password('Admin password of the cameras', '--camera-password')))
    : '';
  const passwordOf = ({ row }: Chosen) => row?.password ?? common;
  const labels: Labels = new Map([
    ...(whereabouts?.labels ?? []),
    ...(flags.labels ? readLabelFile(flags.labels) : []),
    ...readLabels(flags.label ?? [], '--label'),
    ...readLabels(
      toAdd.flatMap(({ row }) => row?.label ?? []),
      flags.csv ?? '--csv',
    ),
  ]);
  let left = await findCandidates(toAdd, { gatewayId, labels, passwordOf }, report, output);
  const { length: all } = left;
  report.begin(all);
  const prepare = async ({ from: { device, row } }: Ready) => {
    if (!flags.activate || device.status !== 'Uninitialized') return false;
    const { region, timeZone } = flags;
    await activate(device, { region, timeZone, password: passwordOf({ device, row }) });
    device.status = 'Online';
    return true;
  };
  const stepWords = {
    activated: 'activated',
    handshake: 'pairing …',
    online: 'paired, waiting for Online …',
  };
  const again = new Set<string>();
  for (let order = 1; left.length > 0; order++) {
    const now = left.slice(0, most);
    const late: Ready[] = [];
    try {
      const elevation = await operator.elevation(
        order === 1 ? undefined : `6-digit code for the ${left.length} that are left: a new one`,
      );
      if (now.length > 8) output.note(`Adding ${now.length} cameras to ${gatewayUrl} …`);
      await addCameras(
        gateway,
        {
          elevation,
          candidates: now,
          cameraPassword: async ({ from }) => passwordOf(from),
          prepare,
        },
        clock,
        ({ serial, step, outcome, tookMs = 0 }) => {
          const one = now.find((each) => each.serial === serial)!;
          if (outcome === 'added') report.added(one.from, serial, tookMs);
          else if (outcome?.code === 'ticket_expired' && !again.has(serial)) {
            again.add(serial);
            late.push(one);
          } else if (outcome) report.refuse(one.from, serial, { code: outcome.code, message: outcome.refused });
          else if (output.json) output.say({ type: 'progress', serial, step }, '');
          else if (all <= 8) output.note(`  ${serial}: ${stepWords[step]}`);
        },
      );
    } catch (error) {
      const plain = error instanceof ProblemError ? new UsageError(error.message) : error;
      if (order === 1 || !(plain instanceof UsageError)) throw plain;
      const message = `not begun, since it takes another code: ${plain.message}`;
      for (const { from, serial } of left) report.refuse(from, serial, { code: 'code_needed', message });
      break;
    }
    left = [...late, ...left.slice(most)];
    if (left.length > 0)
      output.note(
        late.length > 0
          ? `The tickets of ${late.length} ran out before their turn; a fresh code makes new ones.`
          : `One code adds ${most} cameras at most; ${left.length} are left.`,
      );
  }
  writeReport(flags.report, outcomes);
  const words = { did: `added to ${gatewayUrl}`, notDid: 'were not added', key: 'added' };
  return summarize(outcomes, words, { startedAt, clock }, output);
}

const notActivated = {
  code: 'not_activated',
  message: 'the camera is not activated yet: add --activate, or run config-tool activate first',
};
