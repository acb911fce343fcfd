import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { DeviceAddress } from '../onvif/address.ts';
import { type Credentials, createOnvifClient, type DeviceInformation, type OnvifClient } from '../onvif/client.ts';

/** A camera that answers and has accepted the password. */
export interface CameraSession {
  client: OnvifClient;
  information: DeviceInformation;
}

/** Clock first, then services, then the one call that shows whether the password is right. */
export async function openSession(
  address: DeviceAddress,
  credentials: Credentials,
  deps: RuntimeDeps,
  signal?: AbortSignal,
): Promise<CameraSession> {
  const client = createOnvifClient(address, credentials, deps);
  await client.open(signal);
  const information = await client.deviceInformation(signal);
  return { client, information };
}
