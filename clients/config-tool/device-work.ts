import { isIPv4 } from 'node:net';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import { UsageError } from '../../core/runtime/settings.ts';
import type { Chosen } from './choose.ts';
import type { CsvRow } from './csv.ts';
import type { Device } from './device.ts';
import { changePassword, DeviceRefusal, signInDevice } from './local-api.ts';
import { type Ipv4Plan, openOnvifDevice } from './onvif-device.ts';

export interface Deps {
  clock: Clock;
  random: Random;
}

/** What is done to a camera that has its admin password; each throws DeviceRefusal with the reason in words. */
export const deviceWork = {
  async network({ device }: Chosen, password: string, plan: Ipv4Plan, deps: Deps): Promise<string | undefined> {
    const { rebootNeeded } = await (await onvif(device, password, deps)).setIpv4(plan);
    return rebootNeeded ? 'it takes effect after a reboot' : undefined;
  },
  password: ({ device }: Chosen, password: string, next: string) => changePassword(device, password, next),
  async reboot({ device }: Chosen, password: string): Promise<void> {
    await (await signInDevice(device, password)).reboot();
  },
  async factoryReset({ device }: Chosen, password: string, keepAddress: boolean, deps: Deps): Promise<void> {
    await (await onvif(device, password, deps)).factoryReset(keepAddress);
  },
  async unpair({ device }: Chosen, password: string): Promise<void> {
    await (await signInDevice(device, password)).unpair();
  },
};

/** Where its ONVIF service is: as it announced, else on the HTTP port it tells after sign-in. */
async function onvif(device: Device, password: string, deps: Deps) {
  if (device.status === 'Uninitialized')
    throw new DeviceRefusal(-40405, 'the camera is not activated yet: config-tool activate');
  const url = device.onvifUrl || (await (await signInDevice(device, password)).onvifUrl());
  return openOnvifDevice(url, password, deps);
}

interface PlanFlags {
  dhcp?: boolean;
  ip?: string;
  prefix: string;
  router?: string;
}

/** The address plan of one device: its line of the file before the flags. Throws UsageError naming the mistake. */
export function planOf(flags: PlanFlags, row: CsvRow | undefined, count: number): Ipv4Plan {
  const where = row ? `line ${row.line}: ` : '';
  const yes = /^(1|true|yes|on)$/i;
  const ip = row?.ip ?? flags.ip;
  if (row?.dhcp ? yes.test(row.dhcp) : flags.dhcp && !row?.ip) return { dhcp: true };
  if (!ip) throw new UsageError(`${where}which address? --ip ADDRESS --prefix 24, or --dhcp`);
  if (!isIPv4(ip)) throw new UsageError(`${where}"${ip}" is no IPv4 address`);
  if (!row?.ip && count > 1)
    throw new UsageError(
      `one address for ${count} cameras would set them all to it: give each its own in a file (--csv)`,
    );
  const prefix = Number(row?.prefix ?? flags.prefix);
  if (!Number.isInteger(prefix) || prefix < 8 || prefix > 30)
    throw new UsageError(
      `${where}a prefix of "${row?.prefix ?? flags.prefix}" will not do: between 8 and 30, such as 24`,
    );
  const gateway = row?.gateway ?? flags.router;
  if (gateway !== undefined && !isIPv4(gateway)) throw new UsageError(`${where}"${gateway}" is no IPv4 address`);
  const mask = (address: string) =>
    address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) >>> (32 - prefix);
  if (gateway !== undefined && mask(gateway) !== mask(ip))
    throw new UsageError(`${where}the router ${gateway} is not in the subnet of ${ip}/${prefix}`);
  return { dhcp: false, address: ip, prefix, ...(gateway === undefined ? {} : { gateway }) };
}
