import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { parseXml } from '../../core/soap/parse-xml.ts';
import { childOf, childrenOf, textAt, type XmlElement } from '../../core/soap/xml.ts';
import { type CameraSetting, checked, type OneCamera, type Reply, startOneCamera } from './one-camera.ts';

const cameras: OneCamera[] = [];
async function start(setting: CameraSetting = {}) {
  const clock = manualClock();
  const cam = await startOneCamera({ clock, ...setting });
  cameras.push(cam);
  return { cam, clock };
}
afterEach(async () => {
  for (const cam of cameras.splice(0)) await cam[Symbol.asyncDispose]();
});

const filter = (expression: string, dialect = 'http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet') =>
  `<tev:Filter><wsnt:TopicExpression Dialect="${dialect}">${expression}</wsnt:TopicExpression></tev:Filter>`;
const content = (expression: string, dialect = 'http://www.onvif.org/ver10/tev/messageContentFilter/ItemFilter') =>
  `<tev:Filter><wsnt:MessageContent Dialect="${dialect}">${expression.replaceAll('"', '&quot;')}</wsnt:MessageContent></tev:Filter>`;
const life = (text: string) => `<tev:InitialTerminationTime>${text}</tev:InitialTerminationTime>`;

async function subscribe(cam: OneCamera, args = '') {
  const reply = await cam.get('tev:CreatePullPointSubscription', args);
  const address = new URL(reply.at('SubscriptionReference', 'Address')!);
  return { reply, at: { path: address.pathname, port: Number(address.port) } };
}
const pull = (cam: OneCamera, at: { path: string; port: number }, timeout = 'PT0S', limit = 100) =>
  cam.ask('tev:PullMessages', `<tev:Timeout>${timeout}</tev:Timeout><tev:MessageLimit>${limit}</tev:MessageLimit>`, at);

const messageOf = (notification: XmlElement) => childOf(childOf(notification, 'Message'), 'Message')!;
/** `Motion Changed IsMotion=true`, one line a message. */
const lines = (reply: Reply | XmlElement | undefined): string[] =>
  childrenOf(reply && 'status' in reply ? reply.body : reply, 'NotificationMessage').map((one) => {
    const message = messageOf(one);
    const items = (childOf(message, 'Data')?.children ?? []).map(
      (item) => `${item.attributes['Name']}=${item.attributes['Value']}`,
    );
    return [
      textAt(one, 'Topic')!.split('/').at(-1),
      message.attributes['PropertyOperation'] ?? 'message',
      ...items,
    ].join(' ');
  });

describe('pull points', () => {
  test('begin with every property as Initialized, then tell changes as they come', async () => {
    const { cam } = await start();
    const { at } = await subscribe(cam);
    const first = await pull(cam, at);
    expect(lines(first)).toHaveLength(cam.camera.events.properties().length);
    expect(lines(first)[0]).toBe('Motion Initialized IsMotion=false');
    cam.camera.trigger('motion', true);
    expect(lines(await pull(cam, at))).toEqual(['Motion Changed IsMotion=true', 'MotionAlarm Changed State=true']);
  });

  test('a parked request is answered the moment something happens', async () => {
    const { cam } = await start();
    const { at } = await subscribe(cam, filter('tns1:RuleEngine/CellMotionDetector/Motion'));
    await pull(cam, at);
    const parked = pull(cam, at, 'PT60S');
    await parkedRequests(cam, 1);
    cam.camera.trigger('motion', true);
    expect(lines(await parked)).toEqual(['Motion Changed IsMotion=true']);
  });

  test('a parked request is answered empty when its timeout has passed, not before', async () => {
    const { cam, clock } = await start();
    const { at } = await subscribe(cam);
    await pull(cam, at);
    let answered = false;
    const parked = pull(cam, at, 'PT20S').then((reply) => {
      answered = true;
      return reply;
    });
    await parkedRequests(cam, 1);
    await clock.advance('19s');
    expect(answered).toBe(false);
    await clock.advance('1s');
    const reply = await parked;
    expect(reply.status).toBe(200);
    expect(lines(reply)).toEqual([]);
    expect(reply.at('TerminationTime')).toMatch(/Z$/);
  });

  test('messages beyond the limit wait for the next request', async () => {
    const { cam } = await start();
    const { at } = await subscribe(cam);
    const all = cam.camera.events.properties().length;
    expect(lines(await pull(cam, at, 'PT0S', 2))).toHaveLength(2);
    expect(lines(await pull(cam, at, 'PT0S', 1000))).toHaveLength(all - 2);
  });

  test('end when nobody comes, live on while somebody pulls', async () => {
    const { cam, clock } = await start();
    const { at: left } = await subscribe(cam, life('PT30S'));
    const { at: kept } = await subscribe(cam, filter('tns1:RuleEngine/CellMotionDetector/Motion') + life('PT30S'));
    for (let n = 0; n < 4; n++) {
      await clock.advance('20s');
      const parked = pull(cam, kept, 'PT30S');
      if (n > 0) {
        await parkedRequests(cam, 1);
        cam.camera.trigger('motion', n % 2 === 1);
      }
      expect((await parked).status).toBe(200);
    }
    expect((await pull(cam, left)).fault).toEqual(['Receiver', 'wsrf-rw:ResourceUnknownFault']);
    await clock.advance('31s');
    expect((await pull(cam, kept)).fault).toEqual(['Receiver', 'wsrf-rw:ResourceUnknownFault']);
  });

  test('times are of the clock the camera has, and an absolute end is understood by it', async () => {
    const { cam, clock } = await start();
    cam.camera.state.clockOffsetMs = 3_600_000;
    const end = new Date(cam.camera.clock.now() + 90_000).toISOString();
    const { reply } = await subscribe(cam, life(end));
    expect(Date.parse(reply.at('CurrentTime')!)).toBe(clock.now() + 3_600_000);
    expect(Date.parse(reply.at('TerminationTime')!)).toBe(clock.now() + 3_600_000 + 90_000);
  });

  test('renew moves the end, unsubscribe is the end', async () => {
    const { cam, clock } = await start();
    const { at } = await subscribe(cam, life('PT10S'));
    const renewed = await cam.get('wsnt:Renew', '<wsnt:TerminationTime>PT2M</wsnt:TerminationTime>', at);
    expect(Date.parse(renewed.at('TerminationTime')!) - Date.parse(renewed.at('CurrentTime')!)).toBe(120_000);
    await clock.advance('60s');
    expect((await pull(cam, at)).status).toBe(200);
    expect((await cam.get('wsnt:Unsubscribe', '', at)).body?.name).toBe('UnsubscribeResponse');
    for (const operation of ['wsnt:Unsubscribe', 'tev:SetSynchronizationPoint']) {
      expect((await cam.ask(operation, '', at)).fault?.at(-1)).toBe('wsrf-rw:ResourceUnknownFault');
    }
  });

  test('a second request while one waits is refused, and the first still gets its message', async () => {
    const { cam } = await start();
    const { at } = await subscribe(cam);
    await pull(cam, at);
    const parked = pull(cam, at, 'PT60S');
    await parkedRequests(cam, 1);
    expect((await pull(cam, at)).fault).toEqual(['Receiver', 'wsnt:UnableToGetMessagesFault']);
    cam.camera.trigger('tamper', true);
    expect(lines(await parked)).toEqual(['ImagingService Changed State=true']);
  });

  test('a client that went away loses nothing: the message waits for its next request', async () => {
    const { cam } = await start();
    const { at } = await subscribe(cam);
    await pull(cam, at);
    const gone = new AbortController();
    const parked = cam
      .ask('tev:PullMessages', '<tev:Timeout>PT60S</tev:Timeout><tev:MessageLimit>9</tev:MessageLimit>', {
        ...at,
        signal: gone.signal,
      })
      .catch(() => 'aborted');
    await parkedRequests(cam, 1);
    gone.abort();
    expect(await parked).toBe('aborted');
    await parkedRequests(cam, 0);
    cam.camera.trigger('tamper', true);
    expect(lines(await pull(cam, at))).toEqual(['ImagingService Changed State=true']);
  });

  test('a synchronization point repeats all properties of the subscription', async () => {
    const { cam } = await start();
    const { at } = await subscribe(cam, filter('tns1:VideoSource//.'));
    expect(lines(await pull(cam, at))).toHaveLength(2);
    cam.camera.trigger('motion', true);
    await pull(cam, at);
    await cam.get('tev:SetSynchronizationPoint', '', at);
    expect(lines(await pull(cam, at))).toEqual([
      'MotionAlarm Initialized State=true',
      'ImagingService Initialized State=false',
    ]);
  });

  test('ChangedOnly leaves out what merely is', async () => {
    const { cam } = await start();
    const { at } = await subscribe(cam, '<tev:SubscriptionPolicy><tev:ChangedOnly/></tev:SubscriptionPolicy>');
    cam.camera.trigger('tamper', true);
    expect(lines(await pull(cam, at))).toEqual(['ImagingService Changed State=true']);
  });

  test('several pull points hear the same, each by its own filter', async () => {
    const { cam } = await start();
    const points = [];
    for (const expression of [
      'tns1:VideoSource//.',
      'tns1:RuleEngine//.|tns1:VideoSource/MotionAlarm',
      'tns1:VideoSource/MotionAlarm',
    ]) {
      points.push((await subscribe(cam, filter(expression))).at);
    }
    for (const at of points) await pull(cam, at);
    cam.camera.trigger('motion', true);
    cam.camera.trigger('line-cross', true);
    expect(await Promise.all(points.map(async (at) => lines(await pull(cam, at))))).toEqual([
      ['MotionAlarm Changed State=true'],
      ['Motion Changed IsMotion=true', 'MotionAlarm Changed State=true', 'Crossed message ObjectId=1'],
      ['MotionAlarm Changed State=true'],
    ]);
  });

  test('a limit in time or number is told with the fault, and zero is no limit at all', async () => {
    const { cam } = await start();
    const { at } = await subscribe(cam);
    const long = await pull(cam, at, 'PT2H');
    expect(long.fault).toEqual(['Receiver', 'tev:PullMessagesFaultResponse']);
    expect(long.at('Detail', 'PullMessagesFaultResponse', 'MaxTimeout')).toBe('PT600S');
    expect((await pull(cam, at, 'PT1S', 0)).fault).toEqual(['Sender', 'ter:InvalidArgVal']);
    expect((await pull(cam, at, 'soon')).fault).toEqual(['Sender', 'ter:InvalidArgs']);
  });

  test('over the limit a new one is refused, or with the quirk pushes out the oldest', async () => {
    const { cam } = await start();
    for (let n = 0; n < cam.camera.profile.maxPullPoints; n++) await subscribe(cam);
    expect((await cam.ask('tev:CreatePullPointSubscription')).fault).toEqual([
      'Receiver',
      'wsnt:SubscribeCreationFailedFault',
    ]);

    const { cam: vigi } = await start({ profile: 'c340' });
    const points = [];
    for (let n = 0; n <= vigi.camera.profile.maxPullPoints; n++) points.push((await subscribe(vigi)).at);
    expect((await pull(vigi, points[0]!).catch(() => 'closed')) as unknown).toMatchObject({
      fault: ['Receiver', 'wsrf-rw:ResourceUnknownFault'],
    });
    expect((await pull(vigi, points[1]!)).status).toBe(200);
    expect((await pull(vigi, points.at(-1)!)).status).toBe(200);
  });
});

describe('filters', () => {
  test.each([
    ['boolean(//tt:SimpleItem[@Name="IsMotion"])', ['Motion']],
    ['boolean(//tt:SimpleItem[@Name="IsMotion" and @Value="true"])', []],
    [
      'boolean(//tt:SimpleItem[@Name="Source" and @Value="vs"]) and not(boolean(//tt:SimpleItem[@Name="Rule"]))',
      ['MotionAlarm', 'ImagingService'],
    ],
    [
      "boolean(//tt:SimpleItem[@Name='Rule' and (@Value='FieldRule' or @Value='MotionRule')])",
      ['Motion', 'ObjectsInside'],
    ],
    [
      'boolean(//SimpleItem[@Name="InputToken"]) or boolean(//tt:SimpleItem[not(@Name="X") and @Value="FieldRule"])',
      ['ObjectsInside', 'DigitalInput'],
    ],
    ['boolean(//tt:ElementItem[@Name="IsMotion"])', []],
  ])('content %s', async (expression, topics) => {
    const { cam } = await start();
    const { at } = await subscribe(cam, content(expression));
    expect(lines(await pull(cam, at)).map((line) => line.split(' ')[0])).toEqual(topics);
  });

  test.each([
    ['TopicExpressionDialectUnknownFault', filter('tns1:RuleEngine', 'urn:other')],
    ['InvalidTopicExpressionFault', filter('tns1:RuleEngine//Motion')],
    ['InvalidTopicExpressionFault', filter('nope:RuleEngine//.')],
    [
      'InvalidTopicExpressionFault',
      filter('tns1:RuleEngine//.', 'http://docs.oasis-open.org/wsn/t-1/TopicExpression/Concrete'),
    ],
    ['InvalidTopicExpressionFault', filter('')],
    ['TopicNotSupportedFault', filter('tns1:Nothing//.')],
    ['InvalidMessageContentExpressionFault', content('boolean(')],
    ['InvalidMessageContentExpressionFault', content('('.repeat(5000))],
    ['InvalidMessageContentExpressionFault', content('count(//tt:SimpleItem)')],
    ['InvalidMessageContentExpressionFault', content('boolean(//tt:SimpleItem[@Name="a"])', 'urn:xpath')],
    ['InvalidFilterFault', '<tev:Filter><tev:Other/></tev:Filter>'],
    ['UnrecognizedPolicyRequestFault', '<tev:SubscriptionPolicy><tev:Other/></tev:SubscriptionPolicy>'],
    ['UnsupportedPolicyRequestFault', '<tev:SubscriptionPolicy><wsnt:UseRaw/></tev:SubscriptionPolicy>'],
    ['UnacceptableInitialTerminationTimeFault', life('PT0S')],
    ['UnacceptableInitialTerminationTimeFault', life('-PT1M')],
    ['UnacceptableInitialTerminationTimeFault', life('P30D')],
    ['UnacceptableInitialTerminationTimeFault', life('2001-01-01T00:00:00Z')],
  ])('%s', async (name, args) => {
    const { cam } = await start();
    const reply = await cam.ask('tev:CreatePullPointSubscription', args);
    expect(reply.status).toBe(500);
    expect(reply.fault).toEqual(['Receiver', `wsnt:${name}`]);
    expect(reply.header.find((block) => block.name === 'Action')?.text).toBe(
      'http://www.w3.org/2005/08/addressing/soap/fault',
    );
    expect(cam.camera.timeline.at(-1)).toMatchObject({ what: 'CreatePullPointSubscription', outcome: `wsnt:${name}` });
  });

  test('both topic dialects are understood', async () => {
    const { cam } = await start();
    const { at } = await subscribe(
      cam,
      filter('tns1:VideoSource/MotionAlarm', 'http://docs.oasis-open.org/wsn/t-1/TopicExpression/Concrete'),
    );
    expect(lines(await pull(cam, at))).toEqual(['MotionAlarm Initialized State=false']);
  });
});

describe('addressing', () => {
  test('answers carry action and the message they relate to', async () => {
    const { cam } = await start();
    const reply = await cam.get('tev:GetEventProperties', '', { header: '<wsa:MessageID>urn:uuid:7</wsa:MessageID>' });
    const header = Object.fromEntries(reply.header.map((block) => [block.name, block.text]));
    expect(header).toEqual({
      RelatesTo: 'urn:uuid:7',
      Action: 'http://www.onvif.org/ver10/events/wsdl/EventPortType/GetEventPropertiesResponse',
    });
  });

  test('a subscription is found by wsa:To when the request went to the service path', async () => {
    const { cam } = await start();
    const { at } = await subscribe(cam);
    const reply = await cam.ask('wsnt:Unsubscribe', '', {
      header: `<wsa:To>http://127.0.0.1:${cam.port}${at.path}</wsa:To>`,
    });
    expect(reply.status).toBe(200);
    expect((await cam.ask('wsnt:Unsubscribe', '')).fault?.at(-1)).toBe('wsrf-rw:ResourceUnknownFault');
  });
});

describe('GetEventProperties', () => {
  test('describes every topic the model raises, and no undeclared item', async () => {
    const { cam } = await start({ profile: 'c340' });
    const reply = await cam.get('tev:GetEventProperties');
    expect(reply.text).toContain('<CellMotionDetector><Motion wstop:topic="true">');
    expect(reply.text).toContain('Name="IsTPSmartEvent" Type="xs:boolean"');
    expect(reply.text).not.toContain('IsVehicle');
    const { cam: strict } = await start({ profile: 'c340', strict: true });
    expect((await strict.get('tev:GetEventProperties')).text).toContain('IsVehicle');
  });

  test('GetCurrentMessage tells a property as it stands', async () => {
    const { cam } = await start();
    cam.camera.trigger('motion', true);
    const topic = (text: string) =>
      `<wsnt:Topic Dialect="http://docs.oasis-open.org/wsn/t-1/TopicExpression/Concrete">${text}</wsnt:Topic>`;
    const reply = await cam.get('wsnt:GetCurrentMessage', topic('tns1:VideoSource/MotionAlarm'));
    expect(reply.text).toContain('Name="State" Value="true"');
    expect((await cam.ask('wsnt:GetCurrentMessage', topic('tns1:Media/ProfileChanged'))).fault?.at(-1)).toBe(
      'wsnt:NoCurrentMessageOnTopicFault',
    );
  });
});

describe('VIGI quirks', () => {
  test('each pull point has a port of its own, which closes behind it', async () => {
    const { cam, clock } = await start({ profile: 'c340' });
    const one = await subscribe(cam);
    const two = await subscribe(cam);
    expect(new Set([cam.port, one.at.port, two.at.port]).size).toBe(3);
    expect(one.at.path).toBe(`/event-${one.at.port}_${one.at.port}`);
    expect(lines(await pull(cam, one.at)).length).toBeGreaterThan(0);
    expect((await cam.ask('wsnt:Unsubscribe', '', one.at)).status).toBe(200);
    await clock.advance('2s');
    await expect(pull(cam, one.at)).rejects.toThrow(/ECONNREFUSED/);
    expect((await pull(cam, two.at)).status).toBe(200);
  });

  test('fractional durations are refused, whole ones work', async () => {
    const { cam } = await start({ profile: 'c340' });
    const { at } = await subscribe(cam, life('PT60S'));
    expect((await pull(cam, at, 'PT1.000S')).fault).toEqual(['Sender', 'ter:InvalidArgVal']);
    expect((await cam.ask('tev:CreatePullPointSubscription', life('PT60.000S'))).fault).toEqual([
      'Sender',
      'ter:InvalidArgVal',
    ]);
    const { cam: strict } = await start({ profile: 'c340', strict: true });
    await subscribe(strict, life('PT60.000S'));
  });
});

describe('base notification', () => {
  async function startConsumer(statuses: number[] = []) {
    const messages: string[] = [];
    const waiting: (() => void)[] = [];
    const server = http.createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        response.writeHead(statuses.shift() ?? 202).end();
        messages.push(Buffer.concat(chunks).toString('utf8'));
        for (const wake of waiting.splice(0)) wake();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/here?x=1`,
      messages,
      async count(wanted: number) {
        while (messages.length < wanted) await new Promise<void>((resolve) => waiting.push(resolve));
        return messages;
      },
      [Symbol.asyncDispose]: () =>
        new Promise<void>((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    };
  }
  const reference = (url: string, more = '') =>
    `<wsnt:ConsumerReference><wsa:Address>${url.replace('&', '&amp;')}</wsa:Address>${more}</wsnt:ConsumerReference>`;

  test('posts what happens to the consumer, with its reference parameters', async () => {
    const { cam } = await start();
    await using consumer = await startConsumer();
    const parameters = '<wsa:ReferenceParameters><k:Key xmlns:k="urn:k" a="1">v&lt;</k:Key></wsa:ReferenceParameters>';
    const reply = await cam.get('wsnt:Subscribe', reference(consumer.url, parameters));
    await consumer.count(1);
    cam.camera.trigger('tamper', true);
    const [first, second] = await consumer.count(2);
    for (const message of [first!, second!]) checked.check(message);
    const root = parseXml(second!);
    expect(lines(childOf(childOf(root, 'Body'), 'Notify'))).toEqual(['ImagingService Changed State=true']);
    expect(textAt(root, 'Header', 'To')).toBe(consumer.url);
    expect(childOf(childOf(root, 'Header'), 'Key')).toMatchObject({ ns: 'urn:k', text: 'v<' });
    const address = textAt(root, 'Body', 'Notify', 'NotificationMessage', 'SubscriptionReference', 'Address');
    expect(address).toBe(reply.at('SubscriptionReference', 'Address'));
    expect((await cam.ask('wsnt:Unsubscribe', '', { path: new URL(address!).pathname })).status).toBe(200);
  });

  test('a consumer that fails is asked again, then its messages are dropped and the next ones come', async () => {
    const { cam, clock } = await start();
    await using consumer = await startConsumer([500, 500, 500]);
    await cam.get('wsnt:Subscribe', reference(consumer.url));
    for (let n = 1; n <= 3; n++) {
      await consumer.count(n);
      await sleepers(clock, 2);
      await clock.advance('5s');
    }
    cam.camera.trigger('tamper', true);
    const message = (await consumer.count(4))[3]!;
    expect(lines(childOf(childOf(parseXml(message), 'Body'), 'Notify'))).toEqual(['ImagingService Changed State=true']);
  });

  test('only an http address can be notified', async () => {
    const { cam } = await start();
    expect((await cam.ask('wsnt:Subscribe', reference('mailto:x@y'))).fault).toEqual(['Sender', 'ter:InvalidArgVal']);
    expect((await cam.ask('wsnt:Subscribe', '')).fault).toEqual(['Sender', 'ter:InvalidArgs']);
  });
});

describe('event brokers', () => {
  const broker = (address: string, more = '<tev:QoS>1</tev:QoS>', prefix = 'cam/1') =>
    `<tev:EventBroker><tev:Address>${address}</tev:Address><tev:TopicPrefix>${prefix}</tev:TopicPrefix><tev:UserName>u</tev:UserName><tev:Password>secret-1</tev:Password>${more}</tev:EventBroker>`;

  test('are kept, changed by their address, told without password and deleted', async () => {
    const { cam } = await start();
    await cam.get('tev:AddEventBroker', broker('mqtt://127.0.0.1:1884'));
    const filtered = `<tev:PublishFilter><wsnt:TopicExpression Dialect="http://www.onvif.org/ver10/tev/topicExpression/ConcreteSet" xmlns:x="http://www.onvif.org/ver10/topics">x:RuleEngine//.</wsnt:TopicExpression></tev:PublishFilter><tev:QoS>2</tev:QoS>`;
    await cam.get('tev:AddEventBroker', broker('MQTT://127.0.0.1:1884', filtered));
    expect(cam.camera.state.eventBrokers).toEqual([
      {
        address: 'mqtt://127.0.0.1:1884',
        topicPrefix: 'cam/1',
        username: 'u',
        password: 'secret-1',
        qos: 2,
        filter: 'tns1:RuleEngine//.',
      },
    ]);
    const reply = await cam.get('tev:GetEventBrokers');
    expect(reply.at('EventBroker', 'QoS')).toBe('2');
    expect(reply.text).not.toContain('secret-1');
    await cam.get('tev:DeleteEventBroker', '<tev:Address>mqtt://127.0.0.1:1884</tev:Address>');
    expect(cam.camera.state.eventBrokers).toEqual([]);
  });

  test.each([
    [['Sender', 'ter:InvalidArgVal', 'ter:InvalidProtocol'], broker('amqp://h:1')],
    [['Sender', 'ter:InvalidArgVal', 'ter:InvalidAddress'], broker('nowhere')],
    [
      ['Sender', 'ter:InvalidArgVal', 'ter:InvalidFilter'],
      broker(
        'mqtt://h:1',
        '<tev:PublishFilter><wsnt:TopicExpression Dialect="x">a</wsnt:TopicExpression></tev:PublishFilter>',
      ),
    ],
    [['Sender', 'ter:InvalidArgVal'], broker('mqtt://h:1', '<tev:QoS>3</tev:QoS>')],
    [['Sender', 'ter:InvalidArgVal'], broker('mqtt://h:1', '', '')],
    [['Sender', 'ter:InvalidArgs'], ''],
  ])('%s', async (fault, args) => {
    const { cam } = await start();
    expect((await cam.ask('tev:AddEventBroker', args)).fault).toEqual(fault);
    const unknown = '<tev:Address>mqtt://other:1</tev:Address>';
    for (const operation of ['tev:GetEventBrokers', 'tev:DeleteEventBroker']) {
      expect((await cam.ask(operation, unknown)).fault).toEqual(['Sender', 'ter:InvalidArgVal', 'ter:InvalidAddress']);
    }
  });

  test('have a limit', async () => {
    const { cam } = await start();
    for (let n = 1; n <= 4; n++) await cam.get('tev:AddEventBroker', broker(`mqtts://h:${n}`));
    expect((await cam.ask('tev:AddEventBroker', broker('ws://h:5/mqtt'))).fault).toEqual([
      'Receiver',
      'ter:Action',
      'ter:TooManyEventBrokers',
    ]);
  });
});

/** Settles when that many PullMessages wait at the camera. */
async function parkedRequests(cam: OneCamera, wanted: number) {
  const { createSubscriptions } = await import('../../device-sim/onvif/subscriptions.ts');
  const subscriptions = cam.handler.context.get(createSubscriptions);
  while (subscriptions.parked !== wanted) await new Promise((resolve) => setImmediate(resolve));
}

async function sleepers(clock: ReturnType<typeof manualClock>, atLeast: number) {
  while (clock.sleeping < atLeast) await new Promise((resolve) => setImmediate(resolve));
}
