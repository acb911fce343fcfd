import { expect, test } from 'vitest';
import { deviceType, formatMatches, parseDiscovery, type Target, transmitterType } from '../../core/onvif/discovery.ts';
import { realClock } from '../../core/runtime/clock.ts';
import { deviceOf, discover, probeAddresses } from '../../gateway/discovery/discover.ts';
import { startCameras } from './fleet.ts';
import { startSide } from './side.ts';

const target = (more: Partial<Target> = {}): Target => ({
  address: 'urn:uuid:1',
  types: [transmitterType, deviceType],
  scopes: [
    'onvif://www.onvif.org/Profile/Streaming',
    'onvif://www.onvif.org/name/InSight-S445%20Door',
    'onvif://www.onvif.org/hardware/InSight-S445',
    'onvif://www.onvif.org/VigiInfoStream/98-BA-5F-00-00-01/443--0--0--0',
  ],
  xAddrs: ['http://192.168.1.7:2020/onvif/service'],
  metadataVersion: 1,
  ...more,
});

test('a device is taken at the address it answered from, with port and path as it says', () => {
  expect(deviceOf(target(), '192.168.1.7')).toEqual({
    address: 'http://192.168.1.7:2020/onvif/service',
    host: '192.168.1.7',
    port: 2020,
    name: 'InSight-S445 Door',
    model: 'InSight-S445',
    mac: '98:BA:5F:00:00:01',
    types: ['NetworkVideoTransmitter', 'Device'],
    scopes: target().scopes,
  });
  const usual = target({ xAddrs: ['http://10.0.0.1/x', 'http://192.168.1.7/onvif/device_service'] });
  expect(deviceOf(usual, '192.168.1.7')).toMatchObject({ address: '192.168.1.7:80', port: 80 });
});

test.each([
  ['another host', ['http://10.0.0.1/onvif/device_service']],
  ['another protocol', ['https://192.168.1.7/onvif/device_service', 'file:///etc/passwd']],
  ['nothing', []],
  ['nonsense', ['http://[', 'x']],
])('a device that names %s as its address is passed over', (_, xAddrs) => {
  expect(deviceOf(target({ xAddrs }), '192.168.1.7')).toBeUndefined();
});

test('one interface is chosen by name or address, all without a choice', () => {
  const one = (address: string, family: 'IPv4' | 'IPv6') =>
    ({ address, family, internal: false, netmask: '', mac: '', cidr: null, scopeid: 0 }) as never;
  const interfaces = { eth0: [one('192.168.1.2', 'IPv4'), one('fe80::1', 'IPv6')], vlan7: [one('10.7.0.2', 'IPv4')] };
  expect(probeAddresses(undefined, interfaces)).toEqual(['192.168.1.2', '10.7.0.2']);
  expect(probeAddresses('vlan7', interfaces)).toEqual(['10.7.0.2']);
  expect(probeAddresses('192.168.1.2', interfaces)).toEqual(['192.168.1.2']);
  expect(probeAddresses('wlan0', interfaces)).toEqual([]);
});

test('an answer to somebody else is none to us, and an interface that is not there is said to be', async () => {
  await using house = await startSide();
  await expect(discover({ seconds: 1, interfaceName: 'nope0' }, house.deps)).rejects.toMatchObject({
    code: 'interface_unknown',
  });
  const text = formatMatches({
    kind: 'ProbeMatches',
    messageId: 'urn:uuid:2',
    relatesTo: 'urn:uuid:of-another',
    targets: [target()],
    appSequence: { instanceId: 1, messageNumber: 1 },
  });
  expect(parseDiscovery(text)).toMatchObject({ relatesTo: 'urn:uuid:of-another' });
});

test('all cameras of a fleet are found on the loopback interface, and can be added as they were found', async () => {
  await using house = await startSide();
  await using fleet = await startCameras(
    house,
    ['generic', 'c340', 'c540', 's445'].map((profile, n) => ({ name: `cam-${n}`, profile })),
    { discovery: true, interfaceName: 'lo' },
  );
  const found = await discover({ seconds: 1.2, interfaceName: 'lo' }, { ...house.deps, clock: realClock });
  const ours = found.filter(({ port }) => fleet.cameras.some(({ camera }) => camera.address.ports.http === port));
  expect(ours.map(({ mac }) => mac).sort()).toEqual(fleet.cameras.map(({ camera }) => camera.identity.mac).sort());
  for (const device of ours) {
    expect(device.types).toContain('NetworkVideoTransmitter');
    const added = await house.side.cameras.add(
      { address: device.address, username: 'admin', password: 'Admin-pass-1', name: device.name ?? undefined },
      'user:1',
    );
    expect(added.state).toBe('online');
    expect(house.side.cameras.isKnown(device.host, device.port)).toBe(true);
  }
});
