import type { DeviceDescription } from '../../core/pairing/messages.ts';
import { operatorActor } from '../pairing/tickets.ts';
import { type CameraRow, deleteCamera, findCameraByAddress, findPairedCamera, insertCamera } from '../store/cameras.ts';
import type { Queries } from '../store/database.ts';
import type { Sealer } from '../store/sealer.ts';

export interface PairedCamera {
  serial: string;
  /** Where its connection came from. */
  host: string;
  description: DeviceDescription;
  operator: { sub: string; email: string };
}

export const passwordContext = (cameraId: string) => `password of camera ${cameraId}`;

/**
 * Put a camera that has just proved itself into the list, in the transaction that issues its certificate; returns its id.
 * One that was there by serial or address keeps id and name.
 */
export async function storePairedCamera(
  tx: Queries,
  { serial, host, description, operator }: PairedCamera,
  given: { sealer: Sealer; newId: string; now: number },
): Promise<string> {
  const bySerial = await findPairedCamera(tx, serial);
  const byAddress = await findCameraByAddress(tx, host, description.onvifPort);
  const known = bySerial ?? byAddress;
  const id = known?.id ?? given.newId;
  for (const before of [bySerial, byAddress]) if (before) await deleteCamera(tx, before.id);
  const row: CameraRow = {
    id,
    name: known?.name ?? description.name,
    manufacturer: description.manufacturer,
    model: description.model,
    serial,
    mac: description.mac.toUpperCase().replaceAll('-', ':'),
    firmware: description.firmware,
    host,
    port: description.onvifPort,
    path: description.onvifPath,
    username: description.username,
    passwordSealed: given.sealer.seal(description.password, passwordContext(id)),
    adoptedBy: 'pairing',
    snapshotPath: description.snapshotPath ?? null,
    rtspPort: description.rtspPort,
    httpsPort: description.httpsPort,
    addedBy: operatorActor(operator.sub),
    addedAt: known?.addedAt ?? given.now,
    lastSeenAt: given.now,
    refusedAt: null,
  };
  if (!(await insertCamera(tx, row))) throw new Error('a paired camera could not be put into the list');
  return id;
}
