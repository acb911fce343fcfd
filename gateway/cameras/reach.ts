import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { type DeviceAddress, defaultPath, type parseDeviceAddress } from '../onvif/address.ts';
import type { Credentials } from '../onvif/client.ts';
import { isOnvifError, type OnvifError } from '../onvif/errors.ts';
import { type CameraSession, openSession } from './session.ts';

/** Ports and paths that are tried when an address names none: ONVIF's own, then those of TP-Link. */
const usualPorts = [80, 2020];
const usualPaths = [defaultPath, '/onvif/service'];

export type Reached = { place: DeviceAddress } & (
  | { session: CameraSession; error?: undefined }
  | { session?: undefined; error: OnvifError }
);

/** The first of the places a person may have meant where an ONVIF device answers; its password is asked for once. */
export async function reach(
  given: NonNullable<ReturnType<typeof parseDeviceAddress>>,
  credentials: Credentials,
  deps: RuntimeDeps,
): Promise<Reached> {
  const ports = given.port === undefined ? usualPorts : [given.port];
  const paths = given.path === undefined ? usualPaths : [given.path];
  let first: Reached | undefined;
  for (const port of ports) {
    for (const path of paths) {
      const place = { host: given.host, port, path };
      try {
        return { place, session: await openSession(place, credentials, deps) };
      } catch (error) {
        if (!isOnvifError(error)) throw error;
        const reached = { place, error };
        if (isOnvifError(error, 'refused', 'locked', 'uninitialized')) return reached;
        first ??= reached;
        // Nothing listens on this port: another path will not help.
        if (isOnvifError(error, 'unreachable', 'timeout')) break;
      }
    }
  }
  return first!;
}
