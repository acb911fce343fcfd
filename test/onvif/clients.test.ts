import { afterEach, describe, expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { formatUsernameToken } from '../../core/soap/ws-security.ts';
import { childOf, childrenOf, textAt } from '../../core/soap/xml.ts';
import type { SignInWay } from '../../device-sim/auth/ways.ts';
import { startFleet } from '../../device-sim/index.ts';
import { c540 } from '../../device-sim/profiles/c540.ts';
import { fleetConfig, fleetDeps } from '../fleet/lab.ts';
import { has, output } from '../lab/foreign.ts';
import { adminPassword, type CameraSetting, type OneCamera, startOneCamera } from './one-camera.ts';

/** What known recorders and clients ask, in their order (issue threads of public projects), as raw requests. */
const cameras: OneCamera[] = [];
async function start(setting: CameraSetting = {}) {
  const cam = await startOneCamera(setting);
  cameras.push(cam);
  return cam;
}
afterEach(async () => {
  for (const cam of cameras.splice(0)) await cam[Symbol.asyncDispose]();
});
const trt = (token: string) => `<trt:ProfileToken>${token}</trt:ProfileToken>`;
const setup = (protocol: string) =>
  `<trt:StreamSetup><tt:Stream>RTP-Unicast</tt:Stream><tt:Transport><tt:Protocol>${protocol}</tt:Protocol></tt:Transport></trt:StreamSetup>`;
const envelope = (body: string) =>
  `<?xml version="1.0" encoding="utf-8"?><SOAP-ENV:Envelope xmlns:SOAP-ENV="http://www.w3.org/2003/05/soap-envelope">${body}</SOAP-ENV:Envelope>`;

test.each(['generic', 'c340'] as const)(
  'Synology asks for a profile of its own on a %s until there is no room, and goes on with those that are there',
  async (profile) => {
    const cam = await start({ profile });
    await cam.get('tds:GetSystemDateAndTime', '', { as: null });
    await cam.get('tds:GetCapabilities', '<tds:Category>All</tds:Category>', { as: null });
    await cam.get('tds:GetDeviceInformation');
    const profiles = childrenOf((await cam.get('trt:GetProfiles')).body, 'Profiles');
    let reply = await cam.ask('trt:CreateProfile', '<trt:Name>SynoProfile</trt:Name>');
    for (let tries = 0; reply.status === 200 && tries < 20; tries++)
      reply = await cam.ask('trt:CreateProfile', '<trt:Name>SynoProfile</trt:Name>');
    expect(reply.fault).toEqual(['Receiver', 'ter:Action', 'ter:MaxNVTProfiles']);
    const [first] = profiles.map(({ attributes }) => attributes['token']!);
    expect((await cam.get('trt:GetStreamUri', setup('RTSP') + trt(first!))).at('MediaUri', 'Uri')).toMatch(/^rtsp:/);
    const properties = await cam.get('tev:GetEventProperties');
    expect(properties.text).toContain('IsMotion');
  },
);

test('a wrong password of Synology is refused by a fault and by a challenge, never by silence', async () => {
  const cam = await start();
  const as = { username: 'admin', password: 'wrong' };
  expect((await cam.ask('tds:GetDeviceInformation', '', { as })).fault).toEqual(['Sender', 'ter:NotAuthorized']);
  const challenged = await cam.ask('tds:GetDeviceInformation', '', { as, by: 'digest' });
  expect([challenged.status, challenged.headers['www-authenticate']]).toEqual([401, expect.stringMatching(/^Digest /)]);
});

test('Hikvision reads whether RTP goes over TCP and asks for the address by UDP', async () => {
  const cam = await start();
  const capabilities = await cam.get('tds:GetCapabilities', '<tds:Category>Media</tds:Category>');
  expect(capabilities.at('Capabilities', 'Media', 'StreamingCapabilities', 'RTP_TCP')).toBe('true');
  for (const protocol of ['UDP', 'RTSP', 'TCP'])
    expect((await cam.get('trt:GetStreamUri', setup(protocol) + trt('main'))).at('MediaUri', 'Uri')).toBe(
      `rtsp://127.0.0.1:${cam.port + 2}/main`,
    );
});

test('Dahua finds in both generations of Media the same codec, which is the one that is streamed', async () => {
  const cam = await start({ profile: 's445' });
  const legacy = childrenOf((await cam.get('trt:GetVideoEncoderConfigurations')).body, 'Configurations');
  const newer = childrenOf((await cam.get('tr2:GetVideoEncoderConfigurations')).body, 'Configurations');
  const seen = (list: typeof legacy) => list.map((one) => [one.attributes['token'], textAt(one, 'Encoding')]);
  const h265 = cam.camera.state.videoEncoders.filter(({ encoding }) => encoding === 'H265');
  expect(seen(newer)).toEqual(cam.camera.state.videoEncoders.map(({ token, encoding }) => [token, encoding]));
  expect(seen(legacy)).toEqual(seen(newer).filter(([token]) => !h265.some((one) => one.token === token)));
});

test('Protect finds in each profile a source, a rate control with a whole frame rate, and a size that the stream has', async () => {
  const cam = await start({ profile: 'c340' });
  for (const profile of childrenOf((await cam.get('trt:GetProfiles')).body, 'Profiles')) {
    expect(textAt(profile, 'VideoSourceConfiguration', 'SourceToken')).toBe('vs');
    const encoder = childOf(profile, 'VideoEncoderConfiguration');
    expect(textAt(encoder, 'RateControl', 'FrameRateLimit')).toMatch(/^\d+$/);
    const state = cam.camera.state.videoEncoders.find(({ token }) => token === encoder!.attributes['token'])!;
    expect([textAt(encoder, 'Resolution', 'Width'), textAt(encoder, 'Resolution', 'Height')]).toEqual([
      String(state.width),
      String(state.height),
    ]);
  }
});

test('Frigate follows somebody: relative moves in the space of the view, a default space in the profile, MoveStatus that tells when it stands', async () => {
  const clock = manualClock();
  const cam = await start({ profile: c540, clock });
  const fov = 'http://www.onvif.org/ver10/tptz/PanTiltSpaces/TranslationSpaceFov';
  const options = await cam.get(
    'tptz:GetConfigurationOptions',
    '<tptz:ConfigurationToken>ptzconf</tptz:ConfigurationToken>',
  );
  expect(options.text).toContain(fov);
  const profiles = await cam.get('trt:GetProfiles');
  expect(profiles.text).toContain('DefaultRelativePanTiltTranslationSpace');
  const capabilities = childOf((await cam.get('tptz:GetServiceCapabilities')).body, 'Capabilities')!.attributes;
  expect(capabilities['MoveStatus']).toBe('true');
  const profile = '<tptz:ProfileToken>profile_1</tptz:ProfileToken>';
  const moving = async () => (await cam.get('tptz:GetStatus', profile)).at('PTZStatus', 'MoveStatus', 'PanTilt');
  await cam.get(
    'tptz:RelativeMove',
    `${profile}<tptz:Translation><tt:PanTilt x="0.5" y="0" space="${fov}"/></tptz:Translation>`,
  );
  expect(await moving()).toBe('MOVING');
  await clock.advance('3s');
  expect(await moving()).toBe('IDLE');
  expect(cam.camera.scene.ptz.pan).toBeGreaterThan(10);
});

test('Home Assistant takes its clock first, then subscribes by pull point and by notification, and is told of everything at once', async () => {
  const cam = await start({ profile: 'c340' });
  expect(
    (await cam.get('tds:GetSystemDateAndTime', '', { as: null })).at('SystemDateAndTime', 'UTCDateTime'),
  ).toBeDefined();
  const capabilities = await cam.get('tds:GetCapabilities', '<tds:Category>All</tds:Category>', { as: null });
  expect(capabilities.at('Capabilities', 'Events', 'WSPullPointSupport')).toBe('true');
  const interfaces = await cam.get('tds:GetNetworkInterfaces');
  expect(interfaces.at('NetworkInterfaces', 'Info', 'HwAddress')).toBe(cam.camera.identity.mac);
  const created = await cam.get(
    'tev:CreatePullPointSubscription',
    '<tev:InitialTerminationTime>PT1H</tev:InitialTerminationTime>',
  );
  const address = new URL(created.at('SubscriptionReference', 'Address')!);
  const at = { path: address.pathname, port: Number(address.port) };
  await cam.get('tev:SetSynchronizationPoint', '', at);
  const pulled = await cam.get(
    'tev:PullMessages',
    '<tev:Timeout>PT60S</tev:Timeout><tev:MessageLimit>100</tev:MessageLimit>',
    at,
  );
  expect(pulled.text).toContain('PropertyOperation="Initialized"');
  expect((await cam.get('wsnt:Renew', '<wsnt:TerminationTime>PT1H</wsnt:TerminationTime>', at)).status).toBe(200);
});

test('the Device Test Tool sends no action anywhere: the body element says what is asked', async () => {
  const cam = await start();
  const body = envelope(
    '<SOAP-ENV:Body><GetSystemDateAndTime xmlns="http://www.onvif.org/ver10/device/wsdl"/></SOAP-ENV:Body>',
  );
  const reply = await cam.post('/onvif/device_service', body, { 'Content-Type': 'application/soap+xml' });
  expect([reply.status, reply.body?.name]).toEqual([200, 'GetSystemDateAndTimeResponse']);
  const other = envelope('<SOAP-ENV:Body><GetProfiles xmlns="http://www.onvif.org/ver20/media/wsdl"/></SOAP-ENV:Body>');
  const refused = await cam.post('/onvif/device_service', other, { 'Content-Type': 'application/soap+xml' });
  expect(refused.status).toBe(401);
  const security = childOf(
    childOf((await cam.get('tds:GetServiceCapabilities')).body, 'Capabilities'),
    'Security',
  )!.attributes;
  expect([security['HttpDigest'], security['UsernameToken']]).toEqual(['true', 'true']);
});

describe('zeep, on which the Python clients stand, sends texts whose prefixes it does not bind', () => {
  const ask = (cam: OneCamera, body: string) => {
    const { markup } = formatUsernameToken({
      username: 'admin',
      password: adminPassword,
      nonce: secureRandom.bytes(16),
      created: new Date(cam.camera.clock.now()).toISOString(),
    });
    const header = `<SOAP-ENV:Header>${markup}</SOAP-ENV:Header><SOAP-ENV:Body>${body}</SOAP-ENV:Body>`;
    return cam.post('/onvif/service', envelope(header), { 'Content-Type': 'application/soap+xml' });
  };
  const filter = (expression: string) =>
    `<CreatePullPointSubscription xmlns="http://www.onvif.org/ver10/events/wsdl"><Filter><w:TopicExpression xmlns:w="http://docs.oasis-open.org/wsn/b-2" Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">${expression}</w:TopicExpression></Filter></CreatePullPointSubscription>`;

  test('a topic filter with tns1 is taken, one with a prefix of nobody is not', async () => {
    const cam = await start();
    expect((await ask(cam, filter('tns1:RuleEngine//.'))).body?.name).toBe('CreatePullPointSubscriptionResponse');
    expect((await ask(cam, filter('topics:RuleEngine//.'))).body?.name).toBe('Fault');
  });

  test('a type of rule is taken back as it was told', async () => {
    const cam = await start();
    const argument = '<ConfigurationToken>VideoAnalyticsToken</ConfigurationToken>';
    const inside = (operation: string, more: string) =>
      `<${operation} xmlns="http://www.onvif.org/ver20/analytics/wsdl">${argument}${more}</${operation}>`;
    const options = await ask(cam, inside('GetRuleOptions', '<RuleType>tt:LineDetector</RuleType>'));
    expect(options.body?.name).toBe('GetRuleOptionsResponse');
    const line =
      '<Rule Name="gate" Type="tt:LineDetector"><o:Parameters xmlns:o="http://www.onvif.org/ver10/schema"><o:ElementItem Name="Segments"><o:Polyline><o:Point x="0" y="0"/><o:Point x="1" y="1"/></o:Polyline></o:ElementItem></o:Parameters></Rule>';
    expect((await ask(cam, inside('CreateRules', line))).body?.name).toBe('CreateRulesResponse');
  });
});

describe.skipIf(!has('curl', 'curl'))('curl, whose library many recorders are built on', () => {
  test.each([
    ['MD5 first by HTTP', 'http', ['--digest']],
    ['whatever is offered by HTTP', 'http', ['--anyauth']],
    ['in one go after the whole request was refused', 'http', ['--digest', '-H', 'Expect: 100-continue']],
    ['by TLS', 'https', ['--digest', '-k']],
    ['with the absolute form of the target, as if to a proxy', 'http', ['--digest', '--request-target', 'ABSOLUTE']],
  ] as const)('signs in by digest: %s', async (_, scheme, flags) => {
    const wish = { name: 'door', profile: 'generic', initialized: true, password: adminPassword };
    await using fleet = await startFleet(fleetConfig({ cameras: [wish] }), fleetDeps());
    const url = `${scheme}://127.0.0.1:${fleet.camera('door').camera.address.ports[scheme]}/onvif/device_service`;
    const body = envelope('<SOAP-ENV:Body><GetUsers xmlns="http://www.onvif.org/ver10/device/wsdl"/></SOAP-ENV:Body>');
    const answer = await output('curl', [
      ...['-sS', '-m', '15', '-u', `admin:${adminPassword}`, '-H', 'Content-Type: application/soap+xml', '-d', body],
      ...flags.map((flag) => (flag === 'ABSOLUTE' ? url : flag)),
      url,
    ]);
    expect(answer).toContain('GetUsersResponse');
  });
});

describe('a camera that takes some ways to sign in only', () => {
  const ways: [SignInWay, 'text' | 'token' | 'digest'][] = [
    ['password-text', 'text'],
    ['password-digest', 'token'],
    ['http-md5', 'digest'],
    ['http-sha256', 'digest'],
  ];
  test.each(ways)('%s alone lets in who comes that way and nobody else', async (way, by) => {
    const wish = { name: 'door', profile: 'generic', initialized: true, password: 'Admin-pass-1', signIn: [way] };
    await using fleet = await startFleet(fleetConfig({ cameras: [wish] }), fleetDeps());
    const cam = await start();
    const { http } = fleet.camera('door').camera.address.ports;
    const clock = fleet.camera('door').camera.clock;
    const ask = (how: 'text' | 'token' | 'digest') =>
      startOneCamera({ clock }).then(async (asker) => {
        cameras.push(asker);
        return (await asker.ask('tds:GetScopes', '', { by: how, port: http })).status;
      });
    expect(cam.port).toBeGreaterThan(0);
    for (const how of ['text', 'token', 'digest'] as const)
      expect([how, (await ask(how)) === 200]).toEqual([how, how === by]);
    const { headers } = await cam.ask('tds:GetScopes', '', { as: null, port: http });
    const offered = headers['www-authenticate'] ?? '';
    expect([offered.includes('algorithm=MD5'), offered.includes('SHA-256')]).toEqual([
      way === 'http-md5',
      way === 'http-sha256',
    ]);
  });
});
