import { createSocket, type Socket } from 'node:dgram';
import { afterEach, describe, expect, test } from 'vitest';
import {
  type DiscoveryMessage,
  deviceType,
  discoveryGroup,
  discoveryPort,
  formatProbe,
  formatResolve,
  type Matches,
  parseDiscovery,
  probeMatches,
  scopeCovers,
  transmitterType,
} from '../../core/onvif/discovery.ts';
import { manualClock, realClock } from '../../core/runtime/clock.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { startDiscovery } from '../../device-sim/discovery/discovery.ts';
import { deriveIdentity } from '../../device-sim/identity.ts';
import { findProfile, usualProfiles } from '../../device-sim/profiles/index.ts';
import { createCamera } from '../../device-sim/sim-camera.ts';
import { checkMessages } from '../xsd/checked.ts';

const checked = checkMessages();
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) await new Promise<void>((resolve) => socket.close(() => resolve()));
});

/** A client that keeps what it hears. */
async function openClient(address = '127.0.0.1') {
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  await new Promise<void>((resolve) => socket.bind(0, address, () => resolve()));
  return listenTo(socket);
}
function listenTo(socket: Socket, setup: (socket: Socket) => void = () => undefined) {
  sockets.push(socket);
  setup(socket);
  const heard: DiscoveryMessage[] = [];
  const waiting: (() => void)[] = [];
  socket.on('message', (datagram) => {
    const text = datagram.toString();
    checked.check(text);
    heard.push(parseDiscovery(text)!);
    for (const wake of waiting.splice(0)) wake();
  });
  return {
    heard,
    send: (text: string | Buffer, port: number, host = '127.0.0.1') =>
      new Promise<void>((resolve, reject) =>
        socket.send(text, port, host, (error) => (error ? reject(error) : resolve())),
      ),
    async until(done: (heard: DiscoveryMessage[]) => boolean) {
      while (!done(heard)) await new Promise<void>((resolve) => waiting.push(resolve));
      return heard;
    },
  };
}

const makeCameras = (count: number, clock = realClock) =>
  Array.from({ length: count }, (_, at) => {
    const profile = findProfile(usualProfiles[at % usualProfiles.length]!);
    const camera = createCamera(
      { name: `cam-${at + 1}`, profile, identity: deriveIdentity('discovery', at + 1) },
      { clock, random: secureRandom, log: silentLog },
    );
    camera.address = {
      host: '127.0.0.1',
      ports: { http: 9000 + at * 10, https: 9001 + at * 10, rtsp: 9002 + at * 10, openApi: 0 },
    };
    return camera;
  });

const deps = { clock: realClock, random: secureRandom, log: silentLog };
const id = () => `urn:uuid:${secureRandom.uuid()}`;
const matches = (message: DiscoveryMessage) => message as Matches;

describe('scope matching', () => {
  test.each([
    ['onvif://www.onvif.org', 'onvif://www.onvif.org/hardware/D1-566', true],
    ['onvif://www.onvif.org/', 'onvif://www.onvif.org/hardware/D1-566', true],
    ['ONVIF://WWW.onvif.org/location/country', 'onvif://www.onvif.org/location/country/china', true],
    ['onvif://www.onvif.org/location/country/china/', 'onvif://www.onvif.org/location/country/china', true],
    ['onvif://www.onvif.org/hardware/D1', 'onvif://www.onvif.org/hardware/D1-566', false],
    ['onvif://www.onvif.org/Hardware', 'onvif://www.onvif.org/hardware/D1-566', false],
    ['onvif://other/hardware', 'onvif://www.onvif.org/hardware/D1-566', false],
    ['onvif://www.onvif.org/hardware/..', 'onvif://www.onvif.org/hardware/..', false],
    ['onvif://www.onvif.org/name/a%20b', 'onvif://www.onvif.org/name/a%20b/c', true],
    ['nonsense', 'onvif://www.onvif.org/hardware/D1-566', false],
  ])('%s on %s: %s', (wanted, scope, expected) => {
    expect(scopeCovers(wanted, scope)).toBe(expected);
  });

  test('types are compared by namespace, all scopes must match, an unknown rule matches nothing', () => {
    const target = { types: [transmitterType, deviceType], scopes: ['onvif://www.onvif.org/name/x'] };
    const probe = {
      kind: 'Probe' as const,
      messageId: '1',
      types: [],
      scopes: [],
      matchBy: 'http://schemas.xmlsoap.org/ws/2005/04/discovery/rfc3986',
    };
    expect(probeMatches(probe, target)).toBe(true);
    expect(probeMatches({ ...probe, types: [{ ns: 'urn:x', name: 'Device' }] }, target)).toBe(false);
    expect(probeMatches({ ...probe, scopes: ['onvif://www.onvif.org', 'onvif://other'] }, target)).toBe(false);
    expect(probeMatches({ ...probe, scopes: ['onvif://www.onvif.org'], matchBy: 'urn:rule' }, target)).toBe(false);
    expect(
      probeMatches(
        {
          ...probe,
          scopes: ['onvif://www.onvif.org/name/x'],
          matchBy: 'http://schemas.xmlsoap.org/ws/2005/04/discovery/strcmp0',
        },
        target,
      ),
    ).toBe(true);
  });
});

describe('discovery', () => {
  test('every camera of a fleet answers a unicast probe once, with its own address', async () => {
    await using discovery = await startDiscovery({ interfaceName: 'lo', port: 0 }, deps);
    const fleet = makeCameras(50);
    for (const camera of fleet) discovery.hello(camera);
    const client = await openClient();
    const messageId = id();
    for (let n = 0; n < 3; n++) await client.send(formatProbe({ messageId, types: [transmitterType] }), discovery.port);
    const heard = await client.until((all) => all.length >= 50);
    expect(new Set(heard.map((one) => matches(one).targets[0]!.address)).size).toBe(50);
    expect(new Set(heard.map((one) => matches(one).targets[0]!.xAddrs[0])).size).toBe(50);
    expect(heard.every((one) => matches(one).relatesTo === messageId && one.kind === 'ProbeMatches')).toBe(true);
    const s445 = heard
      .map((one) => matches(one).targets[0]!)
      .find((target) => target.address.endsWith(fleet[2]!.identity.uuid))!;
    const mac = fleet[2]!.identity.mac.replaceAll(':', '-');
    expect(s445.scopes).toEqual(
      expect.arrayContaining([
        'onvif://www.onvif.org/name/InSight-S445',
        'onvif://www.onvif.org/hardware/InSight-S445',
        'onvif://www.onvif.org/Profile/Streaming',
        'onvif://www.onvif.org/type/NetworkVideoTransmitter',
        `onvif://www.onvif.org/VigiInfoStream/${mac}/9021--0--0--0`,
        'onvif://www.onvif.org/vigil/state/uninitialized',
        'onvif://www.onvif.org/vigil/https/9021',
      ]),
    );
    expect(s445.metadataVersion).toBe(1);
    expect(s445.types).toEqual([transmitterType, deviceType]);
  });

  test('answers by scope, and none from a camera that is hidden, gone or another', async () => {
    await using discovery = await startDiscovery({ interfaceName: 'lo', port: 0 }, deps);
    const [c340, c540, s445, generic] = makeCameras(4) as [
      ReturnType<typeof makeCameras>[0],
      ...ReturnType<typeof makeCameras>,
    ];
    for (const camera of [c340, c540!, s445!, generic!]) discovery.hello(camera);
    c540!.state.discoverable = false;
    discovery.drop(s445!);
    const client = await openClient();
    await client.send(
      formatProbe({ messageId: id(), scopes: ['onvif://www.onvif.org/hardware/VIGI-C340'] }),
      discovery.port,
    );
    const all = id();
    await client.send(formatProbe({ messageId: all, scopes: ['onvif://www.onvif.org'] }), discovery.port);
    await client.send(
      formatResolve({ messageId: id(), address: `urn:uuid:${generic!.identity.uuid}` }),
      discovery.port,
    );
    const heard = await client.until((messages) => messages.length >= 4);
    const names = (relatesTo: (id: string) => boolean) =>
      heard
        .filter((one) => one.kind === 'ProbeMatches' && relatesTo(one.relatesTo))
        .map((one) => matches(one).targets[0]!.address)
        .sort();
    const urn = (camera: { identity: { uuid: string } }) => `urn:uuid:${camera.identity.uuid}`;
    expect(names((one) => one !== all)).toEqual([urn(c340)]);
    expect(names((one) => one === all)).toEqual([urn(c340), urn(generic!)].sort());
    expect(
      heard.filter(({ kind }) => kind === 'ResolveMatches').map((one) => matches(one).targets[0]!.address),
    ).toEqual([urn(generic!)]);
    expect(c340.timeline.map(({ what }) => what)).toEqual(['Probe', 'Probe']);
  });

  test('the answers come within APP_MAX_DELAY on the clock, spread over it', async () => {
    const clock = manualClock();
    await using discovery = await startDiscovery({ interfaceName: 'lo', port: 0 }, { ...deps, clock });
    for (const camera of makeCameras(20)) discovery.hello(camera);
    await clock.advance(500);
    const client = await openClient();
    await client.send(formatProbe({ messageId: id() }), discovery.port);
    while (clock.sleeping < 20) await new Promise((resolve) => setImmediate(resolve));
    expect(client.heard).toHaveLength(0);
    await clock.advance(250);
    await client.until((heard) => heard.length >= 5);
    expect(client.heard.length).toBeLessThan(20);
    await clock.advance(250);
    expect(await client.until((heard) => heard.length >= 20)).toHaveLength(20);
  });

  test('who asks without end gets a bounded number of answers, and others get theirs', async () => {
    const clock = manualClock();
    await using discovery = await startDiscovery({ interfaceName: 'lo', port: 0 }, { ...deps, clock });
    for (const camera of makeCameras(2)) discovery.hello(camera);
    await clock.advance(500);
    const [greedy, other] = [await openClient(), await openClient('127.0.0.2')];
    // In small portions: what no socket buffer holds was never heard.
    for (let n = 0; n < 400; n += 20) {
      await Promise.all(
        Array.from({ length: 20 }, () => greedy.send(formatProbe({ messageId: id() }), discovery.port)),
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
    const asked = id();
    await other.send(formatProbe({ messageId: asked }), discovery.port);
    while (clock.sleeping < 256 + 2) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(500);
    const heard = await other.until((messages) => messages.length >= 2);
    expect(heard.map((one) => matches(one).relatesTo)).toEqual([asked, asked]);
    expect(await greedy.until((messages) => messages.length >= 256)).toHaveLength(256);

    // What was answered is no longer due.
    const again = id();
    await greedy.send(formatProbe({ messageId: again }), discovery.port);
    while (clock.sleeping < 2) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(500);
    const later = await greedy.until((messages) => messages.length >= 258);
    expect(later.slice(256).map((one) => matches(one).relatesTo)).toEqual([again, again]);
  });

  test('what is no discovery message is met with silence', async () => {
    await using discovery = await startDiscovery({ interfaceName: 'lo', port: 0 }, deps);
    const [camera] = makeCameras(1);
    discovery.hello(camera!);
    const client = await openClient();
    const probe = formatProbe({ messageId: id() });
    const bad = [
      Buffer.alloc(0),
      secureRandom.bytes(1400),
      Buffer.alloc(60_000, 'schemas.xmlsoap.org/ws/2005/04/discovery<'),
      probe.slice(0, 300),
      probe.replace('<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE x [<!ENTITY a "b">]>'),
      probe.replace(/<a:MessageID>.*<\/a:MessageID>/, ''),
      probe.replaceAll('d:Probe', 'd:Nothing'),
    ];
    for (const datagram of bad) await client.send(datagram, discovery.port);
    const last = id();
    await client.send(formatProbe({ messageId: last }), discovery.port);
    const heard = await client.until((messages) => messages.length > 0);
    expect(heard.map((one) => matches(one).relatesTo)).toEqual([last]);
  });

  const plain = formatProbe({ messageId: 'THIS-ONE' });
  test.each([
    [
      'default namespaces',
      `<Envelope xmlns="http://www.w3.org/2003/05/soap-envelope"><Header><MessageID xmlns="http://schemas.xmlsoap.org/ws/2004/08/addressing">THIS-ONE</MessageID></Header><Body><Probe xmlns="http://schemas.xmlsoap.org/ws/2005/04/discovery"/></Body></Envelope>`,
    ],
    ['an empty Scopes element', plain.replace('</d:Probe>', '<d:Scopes/></d:Probe>')],
    [
      'another prefix for the type',
      plain.replace(
        '<d:Probe>',
        '<d:Probe><d:Types xmlns:tdn="http://www.onvif.org/ver10/network/wsdl"> tdn:NetworkVideoTransmitter </d:Types>',
      ),
    ],
  ])('a probe with %s is answered', async (_, probe) => {
    await using discovery = await startDiscovery({ interfaceName: 'lo', port: 0 }, deps);
    discovery.hello(makeCameras(1)[0]!);
    const client = await openClient();
    await client.send(probe.replace('THIS-ONE', id()), discovery.port);
    expect((await client.until((heard) => heard.length > 0))[0]?.kind).toBe('ProbeMatches');
  });

  test('says Hello when a camera comes or changes, Bye when it goes, by multicast, in sequence', async () => {
    await using discovery = await startDiscovery({ interfaceName: 'lo' }, deps);
    const socket = createSocket({ type: 'udp4', reuseAddr: true });
    await new Promise<void>((resolve) => socket.bind(discoveryPort, () => resolve()));
    const [camera] = makeCameras(1);
    const address = `urn:uuid:${camera!.identity.uuid}`;
    const listener = listenTo(socket, (one) => one.addMembership(discoveryGroup, '127.0.0.1'));
    const mine = (heard: DiscoveryMessage[]) =>
      heard.flatMap((one) => ('target' in one && one.target.address === address ? [one] : []));
    camera!.state.bootCount = 3;
    discovery.hello(camera!);
    await listener.until((heard) => mine(heard).length >= 1);
    camera!.state.metadataVersion = 2;
    discovery.hello(camera!);
    await listener.until((heard) => mine(heard).length >= 2);
    discovery.bye(camera!);
    const heard = mine(await listener.until((all) => mine(all).length >= 3));
    expect(heard.map(({ kind, appSequence, target }) => [kind, appSequence, target.metadataVersion])).toEqual([
      ['Hello', { instanceId: 3, messageNumber: 1 }, 1],
      ['Hello', { instanceId: 3, messageNumber: 2 }, 2],
      ['Bye', { instanceId: 3, messageNumber: 3 }, 0],
    ]);
  });

  test('an interface that is not there is named together with those that are', async () => {
    await expect(startDiscovery({ interfaceName: 'nope0' }, deps)).rejects.toThrow(/no interface "nope0".*lo/);
  });
});
