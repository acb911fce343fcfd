import { afterEach, describe, expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { childOf, childrenOf, textAt, type XmlElement } from '../../core/soap/xml.ts';
import { deriveIdentity } from '../../device-sim/identity.ts';
import { findProfile } from '../../device-sim/profiles/index.ts';
import { createCamera } from '../../device-sim/sim-camera.ts';
import { type CameraSetting, type OneCamera, type Reply, startOneCamera } from './one-camera.ts';

const cameras: OneCamera[] = [];
/** A camera at noon of an August day; it has recorded for as long as its card lasts. */
const noon = Date.UTC(2026, 7, 20, 12);
async function start(setting: CameraSetting = {}) {
  const clock = manualClock(noon);
  const cam = await startOneCamera({ clock, ...setting });
  cameras.push(cam);
  return { cam, clock };
}
afterEach(async () => {
  for (const cam of cameras.splice(0)) await cam[Symbol.asyncDispose]();
});

const iso = (at: number) => new Date(at).toISOString();
const hour = 3_600_000;
const recording = (token: string) => `<trc:RecordingToken>${token}</trc:RecordingToken>`;
const configuration = (more = '<tt:MaximumRetentionTime>PT0S</tt:MaximumRetentionTime>') =>
  `<trc:RecordingConfiguration><tt:Source><tt:SourceId>urn:hall</tt:SourceId><tt:Name>hall</tt:Name><tt:Location>Basement</tt:Location><tt:Description/><tt:Address/></tt:Source><tt:Content>days</tt:Content>${more}</trc:RecordingConfiguration>`;
const job = (to: string, { priority = 1, profile = 'main', mode = 'Active', type = 'Profile', tracks = '' } = {}) =>
  `<trc:JobConfiguration><tt:RecordingToken>${to}</tt:RecordingToken><tt:Mode>${mode}</tt:Mode><tt:Priority>${priority}</tt:Priority><tt:Source><tt:SourceToken Type="http://www.onvif.org/ver10/schema/${type}"><tt:Token>${profile}</tt:Token></tt:SourceToken>${tracks}</tt:Source></trc:JobConfiguration>`;
const events = (from: number, to: number, { filter = '', scope = '', startState = false, most = 0 } = {}) =>
  `<tse:StartPoint>${iso(from)}</tse:StartPoint><tse:EndPoint>${iso(to)}</tse:EndPoint><tse:Scope>${scope}</tse:Scope><tse:SearchFilter>${filter}</tse:SearchFilter><tse:IncludeStartState>${startState}</tse:IncludeStartState>${most ? `<tse:MaxMatches>${most}</tse:MaxMatches>` : ''}<tse:KeepAliveTime>PT10S</tse:KeepAliveTime>`;
const topic = (expression: string) =>
  `<wsnt:TopicExpression Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet">${expression}</wsnt:TopicExpression>`;
const motion = topic('tns1:RuleEngine/CellMotionDetector/Motion');

/** Everything a search finds, answer by answer. */
async function found(cam: OneCamera, find: string, get: string, args: string, most = 50): Promise<XmlElement[]> {
  const token = (await cam.get(find, args)).at('SearchToken');
  const all: XmlElement[] = [];
  for (;;) {
    const reply = await cam.get(
      get,
      `<tse:SearchToken>${token}</tse:SearchToken><tse:MaxResults>${most}</tse:MaxResults>`,
    );
    const list = childOf(reply.body, 'ResultList');
    const results = list!.children.slice(1);
    expect(results.length).toBeLessThanOrEqual(most);
    all.push(...results);
    if (textAt(list, 'SearchState') === 'Completed') return all;
  }
}
const findEvents = (cam: OneCamera, args: string, most?: number) =>
  found(cam, 'tse:FindEvents', 'tse:GetEventSearchResults', args, most);
const findRecordings = (cam: OneCamera, scope = '') =>
  found(
    cam,
    'tse:FindRecordings',
    'tse:GetRecordingSearchResults',
    `<tse:Scope>${scope}</tse:Scope><tse:KeepAliveTime>PT10S</tse:KeepAliveTime>`,
  );

const messageOf = (result: XmlElement) => childOf(childOf(childOf(result, 'Event'), 'Message'), 'Message')!;
/** `Motion IsMotion=true`, with `*` in front of a state told at the start. */
const told = (result: XmlElement) => {
  const items = childrenOf(childOf(messageOf(result), 'Data'), 'SimpleItem');
  const text = items.map(({ attributes }) => `${attributes['Name']}=${attributes['Value']}`);
  const name = textAt(result, 'Event', 'Topic')!.split('/').slice(-2).join('/');
  return `${textAt(result, 'StartStateEvent') === 'true' ? '*' : ''}${name} ${text}`;
};
const times = (results: XmlElement[]) => results.map((one) => Date.parse(textAt(one, 'Time')!));
const fault = (reply: Reply) => reply.fault?.join(' ');

test('the services are there on models with a card only, and say so themselves', async () => {
  const { cam } = await start();
  const { cam: without } = await start({ profile: 'c340' });
  const { cam: vigi } = await start({ profile: 's445' });
  const services = async (one: OneCamera) =>
    Object.fromEntries(
      (await one.get('tds:GetServices', '<tds:IncludeCapability>true</tds:IncludeCapability>')).body!.children.map(
        (service) => [textAt(service, 'Namespace')!, new URL(textAt(service, 'XAddr')!).pathname],
      ),
    );
  expect(Object.keys(await services(without))).not.toContain(namespaces.trc);
  expect(fault(await without.ask('trc:GetRecordings'))).toBe('Receiver ter:ActionNotSupported');
  expect(await services(vigi)).toMatchObject({
    [namespaces.trc]: '/onvif/Recording',
    [namespaces.tse]: '/onvif/SearchRecording',
    [namespaces.trp]: '/onvif/Replay',
  });
  const { attributes } = childOf((await cam.get('trc:GetServiceCapabilities')).body, 'Capabilities')!;
  expect(attributes).toMatchObject({ DynamicRecordings: 'true', MaxRecordings: '4', Options: 'true' });
  const fixed = childOf((await vigi.get('trc:GetServiceCapabilities')).body, 'Capabilities')!.attributes;
  expect(fixed).toMatchObject({ DynamicRecordings: 'false', DynamicTracks: 'false' });
  expect(fault(await vigi.ask('trc:CreateRecording', configuration()))).toBe(
    'Receiver ter:ActionNotSupported ter:NotImplemented',
  );
  expect((await vigi.get('tds:GetScopes')).text).toContain('onvif://www.onvif.org/Profile/G');
  expect((await without.get('tds:GetScopes')).text).not.toContain('Profile/G');
});

describe('recordings', () => {
  test('are made with three tracks, configured, filled by a job, and deleted, each with its event', async () => {
    const { cam, clock } = await start();
    const heard: string[] = [];
    cam.camera.events.subscribe(({ topic: name, data }) =>
      heard.push([name.replace('tns1:', ''), ...Object.values(data)].join(' ')),
    );
    const token = (await cam.get('trc:CreateRecording', configuration())).at('RecordingToken')!;
    const items = childrenOf((await cam.get('trc:GetRecordings')).body, 'RecordingItem');
    const made = items.find((one) => textAt(one, 'RecordingToken') === token)!;
    expect(childrenOf(childOf(made, 'Tracks'), 'Track').map((one) => textAt(one, 'TrackToken'))).toEqual([
      'VIDEO001',
      'AUDIO001',
      'META001',
    ]);
    expect(textAt(made, 'Configuration', 'Source', 'Location')).toBe('Basement');
    const information = async () =>
      (await cam.get('tse:GetRecordingInformation', `<tse:RecordingToken>${token}</tse:RecordingToken>`)).body;
    expect(textAt(await information(), 'RecordingInformation', 'RecordingStatus')).toBe('Initiated');

    const jobToken = (await cam.get('trc:CreateRecordingJob', job(token))).at('JobToken')!;
    await clock.advance('10s');
    expect(textAt(await information(), 'RecordingInformation', 'RecordingStatus')).toBe('Recording');
    expect(textAt(await information(), 'RecordingInformation', 'EarliestRecording')).toBe(iso(noon));
    await cam.get('trc:SetRecordingJobMode', `<trc:JobToken>${jobToken}</trc:JobToken><trc:Mode>Idle</trc:Mode>`);
    await clock.advance('10s');
    expect(textAt(await information(), 'RecordingInformation', 'RecordingStatus')).toBe('Stopped');
    expect(textAt(await information(), 'RecordingInformation', 'LatestRecording')).toBe(iso(noon + 10_000));
    await cam.get('trc:DeleteRecording', recording(token));
    expect(fault(await cam.ask('trc:GetRecordingConfiguration', recording(token)))).toBe(
      'Sender ter:InvalidArgVal ter:NoRecording',
    );
    expect((await cam.get('trc:GetRecordingJobs')).text).not.toContain(jobToken);
    const names = heard.map((line) => line.split(' ').slice(0, 2).join(' '));
    for (const one of [
      'RecordingConfig/CreateRecording',
      'RecordingConfig/CreateTrack',
      'RecordingConfig/JobState Active',
      'RecordingHistory/Recording/State true',
      'RecordingHistory/Track/State true',
      'RecordingConfig/RecordingJobConfiguration',
      'RecordingHistory/Recording/State false',
      'RecordingHistory/Track/State false',
      'RecordingConfig/JobState Idle',
      'RecordingConfig/DeleteRecording',
    ])
      expect(names, one).toContain(one);
    expect(names.some((name) => name.startsWith('RecordingConfig/DeleteTrackData'))).toBe(true);
  });

  test('are refused in the words of the specification', async () => {
    const { cam } = await start();
    const invalid = 'Sender ter:InvalidArgVal';
    for (let i = 0; i < 3; i++) await cam.get('trc:CreateRecording', configuration());
    const refused: [string, string, string][] = [
      ['trc:CreateRecording', configuration(), 'Receiver ter:Action ter:MaxRecordings'],
      [
        'trc:SetRecordingConfiguration',
        recording('recording_1') + configuration('<tt:MaximumRetentionTime>-PT1S</tt:MaximumRetentionTime>'),
        `${invalid} ter:BadConfiguration`,
      ],
      [
        'trc:GetTrackConfiguration',
        `${recording('recording_1')}<trc:TrackToken>no</trc:TrackToken>`,
        `${invalid} ter:NoTrack`,
      ],
      ['trc:CreateRecordingJob', job('no'), `${invalid} ter:NoRecording`],
      ['trc:CreateRecordingJob', job('recording_1', { mode: 'Maybe' }), `${invalid} ter:BadConfiguration`],
      ['trc:CreateRecordingJob', job('recording_1', { priority: -1 }), `${invalid} ter:BadConfiguration`],
      ['trc:CreateRecordingJob', job('recording_1', { profile: 'no' }), `${invalid} ter:BadConfiguration`],
      ['trc:CreateRecordingJob', job('recording_1', { type: 'Receiver' }), `${invalid} ter:BadConfiguration`],
      ['trc:DeleteRecordingJob', '<trc:JobToken>no</trc:JobToken>', `${invalid} ter:NoRecordingJob`],
      [
        'trc:SetRecordingJobConfiguration',
        `<trc:JobToken>RecordingJob_1</trc:JobToken>${job('recording_2')}`,
        `${invalid} ter:BadConfiguration`,
      ],
      [
        'trc:SetRecordingJobMode',
        '<trc:JobToken>RecordingJob_1</trc:JobToken><trc:Mode>Maybe</trc:Mode>',
        `${invalid} ter:BadMode`,
      ],
      [
        'trp:GetReplayUri',
        `<trp:StreamSetup><tt:Stream>RTP-Multicast</tt:Stream><tt:Transport><tt:Protocol>UDP</tt:Protocol></tt:Transport></trp:StreamSetup><trp:RecordingToken>recording_1</trp:RecordingToken>`,
        `${invalid} ter:InvalidStreamSetup`,
      ],
      [
        'trp:SetReplayConfiguration',
        '<trp:Configuration><tt:SessionTimeout>PT1S</tt:SessionTimeout></trp:Configuration>',
        `${invalid} ter:ConfigModify`,
      ],
      ['tse:GetRecordingInformation', '<tse:RecordingToken>no</tse:RecordingToken>', `${invalid} ter:InvalidToken`],
      [
        'tse:FindRecordings',
        '<tse:Scope><tt:IncludedRecordings>no</tt:IncludedRecordings></tse:Scope><tse:KeepAliveTime>PT10S</tse:KeepAliveTime>',
        `${invalid} ter:InvalidToken`,
      ],
      [
        'tse:FindEvents',
        events(noon - hour, noon, { filter: topic('no topic!') }),
        `${invalid} ter:InvalidFilterFault`,
      ],
      ['tse:GetEventSearchResults', '<tse:SearchToken>no</tse:SearchToken>', `${invalid} ter:InvalidToken`],
    ];
    for (const [operation, args, expected] of refused)
      expect(fault(await cam.ask(operation, args)), operation + args).toBe(expected);
    const guard = { username: 'guard', password: 'Guard-pass-1' };
    cam.camera.state.users.push({ ...guard, level: 'User' });
    expect((await cam.ask('trc:GetRecordings', '', { as: guard })).status).toBe(200);
    expect(fault(await cam.ask('trc:DeleteRecording', recording('recording_1'), { as: guard }))).toBe(
      'Sender ter:NotAuthorized',
    );
  });

  test('the job of the highest priority fills a track, the other waits until it is gone', async () => {
    const { cam, clock } = await start();
    const state = async (token: string) =>
      textAt(
        (await cam.get('trc:GetRecordingJobState', `<trc:JobToken>${token}</trc:JobToken>`)).body,
        'State',
        'State',
      );
    const tracks = '<tt:Tracks><tt:SourceTag>v</tt:SourceTag><tt:Destination>VIDEO001</tt:Destination></tt:Tracks>';
    const token = (
      await cam.get('trc:CreateRecordingJob', job('recording_1', { priority: 5, profile: 'sub', tracks }))
    ).at('JobToken')!;
    expect(await state(token)).toBe('Active');
    expect(await state('RecordingJob_1')).toBe('PartiallyActive');
    await clock.advance('1s');
    const at = async () => (await cam.get('tse:GetMediaAttributes', `<tse:Time>${iso(noon)}</tse:Time>`)).text;
    expect(await at()).toContain('<tt:Width>640</tt:Width>');
    await cam.get('trc:DeleteRecordingJob', `<trc:JobToken>${token}</trc:JobToken>`);
    expect(await state('RecordingJob_1')).toBe('Active');
  });

  test('keep how they were coded when the encoder is set anew, and refuse another coding', async () => {
    const { cam, clock } = await start();
    await clock.advance('1m');
    cam.camera.state.videoEncoders[0]!.width = 1280;
    cam.camera.state.videoEncoders[0]!.height = 720;
    cam.camera.save();
    await clock.advance('1m');
    const width = async (at: number) =>
      /<tt:Width>(\d+)/.exec((await cam.get('tse:GetMediaAttributes', `<tse:Time>${iso(at)}</tse:Time>`)).text)?.[1];
    expect(await width(noon + 30_000)).toBe('1920');
    expect(await width(noon + 90_000)).toBe('1280');
    cam.camera.state.videoEncoders[0]!.encoding = 'JPEG';
    cam.camera.save();
    const state = await cam.get('trc:GetRecordingJobState', '<trc:JobToken>RecordingJob_1</trc:JobToken>');
    expect(state.text).toContain('<tt:Error>Incompatible Stream</tt:Error>');
    expect(textAt(state.body, 'State', 'State')).toBe('Error');
  });

  test('survive a restart, with what happened, and with a gap for the time without power', async () => {
    const clock = manualClock(noon);
    const deps = { clock, random: {} as never, log: {} as never };
    const identity = deriveIdentity('test', 1);
    const profile = findProfile('generic');
    const before = createCamera({ name: 'door', profile, identity }, deps);
    await clock.advance('1m');
    before.trigger('motion', true);
    await clock.advance('10s');
    before.trigger('motion', false);
    before.recorder!.stop();
    const state = JSON.parse(JSON.stringify(before.state));
    await clock.advance('1h');
    const { cam } = await start({ clock, state });
    await clock.advance('1s');
    const results = await findEvents(cam, events(noon, noon + 2 * hour, { filter: motion }));
    expect(results.map(told)).toEqual([
      'CellMotionDetector/Motion IsMotion=true',
      'CellMotionDetector/Motion IsMotion=false',
    ]);
    expect(times(results)).toEqual([noon + 60_000, noon + 70_000]);
    const states = await findEvents(
      cam,
      events(noon - 1, noon + 2 * hour, { filter: topic('tns1:RecordingHistory/Recording/State') }),
    );
    expect(states.map(told)).toEqual(['Recording/State IsRecording=false', 'Recording/State IsRecording=true']);
    expect(times(states)).toEqual([noon + 70_000, noon + hour + 70_000]);
  });
});

describe('search', () => {
  test('the past is the same for the same seed, days of it, and shows in the summary', async () => {
    const [{ cam: one }, { cam: other }] = [await start(), await start()];
    const all = events(noon - 24 * hour, noon, { filter: motion });
    const results = await findEvents(one, all);
    expect(results.length).toBeGreaterThan(60);
    expect(times(results)).toEqual([...times(results)].sort((a, b) => a - b));
    expect((await findEvents(other, all)).map((result) => [told(result), textAt(result, 'Time')])).toEqual(
      results.map((result) => [told(result), textAt(result, 'Time')]),
    );
    const summary = (await one.get('tse:GetRecordingSummary')).body;
    const days = (noon - Date.parse(textAt(summary, 'Summary', 'DataFrom')!)) / (24 * hour);
    expect(days).toBeGreaterThan(3);
    expect(textAt(summary, 'Summary', 'DataUntil')).toBe(iso(noon));
  });

  test('goes backwards when the end lies before the start, and ends after MaxMatches', async () => {
    const { cam } = await start();
    const forward = await findEvents(cam, events(noon - 6 * hour, noon, { filter: motion }), 7);
    const backward = await findEvents(cam, events(noon, noon - 6 * hour, { filter: motion }));
    expect(backward.map(told)).toEqual(forward.map(told).reverse());
    expect(times(backward)).toEqual(times(forward).reverse());
    expect(times(await findEvents(cam, events(noon, noon - 6 * hour, { filter: motion, most: 3 })))).toEqual(
      times(backward).slice(0, 3),
    );
  });

  test('what happens while the camera runs is found at its time, whatever kind it is', async () => {
    const { cam, clock } = await start();
    await clock.advance('5m');
    cam.camera.trigger('line-cross', true);
    await clock.advance('1m');
    const results = await findEvents(cam, events(noon, noon + hour, { filter: topic('tns1:RuleEngine//.') }));
    expect(results.map(told)).toEqual(['LineDetector/Crossed ObjectId=1']);
    expect(times(results)).toEqual([noon + 300_000]);
    expect(textAt(results[0], 'TrackToken')).toBe('META001');
  });

  test('states at the start point come first, marked as such', async () => {
    const { cam, clock } = await start();
    cam.camera.trigger('motion', true);
    await clock.advance('1m');
    const filter = topic('tns1:RuleEngine/CellMotionDetector/Motion|tns1:RecordingHistory//.');
    const results = await findEvents(cam, events(noon + 30_000, noon + 60_000, { filter, startState: true }));
    expect(results.map(told).sort()).toEqual([
      '*CellMotionDetector/Motion IsMotion=true',
      '*Recording/State IsRecording=true',
      ...['AUDIO001', 'META001', 'VIDEO001'].map(() => '*Track/State IsDataPresent=true'),
    ]);
    expect(messageOf(results[0]!).attributes['PropertyOperation']).toBe('Initialized');
  });

  test('message contents and recording information are filtered by the XPath dialect', async () => {
    const { cam } = await start();
    const content = (expression: string) =>
      `<wsnt:MessageContent Dialect="http://www.onvif.org/ver10/tse/searchFilter">${expression.replaceAll('"', '&quot;')}</wsnt:MessageContent>`;
    const active = await findEvents(
      cam,
      events(noon - 6 * hour, noon, {
        filter: motion + content('boolean(//SimpleItem[@Name="IsMotion" and @Value="true"])'),
      }),
    );
    expect(new Set(active.map(told))).toEqual(new Set(['CellMotionDetector/Motion IsMotion=true']));
    await cam.get('trc:CreateRecording', configuration());
    const filter = (expression: string) =>
      `<tt:RecordingInformationFilter>${expression}</tt:RecordingInformationFilter>`;
    const tokens = async (expression: string) =>
      (await findRecordings(cam, filter(expression))).map((one) => textAt(one, 'RecordingToken'));
    expect(await tokens('boolean(//Track[TrackType = "Video"])')).toEqual(['recording_1']);
    expect(await tokens('boolean(//Source[Location = “Basement”])')).toEqual(['recording_2']);
    expect(await tokens('not(boolean(//Track[TrackType = "Video"]))')).toEqual(['recording_2']);
    expect(
      await tokens('contains(//Source/Location, "ase") or boolean(/RecordingInformation[RecordingStatus="Recording"])'),
    ).toHaveLength(2);
    expect(
      fault(
        await cam.ask(
          'tse:FindRecordings',
          `<tse:Scope>${filter('count(//Track) > 1'.replace('>', '&gt;'))}</tse:Scope><tse:KeepAliveTime>PT10S</tse:KeepAliveTime>`,
        ),
      ),
    ).toBe('Sender ter:InvalidArgVal ter:InvalidFilterFault');
  });

  test('a session ends with its last result, when it is ended, and when nobody asks for too long', async () => {
    const { cam, clock } = await start();
    const open = async () =>
      `<tse:SearchToken>${(await cam.get('tse:FindEvents', events(noon - hour, noon))).at('SearchToken')}</tse:SearchToken>`;
    const gone = 'Sender ter:InvalidArgVal ter:InvalidToken';
    const whole = await open();
    expect(textAt((await cam.get('tse:GetEventSearchResults', whole)).body, 'ResultList', 'SearchState')).toBe(
      'Completed',
    );
    expect(fault(await cam.ask('tse:GetEventSearchResults', whole))).toBe(gone);
    const ended = await open();
    expect((await cam.get('tse:EndSearch', ended)).at('Endpoint')).toBe(iso(noon).replace('.000', ''));
    expect(fault(await cam.ask('tse:EndSearch', ended))).toBe(gone);
    const idle = await open();
    await clock.advance('9s');
    expect((await cam.ask('tse:GetSearchState', idle)).status).toBe(200);
    await clock.advance('11s');
    expect(fault(await cam.ask('tse:GetEventSearchResults', idle))).toBe(gone);
    for (let i = 0; i < 16; i++) await open();
    expect(fault(await cam.ask('tse:FindEvents', events(noon - hour, noon)))).toBe(
      'Receiver ter:Action ter:ResourceProblem',
    );
  });

  test('metadata and positions of the lens are found where they were', async () => {
    const { cam, clock } = await start({ profile: { ...findProfile('generic'), ptz: true, zoom: true } });
    const person =
      '<tse:MetadataFilter><tt:MetadataStreamFilter>boolean(//Object/Appearance/Class[Type = "Human"]) and boolean(//Object/Appearance/Shape/BoundingBox[@left &gt; "0"])</tt:MetadataStreamFilter></tse:MetadataFilter>';
    const day = `<tse:StartPoint>${iso(noon - 24 * hour)}</tse:StartPoint><tse:EndPoint>${iso(noon)}</tse:EndPoint><tse:Scope/>`;
    const seen = await found(
      cam,
      'tse:FindMetadata',
      'tse:GetMetadataSearchResults',
      `${day}${person}<tse:KeepAliveTime>PT10S</tse:KeepAliveTime>`,
    );
    expect(seen.length).toBeGreaterThan(20);
    await clock.advance('1m');
    cam.camera.scene.ptz.pan = 85;
    await clock.advance('1m');
    const volume =
      '<tse:SearchFilter><tt:MinPosition><tt:PanTilt x="0.4" y="-1"/></tt:MinPosition><tt:MaxPosition><tt:PanTilt x="0.6" y="1"/></tt:MaxPosition><tt:EnterOrExit>false</tt:EnterOrExit></tse:SearchFilter>';
    const now = `<tse:StartPoint>${iso(noon)}</tse:StartPoint><tse:Scope/>`;
    const turned = await found(
      cam,
      'tse:FindPTZPosition',
      'tse:GetPTZPositionSearchResults',
      `${now}${volume}<tse:KeepAliveTime>PT10S</tse:KeepAliveTime>`,
    );
    expect(times(turned)).toEqual([noon + 60_000]);
    expect(childOf(childOf(turned[0], 'Position'), 'PanTilt')!.attributes['x']).toBe('0.5');
  });
});

describe('Seek', () => {
  const pull = async (cam: OneCamera, path: string) => {
    const reply = await cam.get(
      'tev:PullMessages',
      '<tev:Timeout>PT0S</tev:Timeout><tev:MessageLimit>50</tev:MessageLimit>',
      { path },
    );
    return childrenOf(reply.body, 'NotificationMessage').map((one) => {
      const message = childOf(childOf(one, 'Message'), 'Message')!;
      return `${message.attributes['UtcTime']} ${textAt(one, 'Topic')!.replace('tns1:', '')}`;
    });
  };
  const open = async (cam: OneCamera, expression: string) => {
    const reply = await cam.get(
      'tev:CreatePullPointSubscription',
      `<tev:Filter>${topic(expression)}</tev:Filter><tev:InitialTerminationTime>PT1H</tev:InitialTerminationTime>`,
    );
    return new URL(reply.at('SubscriptionReference', 'Address')!).pathname;
  };
  const seek = (cam: OneCamera, path: string, at: number, reverse = '') =>
    cam.ask('tev:Seek', `<tev:UtcTime>${iso(at)}</tev:UtcTime>${reverse && `<tev:Reverse>${reverse}</tev:Reverse>`}`, {
      path,
    });

  test('goes back to what happened, in its order and without initial states, then on with the present', async () => {
    const { cam, clock } = await start();
    const path = await open(cam, 'tns1:RuleEngine/CellMotionDetector/Motion');
    for (const active of [true, false]) {
      await clock.advance('1m');
      cam.camera.trigger('motion', active);
    }
    await seek(cam, path, noon);
    const name = 'RuleEngine/CellMotionDetector/Motion';
    const [first, second] = [60_000, 120_000].map((after) => `${iso(noon + after)} ${name}`);
    expect(await pull(cam, path)).toEqual([first, second]);
    await clock.advance('1m');
    cam.camera.trigger('motion', true);
    expect(await pull(cam, path)).toEqual([`${iso(noon + 180_000)} ${name}`]);
    await seek(cam, path, noon + 60_000, 'true');
    expect((await pull(cam, path)).slice(0, 1)).toEqual([first]);
  });

  test('tells the beginning of what is stored once, in either direction', async () => {
    const { cam } = await start();
    const path = await open(cam, 'tns1:RecordingHistory//.');
    const begin = cam.camera.recorder!.events.begin;
    await seek(cam, path, begin - hour);
    const forwards = await pull(cam, path);
    expect(forwards[0]).toBe(`${iso(begin)} EventBuffer/Begin`);
    expect(forwards.filter((line) => line.includes('EventBuffer'))).toHaveLength(1);
    await seek(cam, path, noon, 'true');
    const backwards = await pull(cam, path);
    expect(backwards.at(-1)).toBe(`${iso(begin)} EventBuffer/Begin`);
    expect(backwards.slice(0, -1)).toEqual(forwards.slice(1).reverse());
    expect(await pull(cam, path)).toEqual([]);
  });

  test('is not there where nothing is stored', async () => {
    const { cam } = await start({ profile: 'c340', strict: true });
    const path = await open(cam, 'tns1:RuleEngine//.');
    expect(fault(await seek(cam, path, noon))).toBe('Receiver ter:ActionNotSupported');
  });
});
