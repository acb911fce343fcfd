import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childrenOf } from '../../core/soap/xml.ts';
import { type OneCamera, startOneCamera } from './one-camera.ts';

let cam: OneCamera;
beforeAll(async () => {
  cam = await startOneCamera();
});
afterAll(async () => {
  await cam[Symbol.asyncDispose]();
});

describe('device service', () => {
  test('tells who it is', async () => {
    const reply = await cam.get('tds:GetDeviceInformation');
    expect(reply.at('SerialNumber')).toBe(cam.camera.identity.serial);
    expect(reply.at('FirmwareVersion')).toBe(cam.camera.profile.firmware);
  });

  test('lists services at the address the client used, with and without capabilities', async () => {
    for (const include of ['true', 'false']) {
      const reply = await cam.get('tds:GetServices', `<tds:IncludeCapability>${include}</tds:IncludeCapability>`, {
        as: null,
      });
      const services = childrenOf(reply.body, 'Service');
      expect(services.length).toBeGreaterThan(0);
      for (const service of services) {
        expect(service.children.find(({ name }) => name === 'XAddr')?.text).toMatch(`http://127.0.0.1:${cam.port}/`);
        expect(service.children.some(({ name }) => name === 'Capabilities')).toBe(include === 'true');
      }
    }
  });

  test.each([
    'GetCapabilities',
    'GetServiceCapabilities',
    'GetWsdlUrl',
    'GetSystemDateAndTime',
    'GetHostname',
    'GetEndpointReference',
  ])('%s needs no sign-in', async (name) => {
    await cam.get(`tds:${name}`, '', { as: null });
  });
});
