import { z } from 'zod';
import { parseLabel } from '../../core/pairing/label-secret.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import { addCameras } from '../config-tool/add.ts';
import type { Device } from '../config-tool/device.ts';
import { activate, DeviceRefusal } from '../config-tool/local-api.ts';
import { ProblemError } from '../terminal/http.ts';
import { readJson, send } from '../terminal/request.ts';
import { AppError } from './answers.ts';
import type { OpenedVms } from './opened.ts';
import { vmsApi } from './vms-api.ts';

const label = z.string().min(1).max(200);
const password = z.string().min(8).max(64);
const findBody = z.object({ label });
const activateBody = z.object({ label, password, region: z.string().max(64), timeZone: z.string().max(64) });
const pairBody = z.object({ label, password: z.string().min(1).max(64), elevation: z.string().min(1).max(512) });

const roles = ['live_only', 'viewer', 'operator', 'admin', 'super_admin'];

/** What a phone's app does with a camera on its own network; the label names the camera, never an address. */
export function createPairing({ findDevices, clock }: { findDevices(): Promise<Device[]>; clock: Clock }) {
  const checked = <T>(schema: z.ZodType<T>, body: unknown): T => {
    const parsed = schema.safeParse(body);
    if (parsed.success) return parsed.data;
    throw new AppError(
      'body_invalid',
      `${parsed.error.issues[0]?.path.join('.') ?? 'the body'} is missing or not valid`,
    );
  };
  const labelOf = (text: string) => {
    const parsed = parseLabel(text.trim());
    if (!parsed) throw new AppError('body_invalid', 'this is no camera label; its text begins with VIGIL1:');
    return parsed;
  };
  /** Only who may operate cameras there gets to look around here. */
  const requireOperator = async ({ base, cookie }: OpenedVms) => {
    const what = 'VMS Local';
    try {
      const asked = await send(`${base}/api/v1/auth/session`, { what, headers: { cookie } });
      const { user } = (await readJson(asked, what)) as { user: { role: string } };
      if (roles.indexOf(user.role) < roles.indexOf('operator'))
        throw new AppError('role_insufficient', 'adding a camera needs the role operator at this VMS Local');
    } catch (error) {
      if (error instanceof ProblemError) throw new AppError('vms_not_open', 'open this VMS Local again');
      throw error;
    }
  };
  const find = async (serial: string): Promise<Device> => {
    const found = (await findDevices()).find((device) => device.serial === serial);
    if (found) return found;
    throw new AppError(
      'camera_not_found',
      `${serial} does not answer on this network: is it powered, and on the same network as the App?`,
    );
  };
  const shown = ({ serial, model, host, status }: Device) => ({ serial, model, host, status });

  return {
    async find(vms: OpenedVms, body: unknown) {
      await requireOperator(vms);
      return { camera: shown(await find(labelOf(checked(findBody, body).label).serial)) };
    },

    async activate(vms: OpenedVms, body: unknown) {
      await requireOperator(vms);
      const { password: chosen, region, timeZone, ...given } = checked(activateBody, body);
      const device = await find(labelOf(given.label).serial);
      try {
        await activate(device, { password: chosen, region, timeZone });
      } catch (error) {
        throw new AppError('camera_refused', (error as Error).message);
      }
      return { camera: { ...shown(device), status: 'Online' } };
    },

    /** The whole way of one camera into the VMS Local; settles when it is Online there. */
    async pair(vms: OpenedVms, body: unknown) {
      const { elevation, password: cameraPassword, ...given } = checked(pairBody, body);
      await requireOperator(vms);
      const { serial } = labelOf(given.label);
      const device = await find(serial);
      let outcome: { refused: string; code: string } | 'added' | undefined;
      try {
        await addCameras(
          vmsApi(vms),
          {
            elevation,
            candidates: [{ device, serial, labelSecret: given.label.trim().split(':')[2]! }],
            cameraPassword: async () => cameraPassword,
          },
          clock,
          (progress) => {
            outcome = progress.outcome ?? outcome;
          },
        );
      } catch (error) {
        if (error instanceof ProblemError) throw new AppError('pairing_failed', error.message, { reason: error.code });
        if (error instanceof DeviceRefusal) throw new AppError('camera_refused', error.message);
        throw error;
      }
      if (outcome === 'added') return { camera: { ...shown(device), status: 'Paired' } };
      throw new AppError('pairing_failed', outcome?.refused ?? 'the camera gave no answer', { reason: outcome?.code });
    },
  };
}
export type Pairing = ReturnType<typeof createPairing>;
