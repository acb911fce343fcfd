import { afterEach, describe, expect, test } from 'vitest';
import { childOf, childrenOf, textAt, type XmlElement } from '../../core/soap/xml.ts';
import { type CameraSetting, type OneCamera, startOneCamera } from './one-camera.ts';

const cameras: OneCamera[] = [];
async function start(setting: CameraSetting = {}) {
  const cam = await startOneCamera(setting);
  cameras.push(cam);
  const events: string[] = [];
  cam.camera.events.subscribe(({ topic, source }) =>
    events.push(`${topic.split('/').at(-1)} ${Object.values(source).join(' ')}`),
  );
  return { cam, events };
}
afterEach(async () => {
  for (const cam of cameras.splice(0)) await cam[Symbol.asyncDispose]();
});

const token = (text: string) => `<trt:ProfileToken>${text}</trt:ProfileToken>`;
const configuration = (text: string) => `<trt:ConfigurationToken>${text}</trt:ConfigurationToken>`;
const setup = (stream: string, protocol: string) =>
  `<trt:StreamSetup><tt:Stream>${stream}</tt:Stream><tt:Transport><tt:Protocol>${protocol}</tt:Protocol></tt:Transport></trt:StreamSetup>`;

interface Encoder {
  encoding?: string;
  width?: number;
  height?: number;
  quality?: number;
  fps?: number;
  bitrate?: number;
  gov?: number;
  profile?: string;
}
const encoder1 = (of: string, e: Encoder = {}) =>
  `<trt:Configuration token="${of}"><tt:Name>new name</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>${e.encoding ?? 'H264'}</tt:Encoding>` +
  `<tt:Resolution><tt:Width>${e.width ?? 1280}</tt:Width><tt:Height>${e.height ?? 720}</tt:Height></tt:Resolution><tt:Quality>${e.quality ?? 4}</tt:Quality>` +
  `<tt:RateControl><tt:FrameRateLimit>${e.fps ?? 10}</tt:FrameRateLimit><tt:EncodingInterval>1</tt:EncodingInterval><tt:BitrateLimit>${e.bitrate ?? 1000}</tt:BitrateLimit></tt:RateControl>` +
  `<tt:H264><tt:GovLength>${e.gov ?? 20}</tt:GovLength><tt:H264Profile>${e.profile ?? 'High'}</tt:H264Profile></tt:H264>` +
  `<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address><tt:Port>0</tt:Port><tt:TTL>1</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>` +
  `<tt:SessionTimeout>PT60S</tt:SessionTimeout></trt:Configuration><trt:ForcePersistence>true</trt:ForcePersistence>`;
const encoder2 = (of: string, e: Encoder = {}) =>
  `<tr2:Configuration token="${of}" GovLength="${e.gov ?? 20}" Profile="${e.profile ?? 'High'}"><tt:Name>new name</tt:Name><tt:UseCount>1</tt:UseCount><tt:Encoding>${e.encoding ?? 'H264'}</tt:Encoding>` +
  `<tt:Resolution><tt:Width>${e.width ?? 1280}</tt:Width><tt:Height>${e.height ?? 720}</tt:Height></tt:Resolution>` +
  `<tt:RateControl><tt:FrameRateLimit>${e.fps ?? 10}</tt:FrameRateLimit><tt:BitrateLimit>${e.bitrate ?? 1000}</tt:BitrateLimit></tt:RateControl><tt:Quality>${e.quality ?? 4}</tt:Quality></tr2:Configuration>`;

describe('profiles', () => {
  test.each(['generic', 'c340', 'c540', 's445'] as const)(
    'of %s are ready to use and say what the stream is',
    async (profile) => {
      const { cam } = await start({ profile });
      const reply = await cam.get('trt:GetProfiles');
      const profiles = childrenOf(reply.body, 'Profiles');
      expect(profiles).toHaveLength(cam.camera.profile.streams.length);
      profiles.forEach((one, at) => {
        const stream = cam.camera.profile.streams[at]!;
        const encoder = childOf(one, 'VideoEncoderConfiguration');
        expect(one.attributes['token']).toBe(stream.profileToken);
        expect([textAt(encoder, 'Resolution', 'Width'), textAt(encoder, 'Resolution', 'Height')]).toEqual([
          String(stream.width),
          String(stream.height),
        ]);
        expect(textAt(encoder, 'RateControl', 'FrameRateLimit')).toBe(String(stream.fps));
        expect(childOf(one, 'PTZConfiguration') !== undefined).toBe(cam.camera.profile.ptz);
      });
    },
  );

  test('the list of profiles says at once what each profile says, after every change', async () => {
    const { cam } = await start();
    const parts = ({ attributes, children }: XmlElement): unknown => [
      attributes,
      children.map((child) => [child.name, child.text, parts(child)]),
    ];
    let before: unknown[] = [];
    const changed = async () => {
      const listed = childrenOf((await cam.get('trt:GetProfiles')).body, 'Profiles');
      const singly = await Promise.all(
        listed.map(async ({ attributes }) => {
          const { body } = await cam.get('trt:GetProfile', token(attributes['token']!));
          return childOf(body, 'Profile')!;
        }),
      );
      expect(listed.map(parts)).toEqual(singly.map(parts));
      expect(listed.map(parts)).not.toEqual(before);
      before = listed.map(parts);
    };
    await changed();
    await cam.get('trt:SetVideoEncoderConfiguration', encoder1('veconf_1', { fps: 12 }));
    await changed();
    await cam.get('tr2:SetVideoEncoderConfiguration', encoder2('veconf_1', { fps: 9 }));
    await changed();
    await cam.get('trt:CreateProfile', '<trt:Name>extra</trt:Name><trt:Token>extra</trt:Token>');
    await changed();
    await cam.get('trt:AddVideoSourceConfiguration', `${token('extra')}${configuration('vsconf')}`);
    await changed();
    await cam.get('trt:RemoveVideoSourceConfiguration', token('extra'));
    await changed();
    await cam.get('trt:DeleteProfile', token('extra'));
    await changed();
  });

  test('are created, filled, emptied and deleted, each with its event', async () => {
    const { cam, events } = await start();
    const created = await cam.get('trt:CreateProfile', '<trt:Name>SynoProfile</trt:Name><trt:Token>syno</trt:Token>');
    expect(childOf(created.body, 'Profile')?.attributes).toMatchObject({ token: 'syno', fixed: 'false' });
    await cam.get('trt:AddVideoSourceConfiguration', token('syno') + configuration('vsconf'));
    await cam.get('trt:AddVideoEncoderConfiguration', token('syno') + configuration('veconf_2'));
    expect(
      (await cam.get('trt:GetStreamUri', setup('RTP-Unicast', 'RTSP') + token('syno'))).at('MediaUri', 'Uri'),
    ).toMatch(/\/sub$/);
    expect((await cam.ask('trt:RemoveVideoSourceConfiguration', token('syno'))).fault).toEqual([
      'Receiver',
      'ter:Action',
      'ter:ConfigurationConflict',
    ]);
    await cam.get('trt:RemoveVideoEncoderConfiguration', token('syno'));
    await cam.get('trt:RemoveVideoSourceConfiguration', token('syno'));
    await cam.get('trt:RemoveVideoSourceConfiguration', token('syno'));
    await cam.get('trt:DeleteProfile', token('syno'));
    expect((await cam.ask('trt:GetProfile', token('syno'))).fault).toEqual([
      'Sender',
      'ter:InvalidArgVal',
      'ter:NoProfile',
    ]);
    expect(events).toEqual(Array(6).fill('ProfileChanged syno'));
  });

  test('have their faults', async () => {
    const { cam } = await start();
    expect((await cam.ask('trt:DeleteProfile', token('main'))).fault).toEqual([
      'Sender',
      'ter:Action',
      'ter:DeletionOfFixedProfile',
    ]);
    expect(
      (await cam.ask('trt:CreateProfile', '<trt:Name>x</trt:Name><trt:Token>main</trt:Token>')).fault?.at(-1),
    ).toBe('ter:ProfileExists');
    expect(
      (await cam.ask('trt:AddVideoEncoderConfiguration', token('main') + configuration('nope'))).fault?.at(-1),
    ).toBe('ter:NoConfig');
    expect((await cam.ask('trt:AddPTZConfiguration', token('main') + configuration('ptzconf'))).fault?.at(-1)).toBe(
      'ter:PTZNotSupported',
    );
    const { cam: empty } = await start();
    const one = (await empty.get('trt:CreateProfile', '<trt:Name>empty</trt:Name>')).body;
    const its = childOf(one, 'Profile')!.attributes['token']!;
    expect(
      (await empty.ask('trt:AddVideoEncoderConfiguration', token(its) + configuration('veconf_1'))).fault?.at(-1),
    ).toBe('ter:ConfigurationConflict');
    expect((await empty.ask('trt:GetStreamUri', setup('RTP-Unicast', 'RTSP') + token(its))).fault?.at(-1)).toBe(
      'ter:IncompleteConfiguration',
    );
  });

  test('end at a limit that is told by the fault Synology waits for', async () => {
    const { cam } = await start();
    const most = Number(
      childOf(childOf((await cam.get('trt:GetServiceCapabilities')).body, 'Capabilities'), 'ProfileCapabilities')!
        .attributes['MaximumNumberOfProfiles'],
    );
    for (let n = cam.camera.state.mediaProfiles.length; n < most; n++)
      await cam.get('trt:CreateProfile', `<trt:Name>p${n}</trt:Name>`);
    expect((await cam.ask('trt:CreateProfile', '<trt:Name>SynoProfile</trt:Name>')).fault).toEqual([
      'Receiver',
      'ter:Action',
      'ter:MaxNVTProfiles',
    ]);
    expect((await cam.ask('tr2:CreateProfile', '<tr2:Name>SynoProfile</tr2:Name>')).fault?.at(-1)).toBe(
      'ter:MaxNVTProfiles',
    );
  });
});

describe('video encoders', () => {
  test('what Set sets is what Get gets, in both generations, and what the stream reads', async () => {
    const { cam, events } = await start();
    await cam.get('trt:SetVideoEncoderConfiguration', encoder1('veconf_1', { fps: 12, gov: 24, profile: 'Baseline' }));
    expect(cam.camera.state.videoEncoders[0]).toMatchObject({
      width: 1280,
      height: 720,
      fps: 12,
      bitrateKbps: 1000,
      govLength: 24,
      profile: 'Baseline',
      quality: 4,
    });
    const got = (
      await cam.get('tr2:GetVideoEncoderConfigurations', '<tr2:ConfigurationToken>veconf_1</tr2:ConfigurationToken>')
    ).body;
    const one = childOf(got, 'Configurations')!;
    expect(one.attributes).toMatchObject({ GovLength: '24', Profile: 'Baseline' });
    expect(textAt(one, 'Name')).toBe('new name');
    await cam.get(
      'tr2:SetVideoEncoderConfiguration',
      encoder2('veconf_1', { width: 1920, height: 1080, fps: 25, profile: 'Main' }),
    );
    const back = (await cam.get('trt:GetVideoEncoderConfiguration', configuration('veconf_1'))).body;
    expect(textAt(back, 'Configuration', 'H264', 'H264Profile')).toBe('Main');
    expect(textAt(back, 'Configuration', 'Resolution', 'Width')).toBe('1920');
    expect(events).toEqual(Array(2).fill('ConfigurationChanged veconf_1 VideoEncoder'));
  });

  test('rates out of range are adapted, as Media2 asks', async () => {
    const { cam } = await start();
    await cam.get('tr2:SetVideoEncoderConfiguration', encoder2('veconf_1', { fps: 99, bitrate: 999_999 }));
    expect(cam.camera.state.videoEncoders[0]).toMatchObject({ fps: 30, bitrateKbps: 8192 });
  });

  test.each([
    { width: 123 },
    { encoding: 'MPEG4' },
    { quality: 99 },
    { gov: 0 },
    { gov: 9999 },
    { profile: 'Extended' },
    { fps: 0 },
  ] satisfies Encoder[])('%o is refused and changes nothing', async (wrong) => {
    const { cam } = await start();
    const before = JSON.stringify(cam.camera.state.videoEncoders);
    expect((await cam.ask('trt:SetVideoEncoderConfiguration', encoder1('veconf_1', wrong))).fault).toEqual([
      'Sender',
      'ter:InvalidArgVal',
      'ter:ConfigModify',
    ]);
    expect((await cam.ask('tr2:SetVideoEncoderConfiguration', encoder2('veconf_1', wrong))).fault?.at(-1)).toBe(
      'ter:ConfigModify',
    );
    expect(JSON.stringify(cam.camera.state.videoEncoders)).toBe(before);
  });

  test('H.265 is told, chosen and left again in Media2; Media, which cannot name it, leaves it out', async () => {
    const { cam } = await start({ profile: 's445' });
    const one = '<tr2:ConfigurationToken>veconf_1</tr2:ConfigurationToken>';
    const options = (await cam.get('tr2:GetVideoEncoderConfigurationOptions', one)).body;
    expect(
      childrenOf(options, 'Options').map((each) => [textAt(each, 'Encoding'), each.attributes['ProfilesSupported']]),
    ).toEqual([
      ['H264', 'Baseline Main High'],
      ['H265', 'Main'],
    ]);
    const inMedia = async () =>
      childrenOf((await cam.get('trt:GetProfiles')).body, 'Profiles').map((profile) =>
        textAt(profile, 'VideoEncoderConfiguration', 'Encoding'),
      );
    const wanted = { encoding: 'H265', profile: 'Main', width: 1920, height: 1080 };
    await cam.get('tr2:SetVideoEncoderConfiguration', encoder2('veconf_1', wanted));
    expect(cam.camera.state.videoEncoders[0]).toMatchObject({ encoding: 'H265', profile: 'Main' });
    expect(await inMedia()).toEqual([undefined, 'H264']);
    expect((await cam.ask('trt:GetVideoEncoderConfiguration', configuration('veconf_1'))).fault?.at(-1)).toBe(
      'ter:NoConfig',
    );
    const high = await cam.ask(
      'tr2:SetVideoEncoderConfiguration',
      encoder2('veconf_1', { ...wanted, profile: 'High' }),
    );
    expect(high.fault?.at(-1)).toBe('ter:ConfigModify');
    const byMedia = await cam.ask('trt:SetVideoEncoderConfiguration', encoder1('veconf_2', { encoding: 'H265' }));
    expect(byMedia.fault?.[0]).toBe('Sender');
    // A client of Media alone gets H.264 back by asking for it.
    await cam.get('trt:SetVideoEncoderConfiguration', encoder1('veconf_1', { width: 1920, height: 1080 }));
    expect(await inMedia()).toEqual(['H264', 'H264']);
  });

  test('every resolution of the options can be set', async () => {
    const { cam } = await start({ profile: 's445' });
    for (const token of ['veconf_1', 'veconf_2']) {
      const options = (
        await cam.get(
          'tr2:GetVideoEncoderConfigurationOptions',
          `<tr2:ConfigurationToken>${token}</tr2:ConfigurationToken>`,
        )
      ).body;
      for (const size of childrenOf(childOf(options, 'Options'), 'ResolutionsAvailable')) {
        const [width, height] = [Number(textAt(size, 'Width')), Number(textAt(size, 'Height'))];
        await cam.get('tr2:SetVideoEncoderConfiguration', encoder2(token, { width, height }));
        expect(cam.camera.state.videoEncoders.find((one) => one.token === token)).toMatchObject({ width, height });
      }
    }
  });

  test('an unknown token is NoConfig, a missing argument InvalidArgs', async () => {
    const { cam } = await start();
    expect((await cam.ask('trt:SetVideoEncoderConfiguration', encoder1('nope'))).fault?.at(-1)).toBe('ter:NoConfig');
    expect(
      (
        await cam.ask(
          'trt:SetVideoEncoderConfiguration',
          encoder1('veconf_1').replace(/<tt:Quality>.*<\/tt:Quality>/, ''),
        )
      ).fault,
    ).toEqual(['Sender', 'ter:InvalidArgs']);
    expect(
      (await cam.ask('trt:SetVideoEncoderConfiguration', encoder1('veconf_1').replace(' token="veconf_1"', ''))).fault,
    ).toEqual(['Sender', 'ter:MissingAttr']);
    expect((await cam.ask('trt:GetVideoEncoderConfiguration')).fault).toEqual(['Sender', 'ter:InvalidArgs']);
  });
});

describe('Media2', () => {
  test('profiles carry only the configurations asked for', async () => {
    const { cam } = await start({ profile: 'c540' });
    const types = async (args: string) =>
      childrenOf((await cam.get('tr2:GetProfiles', args)).body, 'Profiles').map((one) =>
        childOf(one, 'Configurations')?.children.map(({ name }) => name),
      );
    expect(await types('<tr2:Token>profile_1</tr2:Token>')).toEqual([undefined]);
    expect(
      await types('<tr2:Token>profile_1</tr2:Token><tr2:Type>VideoEncoder</tr2:Type><tr2:Type>PTZ</tr2:Type>'),
    ).toEqual([['VideoEncoder', 'PTZ']]);
    expect((await types('<tr2:Type>All</tr2:Type>'))[0]).toEqual([
      'VideoSource',
      'AudioSource',
      'VideoEncoder',
      'AudioEncoder',
      'Analytics',
      'PTZ',
      'Metadata',
    ]);
    expect((await cam.ask('tr2:GetProfiles', '<tr2:Token>nope</tr2:Token>')).fault?.at(-1)).toBe('ter:NoProfile');
  });

  test('a profile is created with its configurations, whatever their order, or not at all', async () => {
    const { cam } = await start();
    const of = (type: string, token = '') =>
      `<tr2:Configuration><tr2:Type>${type}</tr2:Type>${token && `<tr2:Token>${token}</tr2:Token>`}</tr2:Configuration>`;
    const made = (
      await cam.get(
        'tr2:CreateProfile',
        `<tr2:Name>two</tr2:Name>${of('VideoEncoder', 'veconf_2')}${of('VideoSource')}`,
      )
    ).at('Token')!;
    expect(
      (
        await cam.get(
          'tr2:GetStreamUri',
          `<tr2:Protocol>RTSP</tr2:Protocol><tr2:ProfileToken>${made}</tr2:ProfileToken>`,
        )
      ).at('Uri'),
    ).toMatch(/\/sub$/);
    const before = cam.camera.state.mediaProfiles.length;
    expect((await cam.ask('tr2:CreateProfile', `<tr2:Name>bad</tr2:Name>${of('VideoEncoder')}`)).fault?.at(-1)).toBe(
      'ter:ConfigurationConflict',
    );
    expect((await cam.ask('tr2:CreateProfile', `<tr2:Name>bad</tr2:Name>${of('Receiver')}`)).fault?.at(-1)).toBe(
      'ter:NoConfig',
    );
    expect(cam.camera.state.mediaProfiles).toHaveLength(before);
    await cam.get(
      'tr2:AddConfiguration',
      `<tr2:ProfileToken>${made}</tr2:ProfileToken><tr2:Name>other</tr2:Name>${of('Metadata')}`,
    );
    expect(cam.camera.state.mediaProfiles.at(-1)).toMatchObject({ name: 'other', metadataConfiguration: 'mdconf' });
    await cam.get('tr2:RemoveConfiguration', `<tr2:ProfileToken>${made}</tr2:ProfileToken>${of('All')}`);
    expect(cam.camera.state.mediaProfiles.at(-1)).toEqual({ token: made, name: 'other', fixed: false });
    await cam.get('tr2:DeleteProfile', `<tr2:Token>${made}</tr2:Token>`);
  });
});

describe('streams', () => {
  test('have the host the client reached the camera by', async () => {
    const { cam } = await start();
    const { rtsp } = cam.camera.address.ports;
    for (const protocol of ['UDP', 'RTSP', 'TCP']) {
      const reply = await cam.get('trt:GetStreamUri', setup('RTP-Unicast', protocol) + token('main'));
      expect(reply.at('MediaUri', 'Uri')).toBe(`rtsp://127.0.0.1:${rtsp}/main`);
    }
    // The tunnel through HTTP comes to the port of the web services.
    const tunnelled = await cam.get('trt:GetStreamUri', setup('RTP-Unicast', 'HTTP') + token('main'));
    expect(tunnelled.at('MediaUri', 'Uri')).toBe(`${cam.url}/main`);
    const over = '<tr2:Protocol>RtspOverHttp</tr2:Protocol><tr2:ProfileToken>main</tr2:ProfileToken>';
    expect((await cam.get('tr2:GetStreamUri', over)).at('Uri')).toBe(`${cam.url}/main`);
    expect((await cam.ask('trt:GetStreamUri', setup('RTP-Multicast', 'UDP') + token('main'))).fault?.at(-1)).toBe(
      'ter:InvalidStreamSetup',
    );
    expect(
      (
        await cam.ask(
          'tr2:GetStreamUri',
          '<tr2:Protocol>RtspMulticast</tr2:Protocol><tr2:ProfileToken>main</tr2:ProfileToken>',
        )
      ).fault?.at(-1),
    ).toBe('ter:InvalidStreamSetup');
  });

  test('a still picture has an address, or by the quirk a fault', async () => {
    const { cam } = await start();
    expect((await cam.get('trt:GetSnapshotUri', token('main'))).at('MediaUri', 'Uri')).toBe(`${cam.url}/snapshot.jpg`);
    expect((await cam.get('tr2:GetSnapshotUri', '<tr2:ProfileToken>sub</tr2:ProfileToken>')).at('Uri')).toBe(
      `${cam.url}/snapshot.jpg`,
    );
    const { cam: vigi } = await start({ profile: 'c340' });
    expect((await vigi.ask('trt:GetSnapshotUri', token('profile_1'))).fault).toEqual([
      'Receiver',
      'ter:ActionNotSupported',
    ]);
    expect(
      childOf((await vigi.get('trt:GetServiceCapabilities')).body, 'Capabilities')?.attributes['SnapshotUri'],
    ).toBe('false');
  });

  test('a synchronization point asks the stream for a key frame', async () => {
    const asked: string[] = [];
    const { cam } = await start({ host: { keyFrame: (encoder) => asked.push(encoder) } });
    await cam.get('trt:SetSynchronizationPoint', token('sub'));
    await cam.get('tr2:SetSynchronizationPoint', '<tr2:ProfileToken>main</tr2:ProfileToken>');
    expect(asked).toEqual(['veconf_2', 'veconf_1']);
  });
});

test('audio is there where the model has a microphone', async () => {
  const { cam } = await start();
  const { c340 } = await import('../../device-sim/profiles/c340.ts');
  const { cam: deaf } = await start({ profile: { ...c340, audio: false } });
  expect(childrenOf((await cam.get('trt:GetAudioSources')).body, 'AudioSources')).toHaveLength(1);
  expect(childrenOf((await deaf.get('trt:GetAudioSources')).body, 'AudioSources')).toHaveLength(0);
  expect((await deaf.ask('trt:GetAudioEncoderConfigurations')).fault).toEqual([
    'Receiver',
    'ter:ActionNotSupported',
    'ter:AudioNotSupported',
  ]);
});

test('metadata settings are kept', async () => {
  const { cam } = await start();
  const metadata =
    '<tr2:Configuration token="mdconf"><tt:Name>Metadata</tt:Name><tt:UseCount>0</tt:UseCount><tt:Events><tt:Filter><wsnt:TopicExpression Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">tns1:RuleEngine//.</wsnt:TopicExpression></tt:Filter></tt:Events><tt:Analytics>false</tt:Analytics></tr2:Configuration>';
  await cam.get('tr2:SetMetadataConfiguration', metadata);
  const reply = await cam.get('trt:GetMetadataConfiguration', configuration('mdconf'));
  expect(reply.at('Configuration', 'Analytics')).toBe('false');
  expect(reply.text).toContain('>tns1:RuleEngine//.<');
  const still = metadata.replace(
    '<tt:Events>',
    '<tt:PTZStatus><tt:Status>true</tt:Status><tt:Position>true</tt:Position></tt:PTZStatus><tt:Events>',
  );
  expect((await cam.ask('tr2:SetMetadataConfiguration', still)).fault?.at(-1)).toBe('ter:ConfigModify');
});

test('a loudspeaker shows as audio output where clients may talk; a VIGI camera faults (O3)', async () => {
  const vigi = await startOneCamera({ profile: 'c340' });
  const cam = await startOneCamera();
  try {
    expect(childOf((await cam.get('trt:GetAudioOutputs')).body, 'AudioOutputs')!.attributes).toEqual({ token: 'ao' });
    for (const prefix of ['trt', 'tr2']) {
      const options = await cam.get(`${prefix}:GetAudioDecoderConfigurationOptions`);
      expect(options.text).toMatch(/G711DecOptions|PCMA/);
      for (const operation of ['GetAudioOutputConfigurations', 'GetAudioDecoderConfigurations'])
        expect((await vigi.ask(`${prefix}:${operation}`)).fault?.slice(0, 2)).toEqual([
          'Receiver',
          'ter:ActionNotSupported',
        ]);
    }
    await cam.get(
      'tr2:SetAudioOutputConfiguration',
      '<tr2:Configuration token="aoconf"><tt:Name>horn</tt:Name><tt:UseCount>0</tt:UseCount><tt:OutputToken>ao</tt:OutputToken><tt:OutputLevel>80</tt:OutputLevel></tr2:Configuration>',
    );
    const level = (await cam.get('trt:GetAudioOutputConfigurations')).at('Configurations', 'OutputLevel');
    expect(level).toBe('80');
    expect((await vigi.ask('trt:GetAudioOutputs')).fault).toContain('ter:AudioOutputNotSupported');
  } finally {
    await cam[Symbol.asyncDispose]();
    await vigi[Symbol.asyncDispose]();
  }
});
