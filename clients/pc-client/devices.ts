import type { Output } from '../../core/runtime/program.ts';
import { formatTable } from '../terminal/table.ts';
import { camerasOf, type Found, type House } from './house.ts';

const stateWords: Record<string, string> = {
  uninitialized: 'Uninitialized',
  connecting: 'Connecting',
  online: 'Online',
  degraded: 'Degraded',
  offline: 'Offline',
  wrong_password: 'Wrong password',
  locked: 'Locked',
};
export const stateWord = (state: string) => stateWords[state] ?? state;

export const deviceHead = ['VMS Local', 'Name', 'Model', 'IPv4 address', 'Serial', 'Status'];
export const deviceRow = ({ vms, camera }: Found) => [
  vms.name,
  camera.name,
  camera.model ?? '–',
  camera.address.host,
  camera.serial ?? '–',
  stateWord(camera.state),
];

/** `devices`: every camera of every VMS Local; exit code 1 when one refused to be opened. */
export async function showDevices(house: House, output: Output): Promise<number> {
  const found = await camerasOf(house);
  if (output.json) {
    for (const { vms, camera } of found) output.say({ type: 'device', vms: vms.name, ...camera }, '');
    for (const one of house.missing) output.say({ type: 'vms_missing', vms: one.name, reason: one.reason }, '');
    output.say({ type: 'done', devices: found.length, missing: house.missing.length }, '');
  } else {
    if (found.length > 0) output.say({}, formatTable(deviceHead, found.map(deviceRow)));
    const online = found.filter(({ camera }) => camera.state === 'online').length;
    const places = house.all.length === 1 ? house.all[0]!.name : `${house.all.length} VMS Locals`;
    output.say({}, `${found.length > 0 ? '\n' : ''}${found.length} cameras in ${places}, ${online} online.`);
    for (const { name, reason } of house.missing) output.say({}, `VMS Local "${name}": ${reason}.`);
  }
  return house.missing.some(({ offline }) => !offline) ? 1 : 0;
}
