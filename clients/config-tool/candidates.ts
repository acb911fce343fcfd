import type { Output } from '../../core/runtime/program.ts';
import { UsageError } from '../../core/runtime/settings.ts';
import { someAtOnce } from '../terminal/some-at-once.ts';
import type { Candidate } from './add.ts';
import type { AddReport } from './add-report.ts';
import type { Chosen } from './choose.ts';
import { type Labels, readLabels } from './labels.ts';
import { signInDevice } from './local-api.ts';
import { refusalOf } from './refusal.ts';
import { addressOf, atOnce } from './run-many.ts';

/** A camera that can be added, and what was wanted of it. */
export interface Ready extends Candidate {
  from: Chosen;
}

/**
 * Those of the chosen that can be added to this VMS Local: not in it already, not of another, label known. The others are
 * reported. Throws UsageError where nobody is left to go on with for a slip in what was given.
 */
export async function findCandidates(
  chosen: readonly Chosen[],
  given: { gatewayId: string; labels: Labels; passwordOf(one: Chosen): string },
  report: AddReport,
  output: Output,
): Promise<Ready[]> {
  const { gatewayId, labels, passwordOf } = given;
  const labelled = chosen.filter(({ device }) => device.status !== 'Paired' && device.serial);
  // What is missing for all is said before anybody types a code.
  if (labelled.length > 0 && !labelled.some(({ device }) => labels.has(device.serial)))
    throw new UsageError(labelNeeded(labelled[0]!.device.serial));

  const ready: Ready[] = [];
  const take = (from: Chosen, serial: string) => {
    const labelSecret = labels.get(serial);
    if (labelSecret) ready.push({ device: from.device, serial, labelSecret, from });
    else if (chosen.length === 1) throw new UsageError(labelNeeded(serial));
    else report.refuse(from, serial, { code: 'label_needed', message: labelNeeded(serial) });
  };

  /** Whose a camera is and, where it was found by its address, its serial: it says so to who has its password. */
  const toAsk = chosen.filter(
    ({ device }) => device.status === 'Paired' || (device.serial === '' && device.status !== 'Uninitialized'),
  );
  if (toAsk.length > 8) output.note(`Asking ${toAsk.length} cameras whose they are …`);
  await someAtOnce(atOnce, toAsk, async (one) => {
    let serial = one.device.serial || one.row?.serial || '';
    try {
      const session = await signInDevice(one.device, passwordOf(one));
      if (!one.device.serial) serial = (await session.basicInfo()).serial;
      const { state, gateway_id, gateway_host } = await session.pairingStatus();
      if (state !== 'paired') return take(one, serial);
      if (gateway_id === gatewayId) report.already(one, serial);
      else report.refuse(one, serial, otherVms(gateway_id, gateway_host));
    } catch (error) {
      if (error instanceof UsageError) throw error;
      if (chosen.length === 1) throw new UsageError(`${addressOf(one.device)}: ${refusalOf(error).message}`);
      report.refuse(one, serial, refusalOf(error));
    }
  });
  for (const one of chosen.filter((each) => !toAsk.includes(each))) {
    // One that waits for its activation and was found by its address: its label names it, and the handshake proves it.
    const [onRow] = one.row?.label ? readLabels([one.row.label], '--csv').keys() : [];
    const [onlyLabel] = chosen.length === 1 && labels.size === 1 ? labels.keys() : [];
    const serial = one.device.serial || one.row?.serial || onRow || onlyLabel;
    if (serial) take(one, serial);
    else report.refuse(one, '', { code: 'label_needed', message: 'its label is needed: name it in its line of --csv' });
  }
  return ready;
}

const labelNeeded = (serial: string) => `the label of ${serial} is needed: scan its QR and give the text with --label`;

const otherVms = (gatewayId = 'unknown', host = '') => ({
  code: 'other_vms',
  message: `it belongs to another VMS Local (${gatewayId}${host && ` at ${host}`}): remove it there, or by \`config-tool remove --at-camera\`, then run the same again`,
});
