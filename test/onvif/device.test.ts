import { afterEach, describe, expect, test } from 'vitest';
import { formatXsDuration, parseXsDateTime, parseXsDuration } from '../../core/onvif/duration.ts';
import { manualClock } from '../../core/runtime/clock.ts';
import { childOf, childrenOf, textAt } from '../../core/soap/xml.ts';
import { offsetAt, parseTimeZone } from '../../device-sim/onvif/time-zone.ts';
import { adminPassword, type CameraSetting, type OneCamera, startOneCamera } from './one-camera.ts';

const cameras: OneCamera[] = [];
async function start(setting: CameraSetting = {}) {
  const cam = await startOneCamera(setting);
  cameras.push(cam);
  return cam;
}
afterEach(async () => {
  for (const cam of cameras.splice(0)) await cam[Symbol.asyncDispose]();
});

describe('device service', () => {
  test('tells who it is', async () => {
    const cam = await start();
    const reply = await cam.get('tds:GetDeviceInformation');
    expect(reply.at('SerialNumber')).toBe(cam.camera.identity.serial);
    expect(reply.at('FirmwareVersion')).toBe(cam.camera.profile.firmware);
    expect((await cam.get('tds:GetEndpointReference')).at('GUID')).toBe(`urn:uuid:${cam.camera.identity.uuid}`);
    const network = await cam.get('tds:GetNetworkInterfaces');
    expect(network.at('NetworkInterfaces', 'Info', 'HwAddress')).toBe(cam.camera.identity.mac);
    expect(network.at('NetworkInterfaces', 'IPv4', 'Config', 'Manual', 'Address')).toBe('127.0.0.1');
  });

  test('lists services at the address the client used, with and without capabilities', async () => {
    const cam = await start();
    for (const include of ['true', 'false']) {
      const reply = await cam.get('tds:GetServices', `<tds:IncludeCapability>${include}</tds:IncludeCapability>`, {
        as: null,
      });
      const services = childrenOf(reply.body, 'Service');
      expect(services.length).toBeGreaterThan(5);
      for (const service of services) {
        expect(textAt(service, 'XAddr')).toMatch(`http://127.0.0.1:${cam.port}/`);
        expect(service.children.some(({ name }) => name === 'Capabilities')).toBe(include === 'true');
      }
    }
    const named = await cam.post(
      '/onvif/device_service',
      '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><GetCapabilities xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>',
      { Host: 'cam.example:8080' },
    );
    expect(named.at('Capabilities', 'Media', 'XAddr')).toBe('http://cam.example:8080/onvif/media_service');
    const evil = await cam.post(
      '/onvif/device_service',
      '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><GetCapabilities xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>',
      { Host: 'x"><script>' },
    );
    expect(evil.at('Capabilities', 'Media', 'XAddr')).toBe(`http://127.0.0.1:${cam.port}/onvif/media_service`);
  });

  test('VIGI cameras have all but the device service on one path', async () => {
    const cam = await start({ profile: 'c340' });
    const reply = await cam.get('tds:GetServices', '<tds:IncludeCapability>false</tds:IncludeCapability>');
    const paths = childrenOf(reply.body, 'Service').map((service) => new URL(textAt(service, 'XAddr')!).pathname);
    expect([...new Set(paths)].sort()).toEqual(['/onvif/device_service', '/onvif/service']);
  });

  test('scopes are set, added and removed; the fixed ones stay; each change announces itself', async () => {
    let announced = 0;
    const cam = await start({ host: { announce: () => announced++ } });
    const scope = (name: string) => `onvif://www.onvif.org/location/${name}`;
    const fixed = childrenOf((await cam.get('tds:GetScopes')).body, 'Scopes').map((one) => textAt(one, 'ScopeItem')!);
    await cam.get('tds:SetScopes', `<tds:Scopes>${scope('a')}</tds:Scopes><tds:Scopes>${fixed[0]}</tds:Scopes>`);
    await cam.get('tds:AddScopes', `<tds:ScopeItem>${scope('b')}</tds:ScopeItem>`);
    await cam.get('tds:RemoveScopes', `<tds:ScopeItem>${scope('a')}</tds:ScopeItem>`);
    const all = childrenOf((await cam.get('tds:GetScopes')).body, 'Scopes').map((one) => [
      textAt(one, 'ScopeDef'),
      textAt(one, 'ScopeItem'),
    ]);
    expect(all).toEqual([...fixed.map((one) => ['Fixed', one]), ['Configurable', scope('b')]]);
    expect(cam.camera.state.metadataVersion).toBe(4);
    expect(announced).toBe(3);
    expect((await cam.ask('tds:RemoveScopes', `<tds:ScopeItem>${fixed[0]}</tds:ScopeItem>`)).fault).toEqual([
      'Sender',
      'ter:OperationProhibited',
      'ter:FixedScope',
    ]);
    expect((await cam.ask('tds:RemoveScopes', `<tds:ScopeItem>${scope('c')}</tds:ScopeItem>`)).fault?.at(-1)).toBe(
      'ter:NoScope',
    );
    expect((await cam.ask('tds:AddScopes', '<tds:ScopeItem>not a uri</tds:ScopeItem>')).fault?.at(-1)).toBe(
      'ter:InvalidArgVal',
    );
    const many = Array.from({ length: 33 }, (_, n) => `<tds:Scopes>${scope(`n${n}`)}</tds:Scopes>`).join('');
    expect((await cam.ask('tds:SetScopes', many)).fault).toEqual(['Receiver', 'ter:Action', 'ter:TooManyScopes']);
  });

  test('the clock is set by hand, follows NTP again, and refuses what is no time', async () => {
    const clock = manualClock();
    const cam = await start({ clock });
    const set = (inside: string) =>
      `<tds:DateTimeType>Manual</tds:DateTimeType><tds:DaylightSavings>true</tds:DaylightSavings>${inside}`;
    const date = (year: number, month: number, day: number, hour: number) =>
      `<tds:UTCDateTime><tt:Time><tt:Hour>${hour}</tt:Hour><tt:Minute>0</tt:Minute><tt:Second>0</tt:Second></tt:Time><tt:Date><tt:Year>${year}</tt:Year><tt:Month>${month}</tt:Month><tt:Day>${day}</tt:Day></tt:Date></tds:UTCDateTime>`;
    await cam.get(
      'tds:SetSystemDateAndTime',
      set(`<tds:TimeZone><tt:TZ>CET-1CEST,M3.5.0,M10.5.0/3</tt:TZ></tds:TimeZone>${date(2026, 7, 1, 12)}`),
    );
    expect(cam.camera.clock.now()).toBe(Date.UTC(2026, 6, 1, 12));
    const told = await cam.get('tds:GetSystemDateAndTime', '', { as: null });
    expect(told.at('SystemDateAndTime', 'UTCDateTime', 'Time', 'Hour')).toBe('12');
    expect(told.at('SystemDateAndTime', 'LocalDateTime', 'Time', 'Hour')).toBe('14');
    expect((await cam.ask('tds:SetSystemDateAndTime', set(date(2026, 2, 30, 0)))).fault?.at(-1)).toBe(
      'ter:InvalidDateTime',
    );
    expect(
      (await cam.ask('tds:SetSystemDateAndTime', set('<tds:TimeZone><tt:TZ>Berlin</tt:TZ></tds:TimeZone>'))).fault?.at(
        -1,
      ),
    ).toBe('ter:InvalidTimeZone');
    const follow = '<tds:DateTimeType>NTP</tds:DateTimeType><tds:DaylightSavings>false</tds:DaylightSavings>';
    await cam.get('tds:SetSystemDateAndTime', follow);
    expect(cam.camera.clock.now()).toBe(clock.now());
    expect((await cam.ask('tds:SetNTP', '<tds:FromDHCP>false</tds:FromDHCP>')).fault?.at(-1)).toBe(
      'ter:TimeSyncedToNtp',
    );
    await cam.get('tds:SetSystemDateAndTime', set(''));
    await cam.get('tds:SetNTP', '<tds:FromDHCP>false</tds:FromDHCP>');
    expect((await cam.ask('tds:SetSystemDateAndTime', follow)).fault?.at(-1)).toBe('ter:NtpServerUndefined');
  });

  test('summer time is claimed where the zone has one, until a client says otherwise', async () => {
    const cam = await start();
    const claims = async () =>
      (await cam.get('tds:GetSystemDateAndTime', '', { as: null })).at('SystemDateAndTime', 'DaylightSavings');
    expect(await claims()).toBe('false');
    cam.camera.state.timeZone = 'CET-1CEST,M3.5.0,M10.5.0/3';
    cam.camera.save();
    expect(await claims()).toBe('true');
    await cam.get(
      'tds:SetSystemDateAndTime',
      '<tds:DateTimeType>NTP</tds:DateTimeType><tds:DaylightSavings>false</tds:DaylightSavings>',
    );
    expect(await claims()).toBe('false');
  });

  test('users have their rules', async () => {
    const cam = await start();
    const user = (name: string, password: string | undefined, level = 'Operator') =>
      `<tds:User><tt:Username>${name}</tt:Username>${password === undefined ? '' : `<tt:Password>${password}</tt:Password>`}<tt:UserLevel>${level}</tt:UserLevel></tds:User>`;
    await cam.get('tds:CreateUsers', user('guard', 'Guard-pass-1'));
    const as = { username: 'guard', password: 'Guard-pass-1' };
    expect((await cam.ask('tds:GetDeviceInformation', '', { as })).status).toBe(200);
    const fault = async (operation: string, args: string) =>
      (await cam.ask(`tds:${operation}`, args)).fault?.slice(1).join(' ');
    expect(await fault('CreateUsers', user('guard', 'Guard-pass-1'))).toBe('ter:OperationProhibited ter:UsernameClash');
    expect(await fault('CreateUsers', user('', 'Guard-pass-1'))).toBe('ter:OperationProhibited ter:UsernameTooShort');
    expect(await fault('CreateUsers', user('x'.repeat(33), 'Guard-pass-1'))).toBe(
      'ter:OperationProhibited ter:UsernameTooLong',
    );
    expect(await fault('CreateUsers', user('b', 'x'.repeat(65)))).toBe('ter:OperationProhibited ter:PasswordTooLong');
    expect(await fault('CreateUsers', user('b', 'short'))).toBe('ter:OperationProhibited ter:Password');
    expect(await fault('CreateUsers', user('b', undefined))).toBe('ter:OperationProhibited ter:Password');
    expect(await fault('CreateUsers', user('b', 'Guard-pass-1', 'Anonymous'))).toBe(
      'ter:OperationProhibited ter:AnonymousNotAllowed',
    );
    expect(await fault('CreateUsers', user('b', 'Guard-pass-1') + user('b', 'Guard-pass-1'))).toBe(
      'ter:OperationProhibited ter:UsernameClash',
    );
    expect(
      await fault('CreateUsers', Array.from({ length: 20 }, (_, n) => user(`u${n}`, 'Guard-pass-1')).join('')),
    ).toBe('ter:Action ter:TooManyUsers');
    expect(await fault('SetUser', user('nobody', 'Guard-pass-1'))).toBe('ter:InvalidArgVal ter:UsernameMissing');
    expect(await fault('SetUser', user('guard', 'weak'))).toBe('ter:OperationProhibited ter:PasswordTooWeak');
    expect(await fault('SetUser', user('admin', 'Admin-pass-2', 'User'))).toBe('ter:InvalidArgVal ter:FixedUser');
    expect(await fault('DeleteUsers', '<tds:Username>guard</tds:Username><tds:Username>admin</tds:Username>')).toBe(
      'ter:InvalidArgVal ter:FixedUser',
    );
    expect(await fault('DeleteUsers', '<tds:Username>nobody</tds:Username>')).toBe(
      'ter:InvalidArgVal ter:UsernameMissing',
    );
    expect(cam.camera.state.users.map(({ username }) => username)).toEqual(['admin', 'guard']);
    await cam.get('tds:SetUser', user('guard', 'Guard-pass-2', 'User'));
    expect((await cam.ask('tds:GetDeviceInformation', '', { as })).status).toBe(400);
    await cam.get('tds:DeleteUsers', '<tds:Username>guard</tds:Username>');
    expect((await cam.get('tds:GetUsers')).text).not.toContain(adminPassword);
  });

  test('password rules that are set are followed, and locked ones stay', async () => {
    const cam = await start();
    const user = (password: string) =>
      `<tds:User><tt:Username>guard</tt:Username><tt:Password>${password}</tt:Password><tt:UserLevel>User</tt:UserLevel></tds:User>`;
    const rules = (more = '') =>
      `<tds:MinLen>10</tds:MinLen><tds:Uppercase>1</tds:Uppercase><tds:Number>2</tds:Number><tds:SpecialChars>1</tds:SpecialChars><tds:BlockUsernameOccurrence>true</tds:BlockUsernameOccurrence>${more}`;
    await cam.get('tds:SetPasswordComplexityConfiguration', rules());
    for (const weak of ['Short-12', 'nouppers-12', 'Nonumbers-1', 'Nospecial12', 'My-Guard-12']) {
      expect((await cam.ask('tds:CreateUsers', user(weak))).fault?.at(-1)).toBe('ter:Password');
    }
    await cam.get('tds:CreateUsers', user('Strong-pass-12'));
    expect((await cam.ask('tds:SetPasswordComplexityConfiguration', '<tds:MinLen>99</tds:MinLen>')).fault).toEqual([
      'Sender',
      'ter:InvalidArgVal',
    ]);
    await cam.get(
      'tds:SetPasswordComplexityConfiguration',
      rules('<tds:PolicyConfigurationLocked>true</tds:PolicyConfigurationLocked>'),
    );
    expect((await cam.ask('tds:SetPasswordComplexityConfiguration', rules())).fault).toEqual([
      'Sender',
      'ter:InvalidArgVal',
    ]);
  });

  test('the account of a paired gateway is not taken from it', async () => {
    const cam = await start();
    cam.camera.state.users.push({ username: 'vms', password: 'a-long-password', level: 'Administrator' });
    cam.camera.state.pairing = { username: 'vms' } as never;
    expect((await cam.ask('tds:DeleteUsers', '<tds:Username>vms</tds:Username>')).fault?.at(-1)).toBe('ter:FixedUser');
  });

  test.each([
    ['tds:SetHostname', '<tds:Name>under_score</tds:Name>', 'ter:InvalidHostname'],
    [
      'tds:SetDNS',
      '<tds:FromDHCP>false</tds:FromDHCP><tds:DNSManual><tt:Type>IPv4</tt:Type><tt:IPv4Address>1.2.3</tt:IPv4Address></tds:DNSManual>',
      'ter:InvalidIPv4Address',
    ],
    [
      'tds:SetNTP',
      '<tds:FromDHCP>false</tds:FromDHCP><tds:NTPManual><tt:Type>DNS</tt:Type><tt:DNSname>-x-</tt:DNSname></tds:NTPManual>',
      'ter:InvalidDnsName',
    ],
    [
      'tds:SetNTP',
      '<tds:FromDHCP>false</tds:FromDHCP><tds:NTPManual><tt:Type>IPv6</tt:Type><tt:IPv6Address>zz</tt:IPv6Address></tds:NTPManual>',
      'ter:InvalidIPv6Address',
    ],
    [
      'tds:SetNetworkInterfaces',
      '<tds:InterfaceToken>eth9</tds:InterfaceToken><tds:NetworkInterface/>',
      'ter:InvalidNetworkInterface',
    ],
    [
      'tds:SetNetworkInterfaces',
      '<tds:InterfaceToken>eth0</tds:InterfaceToken><tds:NetworkInterface><tt:MTU>9</tt:MTU></tds:NetworkInterface>',
      'ter:InvalidMtuValue',
    ],
    [
      'tds:SetNetworkInterfaces',
      '<tds:InterfaceToken>eth0</tds:InterfaceToken><tds:NetworkInterface><tt:IPv4><tt:Manual><tt:Address>10.9.8.7</tt:Address><tt:PrefixLength>24</tt:PrefixLength></tt:Manual></tt:IPv4></tds:NetworkInterface>',
      'ter:InvalidIPv4Address',
    ],
    [
      'tds:SetNetworkProtocols',
      '<tds:NetworkProtocols><tt:Name>FTP</tt:Name><tt:Enabled>true</tt:Enabled><tt:Port>21</tt:Port></tds:NetworkProtocols>',
      'ter:ServiceNotSupported',
    ],
    [
      'tds:SetNetworkProtocols',
      '<tds:NetworkProtocols><tt:Name>HTTP</tt:Name><tt:Enabled>true</tt:Enabled><tt:Port>1</tt:Port></tds:NetworkProtocols>',
      'ter:PortAlreadyInUse',
    ],
    ['tds:SetNetworkDefaultGateway', '<tds:IPv4Address>1.2.3</tds:IPv4Address>', 'ter:InvalidIPv4Address'],
    [
      'tds:SetZeroConfiguration',
      '<tds:InterfaceToken>eth9</tds:InterfaceToken><tds:Enabled>true</tds:Enabled>',
      'ter:InvalidNetworkInterface',
    ],
    [
      'tds:SetRelayOutputState',
      '<tds:RelayOutputToken>relay_9</tds:RelayOutputToken><tds:LogicalState>active</tds:LogicalState>',
      'ter:RelayToken',
    ],
    [
      'tds:SetRelayOutputSettings',
      '<tds:RelayOutputToken>relay_1</tds:RelayOutputToken><tds:Properties><tt:Mode>Monostable</tt:Mode><tt:DelayTime>PT1H</tt:DelayTime><tt:IdleState>open</tt:IdleState></tds:Properties>',
      'ter:ModeError',
    ],
    [
      'tds:SendAuxiliaryCommand',
      '<tds:AuxiliaryCommand>tt:Wiper|On</tds:AuxiliaryCommand>',
      'ter:AuxiliaryDataNotSupported',
    ],
    ['tds:GetSystemLog', '<tds:LogType>Access</tds:LogType>', 'ter:AccesslogUnavailable'],
    ['tds:SetGeoLocation', '<tds:Location AutoGeo="true"/>', 'ter:NoAutoGeo'],
    ['tds:DeleteGeoLocation', '<tds:Location Entity="x"/>', 'ter:NoConfig'],
  ])('%s refuses what will not do (%#)', async (operation, args, subcode) => {
    const cam = await start();
    expect((await cam.ask(operation, args)).fault?.at(-1)).toBe(subcode);
  });

  test('an address filter keeps others out', async () => {
    const cam = await start();
    const filter = (type: string, address: string) =>
      `<tds:IPAddressFilter><tt:Type>${type}</tt:Type><tt:IPv4Address><tt:Address>${address}</tt:Address><tt:PrefixLength>8</tt:PrefixLength></tt:IPv4Address></tds:IPAddressFilter>`;
    await cam.get('tds:SetIPAddressFilter', filter('Allow', '127.0.0.0'));
    expect((await cam.ask('tds:GetHostname')).status).toBe(200);
    expect((await cam.ask('tds:RemoveIPAddressFilter', filter('Allow', '10.0.0.0'))).fault?.at(-1)).toBe(
      'ter:NoIPv4Address',
    );
    await cam.get('tds:SetIPAddressFilter', filter('Deny', '127.0.0.0'));
    await expect(cam.ask('tds:GetHostname')).rejects.toThrow();
  });

  test('a reboot comes after the answer', async () => {
    let reboots = 0;
    const cam = await start({ host: { reboot: () => reboots++ } });
    expect((await cam.get('tds:SystemReboot')).at('Message')).toBe('Rebooting now');
    await new Promise((resolve) => setImmediate(resolve));
    expect(reboots).toBe(1);
  });

  test('a soft reset keeps users and network, a hard one leaves a camera from the factory', async () => {
    let reboots = 0;
    const cam = await start({ host: { reboot: () => reboots++ } });
    const { state } = cam.camera;
    await cam.get('tds:SetHostname', '<tds:Name>kept</tds:Name>');
    await cam.get('tds:SetScopes', '<tds:Scopes>onvif://www.onvif.org/location/x</tds:Scopes>');
    await cam.get('trt:CreateProfile', '<trt:Name>mine</trt:Name>');
    await cam.get('tds:SetSystemFactoryDefault', '<tds:FactoryDefault>Soft</tds:FactoryDefault>');
    await until(() => reboots === 1);
    expect(state).toMatchObject({ initialized: true, hostname: 'kept', scopes: [] });
    expect(state.mediaProfiles).toHaveLength(2);
    await cam.get('tds:SetSystemFactoryDefault', '<tds:FactoryDefault>Hard</tds:FactoryDefault>');
    await until(() => reboots === 2);
    expect(state).toMatchObject({ initialized: false, users: [], extra: {} });
    expect(state.hostname).not.toBe('kept');
    expect((await cam.ask('tds:GetUsers')).status).toBe(401);
  });
});

describe('connectors', () => {
  test('a relay switches, falls back by itself when monostable, and tells both', async () => {
    const clock = manualClock();
    const cam = await start({ clock });
    const states: string[] = [];
    cam.camera.events.subscribe(({ topic, data }) => {
      if (topic.endsWith('Relay')) states.push(data['LogicalState']!);
    });
    const set = (state: string) =>
      cam.get(
        'tds:SetRelayOutputState',
        `<tds:RelayOutputToken>relay_1</tds:RelayOutputToken><tds:LogicalState>${state}</tds:LogicalState>`,
      );
    await set('active');
    await set('inactive');
    await cam.get(
      'tmd:SetRelayOutputSettings',
      '<tmd:RelayOutput token="relay_1"><tt:Properties><tt:Mode>Monostable</tt:Mode><tt:DelayTime>PT3S</tt:DelayTime><tt:IdleState>closed</tt:IdleState></tt:Properties></tmd:RelayOutput>',
    );
    await set('active');
    await clock.advance('2s');
    expect(states).toEqual(['active', 'inactive', 'active']);
    await clock.advance('1s');
    expect(states.at(-1)).toBe('inactive');
    expect((await cam.get('tds:GetRelayOutputs')).at('RelayOutputs', 'Properties', 'Mode')).toBe('Monostable');
    expect(cam.camera.events.properties().some(({ topic }) => topic.endsWith('Relay'))).toBe(true);
  });

  test('a digital input keeps its idle state', async () => {
    const cam = await start();
    await cam.get('tmd:SetDigitalInputConfigurations', '<tmd:DigitalInputs token="input_1" IdleState="closed"/>');
    expect((await cam.get('tmd:GetDigitalInputs')).body!.children[0]!.attributes).toEqual({
      token: 'input_1',
      IdleState: 'closed',
    });
    expect(
      (
        await cam.ask('tmd:SetDigitalInputConfigurations', '<tmd:DigitalInputs token="input_9" IdleState="closed"/>')
      ).fault?.at(-1),
    ).toBe('ter:NoConfig');
    expect(
      (
        await cam.ask('tmd:SetDigitalInputConfigurations', '<tmd:DigitalInputs token="input_1" IdleState="ajar"/>')
      ).fault?.at(-1),
    ).toBe('ter:SettingsInvalid');
  });
});

test('the account at other devices is kept and its password never told', async () => {
  const cam = await start();
  const user = (more: string) =>
    `<tds:RemoteUser><tt:Username>upstream</tt:Username>${more}<tt:UseDerivedPassword>true</tt:UseDerivedPassword></tds:RemoteUser>`;
  await cam.get('tds:SetRemoteUser', user('<tt:Password>Up-stream-1</tt:Password>'));
  const reply = await cam.get('tds:GetRemoteUser');
  expect([reply.at('RemoteUser', 'Username'), reply.at('RemoteUser', 'UseDerivedPassword')]).toEqual([
    'upstream',
    'true',
  ]);
  expect(reply.text).not.toContain('Up-stream-1');
  await cam.get('tds:SetRemoteUser');
  expect((await cam.get('tds:GetRemoteUser')).at('RemoteUser')).toBeUndefined();
});

describe('imaging', () => {
  const source = '<timg:VideoSourceToken>vs</timg:VideoSourceToken>';
  test('keeps what is set and leaves the rest as it was', async () => {
    const cam = await start();
    await cam.get(
      'timg:SetImagingSettings',
      `${source}<timg:ImagingSettings><tt:Brightness>70</tt:Brightness><tt:IrCutFilter>OFF</tt:IrCutFilter></timg:ImagingSettings>`,
    );
    const reply = await cam.get('timg:GetImagingSettings', source);
    expect([
      reply.at('ImagingSettings', 'Brightness'),
      reply.at('ImagingSettings', 'IrCutFilter'),
      reply.at('ImagingSettings', 'Contrast'),
    ]).toEqual(['70', 'OFF', '50']);
    const fault = async (operation: string, args: string) => (await cam.ask(`timg:${operation}`, args)).fault?.at(-1);
    expect(
      await fault(
        'SetImagingSettings',
        `${source}<timg:ImagingSettings><tt:Brightness>101</tt:Brightness></timg:ImagingSettings>`,
      ),
    ).toBe('ter:SettingsInvalid');
    expect(
      await fault(
        'SetImagingSettings',
        `${source}<timg:ImagingSettings><tt:IrCutFilter>MAYBE</tt:IrCutFilter></timg:ImagingSettings>`,
      ),
    ).toBe('ter:SettingsInvalid');
    expect(await fault('GetImagingSettings', '<timg:VideoSourceToken>none</timg:VideoSourceToken>')).toBe(
      'ter:NoSource',
    );
    expect(
      await fault('Move', `${source}<timg:Focus><tt:Absolute><tt:Position>1</tt:Position></tt:Absolute></timg:Focus>`),
    ).toBe('ter:NoImagingForSource');
  });

  test('a preset sets what it stands for, and is in force until something of it is changed', async () => {
    const cam = await start();
    const current = async () =>
      childOf((await cam.get('timg:GetCurrentPreset', source)).body, 'Preset')?.attributes['token'];
    expect(await current()).toBeUndefined();
    expect(childrenOf((await cam.get('timg:GetPresets', source)).body, 'Preset').length).toBeGreaterThan(1);
    await cam.get('timg:SetCurrentPreset', `${source}<timg:PresetToken>night</timg:PresetToken>`);
    expect(await current()).toBe('night');
    const settings = await cam.get('timg:GetImagingSettings', source);
    expect(settings.at('ImagingSettings', 'IrCutFilter')).toBe('OFF');
    await cam.get(
      'timg:SetImagingSettings',
      `${source}<timg:ImagingSettings><tt:Brightness>33</tt:Brightness></timg:ImagingSettings>`,
    );
    expect(await current()).toBeUndefined();
    const unknown = await cam.ask('timg:SetCurrentPreset', `${source}<timg:PresetToken>fog</timg:PresetToken>`);
    expect(unknown.fault).toEqual(['Sender', 'ter:InvalidArgVal', 'ter:NoImagingPreset']);
  });

  test('a lens with a motor moves its focus in time', async () => {
    const clock = manualClock();
    const { c540 } = await import('../../device-sim/profiles/c540.ts');
    const cam = await start({ clock, profile: { ...c540, zoom: true } });
    await cam.get(
      'timg:Move',
      `${source}<timg:Focus><tt:Absolute><tt:Position>1</tt:Position></tt:Absolute></timg:Focus>`,
    );
    await clock.advance('500ms');
    let status = await cam.get('timg:GetStatus', source);
    expect([
      status.at('Status', 'FocusStatus20', 'Position'),
      status.at('Status', 'FocusStatus20', 'MoveStatus'),
    ]).toEqual(['0.75', 'MOVING']);
    await clock.advance('2s');
    status = await cam.get('timg:GetStatus', source);
    expect([
      status.at('Status', 'FocusStatus20', 'Position'),
      status.at('Status', 'FocusStatus20', 'MoveStatus'),
    ]).toEqual(['1', 'IDLE']);
  });
});

describe('texts in the picture', () => {
  test('the name is the name of the camera, by either generation', async () => {
    const cam = await start();
    const osd = (prefix: string, text: string) =>
      `<${prefix}:OSD token="osd_name"><tt:VideoSourceConfigurationToken>vsconf</tt:VideoSourceConfigurationToken><tt:Type>Text</tt:Type><tt:Position><tt:Type>UpperLeft</tt:Type></tt:Position><tt:TextString><tt:Type>Plain</tt:Type><tt:PlainText>${text}</tt:PlainText></tt:TextString></${prefix}:OSD>`;
    await cam.get('tr2:SetOSD', osd('tr2', 'North gate'));
    expect(cam.camera.state.deviceName).toBe('North gate');
    expect(
      (await cam.get('trt:GetOSD', '<trt:OSDToken>osd_name</trt:OSDToken>')).at('OSD', 'TextString', 'PlainText'),
    ).toBe('North gate');
    expect((await cam.ask('tr2:SetOSD', osd('tr2', 'x'.repeat(65)))).fault?.at(-1)).toBe('ter:ConfigModify');
    for (let n = 2; n < 4; n++) await cam.get('trt:CreateOSD', osd('trt', `n${n}`));
    expect((await cam.ask('trt:CreateOSD', osd('trt', 'more'))).fault).toEqual([
      'Receiver',
      'ter:Action',
      'ter:MaxOSDs',
    ]);
    await cam.get('tr2:DeleteOSD', '<tr2:OSDToken>osd_1</tr2:OSDToken>');
    expect((await cam.ask('tr2:DeleteOSD', '<tr2:OSDToken>osd_1</tr2:OSDToken>')).fault?.at(-1)).toBe('ter:NoConfig');
  });
});

describe('analytics', () => {
  const of = '<tan:ConfigurationToken>VideoAnalyticsToken</tan:ConfigurationToken>';
  const rule = (name: string, type: string, parameters: string) =>
    `<tan:Rule Name="${name}" Type="tt:${type}"><tt:Parameters>${parameters}</tt:Parameters></tan:Rule>`;
  const field =
    '<tt:ElementItem Name="Field"><tt:Polygon><tt:Point x="0" y="0"/><tt:Point x="1" y="0"/><tt:Point x="1" y="1"/></tt:Polygon></tt:ElementItem>';

  test('a rule that is deleted takes its property with it and raises nothing until it is made again', async () => {
    const cam = await start();
    const heard: string[] = [];
    cam.camera.events.subscribe(({ topic, operation, data }) =>
      heard.push(`${topic.split('/').at(-1)} ${operation} ${Object.values(data)}`),
    );
    await cam.get('tan:DeleteRules', `${of}<tan:RuleName>FieldRule</tan:RuleName>`);
    cam.camera.trigger('intrusion', true);
    cam.camera.trigger('intrusion', false);
    expect(heard).toEqual(['ObjectsInside Deleted false']);
    await cam.get('tan:CreateRules', of + rule('FieldRule', 'FieldDetector', field));
    cam.camera.trigger('intrusion', true);
    expect(heard.slice(1)).toEqual(['ObjectsInside Initialized false', 'ObjectsInside Changed true']);
  });

  test('rules have their faults', async () => {
    const cam = await start();
    const fault = async (operation: string, args: string) =>
      (await cam.ask(`tan:${operation}`, args)).fault?.slice(1).join(' ');
    expect(await fault('CreateRules', of + rule('x', 'Unknown', ''))).toBe('ter:InvalidArgVal ter:InvalidRule');
    expect(await fault('CreateRules', of + rule('x', 'FieldDetector', ''))).toBe('ter:InvalidArgVal ter:InvalidRule');
    expect(
      await fault('CreateRules', of + rule('x', 'FieldDetector', `${field}<tt:SimpleItem Name="No" Value="1"/>`)),
    ).toBe('ter:InvalidArgVal ter:InvalidRule');
    expect(await fault('CreateRules', of + rule('FieldRule', 'FieldDetector', field))).toBe(
      'ter:InvalidArgVal ter:RuleAlreadyExistent',
    );
    expect(await fault('ModifyRules', of + rule('nope', 'FieldDetector', field))).toBe(
      'ter:InvalidArgVal ter:RuleNotExistent',
    );
    expect(await fault('ModifyRules', of + rule('LineRule', 'FieldDetector', field))).toBe(
      'ter:Action ter:TypeChangeProhibited',
    );
    expect(await fault('DeleteRules', `${of}<tan:RuleName>nope</tan:RuleName>`)).toBe(
      'ter:InvalidArgVal ter:RuleNotExistent',
    );
    expect(await fault('GetRules', '<tan:ConfigurationToken>nope</tan:ConfigurationToken>')).toBe(
      'ter:InvalidArgVal ter:NoConfig',
    );
    for (let n = 3; n < 12; n++) await cam.get('tan:CreateRules', of + rule(`r${n}`, 'FieldDetector', field));
    expect(await fault('CreateRules', of + rule('one-more', 'FieldDetector', field))).toBe(
      'ter:Action ter:TooManyRules',
    );
  });

  test('a modified rule is read back as it was set', async () => {
    const cam = await start();
    await cam.get('tan:ModifyRules', of + rule('FieldRule', 'FieldDetector', field));
    expect((await cam.get('tan:GetRules', of)).text).toMatch(/<tan:Rule Name="FieldRule".*x="0" y="0".*<\/tan:Rule>/s);
    expect((await cam.get('tr2:GetAnalyticsConfigurations')).text).toContain('Name="FieldRule"');
  });
});

describe('durations and times', () => {
  test.each([
    ['PT1S', 1000],
    ['PT1.5S', 1500],
    ['PT1M30S', 90_000],
    ['P1DT1H', 90_000_000],
    ['-PT5S', -5000],
    ['PT0S', 0],
    ['P', undefined],
    ['PT', undefined],
    ['P1DT', undefined],
    ['1S', undefined],
    ['PT-1S', undefined],
    ['PT1S ', 1000],
  ])('%s is %s', (text, ms) => {
    expect(parseXsDuration(text)).toBe(ms);
  });

  test('what is written is read again', () => {
    for (const ms of [0, 1000, 1500, 90_000, -5000]) expect(parseXsDuration(formatXsDuration(ms))).toBe(ms);
  });

  test.each([
    ['2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)],
    ['2026-01-01T00:00:00', Date.UTC(2026, 0, 1)],
    ['2026-01-01T01:00:00.250+01:00', Date.UTC(2026, 0, 1) + 250],
    ['2026-02-29T00:00:00Z', undefined],
    ['2026-01-01T24:00:00Z', undefined],
    ['2026-01-01', undefined],
    ['yesterday', undefined],
  ])('%s is %s', (text, at) => {
    expect(parseXsDateTime(text)).toBe(at);
  });
});

describe('time zones', () => {
  const hour = 3600;
  test.each([
    ['UTC0', '2026-07-01', 0],
    ['CST-8', '2026-07-01', 8 * hour],
    ['CET-1CEST,M3.5.0,M10.5.0/3', '2026-01-01', hour],
    ['CET-1CEST,M3.5.0,M10.5.0/3', '2026-07-01', 2 * hour],
    ['CET-1CEST,M3.5.0,M10.5.0/3', '2026-03-29T00:59:59Z', hour],
    ['CET-1CEST,M3.5.0,M10.5.0/3', '2026-03-29T01:00:00Z', 2 * hour],
    ['CET-1CEST,M3.5.0,M10.5.0/3', '2026-10-25T00:59:59Z', 2 * hour],
    ['CET-1CEST,M3.5.0,M10.5.0/3', '2026-10-25T01:00:00Z', hour],
    ['EST5EDT', '2026-07-01', -4 * hour],
    ['AEST-10AEDT,M10.1.0,M4.1.0/3', '2026-01-01', 11 * hour],
    ['AEST-10AEDT,M10.1.0,M4.1.0/3', '2026-07-01', 10 * hour],
    ['<+0330>-3:30', '2026-07-01', 3.5 * hour],
    ['IST-5:30', '2026-07-01', 5.5 * hour],
    ['XXX3YYY,J60/0,J300/0', '2026-03-02', -2 * hour],
  ])('%s on %s is %s', (zone, at, offset) => {
    expect(offsetAt(parseTimeZone(zone)!, Date.parse(at), true)).toBe(offset);
  });

  test('the flag switches summer time off', () => {
    expect(offsetAt(parseTimeZone('CET-1CEST,M3.5.0,M10.5.0/3')!, Date.parse('2026-07-01'), false)).toBe(hour);
  });

  test.each(['', 'Berlin', 'GMT', 'UTC+25', 'CET-1CEST,M13.1.0,M10.5.0', 'CET-1CEST,M3.5.0', 'C0', 'UTC+8:75'])(
    '"%s" is none',
    (zone) => {
      expect(parseTimeZone(zone)).toBeUndefined();
    },
  );
});

async function until(done: () => boolean) {
  while (!done()) await new Promise((resolve) => setImmediate(resolve));
}
