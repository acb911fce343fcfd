import type { Device } from '../../clients/config-tool/device.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { Authenticator } from './authenticator.ts';
import { createWebClient, type WebClient } from './web-client.ts';
import type { World } from './world.ts';

/** What earlier steps hand to later ones. */
export interface Story extends Pick<RuntimeDeps, 'clock' | 'random'> {
  world: World;
  email: string;
  password: string;
  adminPassword: string;
  cameraPassword: string;
  /** A person at the cloud, and the same person at the gateway on the LAN. */
  cloud: WebClient;
  gateway: WebClient;
  authenticator?: Authenticator;
  lastCode?: string;
  gatewayId?: string;
  devices: Device[];
  elevation?: string;
  note(text: string): void;
}

/** A story before its first step: people and passwords of its own. */
export function newStory(
  world: World,
  { clock, random }: Pick<RuntimeDeps, 'clock' | 'random'>,
  note: (text: string) => void = () => undefined,
): Story {
  const secret = () => random.bytes(12).toString('base64url');
  return {
    clock,
    random,
    world,
    email: `tour-${random.bytes(3).toString('hex')}@vigil.test`,
    password: secret(),
    adminPassword: secret(),
    cameraPassword: secret(),
    cloud: createWebClient(),
    gateway: createWebClient(),
    devices: [],
    note,
  };
}
