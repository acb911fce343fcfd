import type { Camera } from '../wire.ts';

export const groups = {
  all: { label: 'All', has: () => true },
  active: { label: 'Active', has: ({ active }: Camera) => active.length > 0 },
  used: { label: 'In use', has: ({ viewers, subscriptions }: Camera) => viewers + subscriptions > 0 },
  faulty: { label: 'Faults', has: ({ faults }: Camera) => faults > 0 },
  off: { label: 'Off', has: ({ powered, connected }: Camera) => !powered || !connected },
} as const;
export type GroupName = keyof typeof groups;

/** Every word somewhere in what names a camera: name, model, serial, MAC with or without colons, address, state. */
export function found(camera: Camera, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const { name, model, deviceName, serial, mac, address, state } = camera;
  const text = [name, model, deviceName, serial, mac, mac.replaceAll(':', ''), `${address.host}:${address.http}`, state]
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}
