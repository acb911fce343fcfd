import type { Log } from '../../core/runtime/log.ts';
import type { Gateways } from '../access/gateways.ts';
import type { Tunnels } from '../access/tunnels.ts';
import { CloudError } from '../errors.ts';
import type { LiveSession } from '../sign-in/sessions.ts';
import type { GatewayRow } from '../store/access.ts';
import type { Assertions } from '../tokens/assertions.ts';
import { TplinkRefusal, tplinkCodes } from './codes.ts';

interface Camera {
  id: string;
  name: string;
  model: string;
  serial: string;
  mac: string;
  firmware: string;
  state: string;
}

/** What TP-Link's clients list: here bound VMS Locals, and the cameras of those that are reached. */
export function createTplinkDevices(deps: {
  gateways: Gateways;
  tunnels: Tunnels;
  assertions: Assertions;
  publicUrl: string;
  log: Log;
}) {
  const { gateways, tunnels, assertions, publicUrl, log } = deps;

  /** One request to a VMS Local as this account, signed in by assertion and out again. */
  const asUser = async (
    session: LiveSession,
    gatewayId: string,
    what: { method: string; path: string; body?: string },
  ) => {
    const json = { accept: 'application/json', 'content-type': 'application/json' };
    const taken = await tunnels.ask(gatewayId, {
      method: 'POST',
      path: '/api/v1/auth/assertion',
      headers: json,
      body: JSON.stringify({ assertion: await assertions.signIn(session, gatewayId) }),
    });
    if (taken.status >= 300) throw new CloudError('gateway_refused', 'The VMS Local refused the sign-in.');
    const lines = taken.headers['set-cookie'];
    const cookie = (Array.isArray(lines) ? lines : []).map((line) => line.split(';')[0]).join('; ');
    try {
      return await tunnels.ask(gatewayId, { ...what, headers: { ...json, cookie } });
    } finally {
      await tunnels
        .ask(gatewayId, { method: 'POST', path: '/api/v1/auth/sign-out', headers: { ...json, cookie } })
        .catch((error: unknown) => log.debug({ err: error }, 'sign-out at the gateway failed'));
    }
  };

  const camerasOf = async (session: LiveSession, gateway: GatewayRow): Promise<Camera[]> => {
    try {
      const { status, body } = await asUser(session, gateway.id, { method: 'GET', path: '/api/v1/cameras' });
      return status === 200 ? ((JSON.parse(body) as { cameras?: Camera[] }).cameras ?? []) : [];
    } catch (error) {
      // A VMS Local that does not answer, or asks for more than this session proved, shows without its cameras.
      log.debug({ gatewayId: gateway.id, reason: (error as Error).message }, 'cameras not listed');
      return [];
    }
  };

  const common = { appServerUrl: publicUrl, role: 0, isSameRegion: true, oemId: '', hwId: '', fwId: '' };
  const gatewayDevice = (gateway: GatewayRow, online: boolean) => ({
    ...common,
    deviceId: gateway.id,
    alias: gateway.name,
    deviceName: 'VIGI VMS Local',
    deviceModel: 'VMS Local',
    deviceType: 'SMART.VIGIVMS',
    status: online ? 1 : 0,
    fwVer: gateway.version,
    deviceMac: '',
  });
  const cameraDevice = (gateway: GatewayRow, camera: Camera) => ({
    ...common,
    deviceId: `${gateway.id}.${camera.id}`,
    // Of this type public clients take the alias for Base64 and decode it.
    alias: Buffer.from(camera.name).toString('base64'),
    deviceName: camera.model,
    deviceModel: camera.model,
    deviceType: 'SMART.IPCAMERA',
    status: camera.state === 'online' || camera.state === 'degraded' ? 1 : 0,
    fwVer: camera.firmware,
    deviceMac: camera.mac.replace(/[:-]/g, '').toUpperCase(),
  });

  return {
    async list(session: LiveSession) {
      const all = await gateways.list(session.accountId);
      const devices = await Promise.all(
        all.map(async (gateway) => [
          gatewayDevice(gateway, gateway.online),
          ...(gateway.online ? await camerasOf(session, gateway) : []).map((camera) => cameraDevice(gateway, camera)),
        ]),
      );
      return devices.flat();
    },

    /** Hand a local request on to a camera of a VMS Local; the VMS Local decides what it lets through. */
    async passthrough(session: LiveSession, deviceId: string, requestData: unknown) {
      const [gatewayId = '', cameraId] = deviceId.split('.');
      const gateway = (await gateways.list(session.accountId)).find((one) => one.id === gatewayId);
      if (!gateway) throw new TplinkRefusal(tplinkCodes.boundElsewhere, 'Device is bound to another account');
      if (!gateway.online) throw new TplinkRefusal(tplinkCodes.deviceOffline, 'Device is offline');
      if (!cameraId) throw new TplinkRefusal(tplinkCodes.deviceCloudClient, 'This device takes no local requests');
      const body = typeof requestData === 'string' ? requestData : JSON.stringify(requestData ?? null);
      try {
        const answer = await asUser(session, gatewayId, {
          method: 'POST',
          path: `/api/v1/cameras/${encodeURIComponent(cameraId)}/passthrough`,
          body,
        });
        // The VMS Local is there, the camera behind it is not.
        if (answer.status >= 500) throw new TplinkRefusal(tplinkCodes.deviceOffline, 'Device is offline');
        if (answer.status >= 300)
          throw new TplinkRefusal(tplinkCodes.deviceCloudClient, 'The VMS Local refused the request');
        return { responseData: answer.body };
      } catch (error) {
        if (error instanceof CloudError)
          throw new TplinkRefusal(tplinkCodes.deviceTimeout, 'The device did not answer');
        throw error;
      }
    },
  };
}
export type TplinkDevices = ReturnType<typeof createTplinkDevices>;
