import type { Clock } from '../../core/runtime/clock.ts';
import type { Output } from '../../core/runtime/program.ts';
import { someAtOnce } from '../terminal/some-at-once.ts';
import type { Chosen } from './choose.ts';
import { type CsvColumn, type CsvRow, writeCsvFile } from './csv.ts';
import type { Device } from './device.ts';
import { refusalOf } from './refusal.ts';

/** How one device fared. */
export interface Outcome {
  serial: string;
  address: string;
  outcome: 'done' | 'already' | 'refused' | 'missing';
  code?: string;
  message?: string;
}

const reportColumns: CsvColumn[] = ['serial', 'address', 'outcome', 'code', 'message'];
export const addressOf = ({ host, httpsPort }: Pick<Device, 'host' | 'httpsPort'>) => `${host}:${httpsPort}`;
export const nameOf = (device: Device) =>
  [device.model, device.serial, `at ${addressOf(device)}`].filter(Boolean).join(' ');
/** Devices that are asked at the same time: enough to be quick, few enough for a small switch. */
export const atOnce = 8;

/**
 * Do one thing to many devices, some at a time. Each says how it went as soon as it is known, with its number out of all;
 * the end is a summary, and a report where one is wanted.
 */
export async function runMany(
  given: { chosen: readonly Chosen[]; done?: readonly Chosen[]; missing?: readonly CsvRow[] },
  words: { type: string; did: string; already?: string },
  work: (chosen: Chosen) => Promise<string | undefined>,
  output: Output,
): Promise<Outcome[]> {
  const { chosen, done = [], missing = [] } = given;
  const outcomes: Outcome[] = [];
  const all = chosen.length;
  let ended = 0;
  const count = () => (all > 1 ? `[${String(ended).padStart(String(all).length)}/${all}] ` : '');
  for (const { device } of done) {
    outcomes.push({ serial: device.serial, address: addressOf(device), outcome: 'already' });
    output.say({ type: 'already', serial: device.serial }, `· ${nameOf(device)} ${words.already ?? 'needs nothing'}`);
  }
  for (const row of missing) {
    const serial = row.serial ?? '';
    const message = 'no such device answered: is it powered, and on this network?';
    outcomes.push({ serial, address: row.address ?? '', outcome: 'missing', code: 'not_found', message });
    output.say({ type: 'refused', serial, code: 'not_found', message }, `✗ ${serial || row.address}: ${message}`);
  }
  await someAtOnce(atOnce, chosen, async (one) => {
    const { device } = one;
    const facts = { serial: device.serial || one.row?.serial || '', address: addressOf(device) };
    try {
      const more = await work(one);
      ended += 1;
      outcomes.push({ ...facts, outcome: 'done' });
      output.say(
        { type: words.type, serial: facts.serial, host: device.host, httpsPort: device.httpsPort },
        `✓ ${count()}${nameOf(device)} ${words.did}${more ? `; ${more}` : ''}`,
      );
    } catch (error) {
      const { code, message } = refusalOf(error);
      ended += 1;
      outcomes.push({ ...facts, outcome: 'refused', code, message });
      output.say({ type: 'refused', serial: facts.serial, code, message }, `✗ ${count()}${nameOf(device)}: ${message}`);
    }
  });
  return outcomes;
}

export const failuresIn = (outcomes: readonly Outcome[]) =>
  outcomes.filter(({ outcome }) => outcome === 'refused' || outcome === 'missing').length;

export function writeReport(path: string | undefined, outcomes: readonly Outcome[]): void {
  if (path === undefined) return;
  writeCsvFile(
    path,
    reportColumns,
    outcomes.map(({ serial, address, outcome, code = '', message = '' }) => ({
      serial,
      address,
      outcome,
      code,
      message,
    })),
  );
}

/** A run of more devices than this names its failures once more at the end; so many of them. */
const repeatBeyond = 16;
const mostRepeated = 20;

/** Say how it ended, and how long it took; exit code 1 when one failed. */
export function summarize(
  outcomes: readonly Outcome[],
  words: { did: string; notDid: string; key: string; next?: string },
  { startedAt, clock }: { startedAt: number; clock: Pick<Clock, 'now'> },
  output: Output,
): number {
  const failed = failuresIn(outcomes);
  const good = outcomes.filter(({ outcome }) => outcome === 'done').length;
  const already = outcomes.filter(({ outcome }) => outcome === 'already').length;
  const seconds = (clock.now() - startedAt) / 1000;
  const took = outcomes.length > 1 ? ` in ${seconds.toFixed(1)} s` : '';
  const failures = outcomes.filter(({ outcome }) => outcome === 'refused' || outcome === 'missing');
  // In a long run they have scrolled away.
  const again =
    outcomes.length > repeatBeyond
      ? failures.slice(0, mostRepeated).map(({ serial, address, message }) => `✗ ${serial || address}: ${message}`)
      : [];
  if (again.length > 0) again.unshift('');
  if (again.length > 0 && failed > mostRepeated) again.push(`… and ${failed - mostRepeated} more (--report FILE)`);
  const lines = [
    ...again,
    failed === 0
      ? `\n${good} ${words.did}${took}.`
      : `\n${failed} of ${outcomes.length} ${words.notDid}${took}. Running the same again tries those alone.`,
    ...(already > 0 ? [`${already} needed nothing.`] : []),
    ...(failed === 0 && words.next ? [`Next: ${words.next}`] : []),
  ];
  output.say({ type: 'done', [words.key]: good, failed, ...(already > 0 ? { already } : {}) }, lines.join('\n'));
  return failed === 0 ? 0 : 1;
}
