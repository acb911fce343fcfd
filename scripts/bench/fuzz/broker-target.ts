import { once } from 'node:events';
import { connect } from 'node:net';
import type { Random } from '../../../core/runtime/random.ts';
import { createHouseMaker, mqttsPortOf } from '../house.ts';
import { type MqttPublisher, openPublisher } from '../load/mqtt-publisher.ts';
import { crossing } from '../rows/stored-events.ts';
import { keptAlive } from './http.ts';
import { mutate } from './mutate.ts';
import { type FuzzTargetMaker, longestAnswerMs } from './target.ts';

const topics = [
  'onvif-ej/RuleEngine/LineDetector/Crossed/&line',
  'onvif-ej/RuleEngine/CellMotionDetector/Motion/&v/&r',
  'telemetry',
  'status',
  'reply/7',
];
/** First byte of an input: whole packets from a stranger, or a payload of a paired camera on one of its topics. */
const stranger = 255;

const text = (value: string) =>
  Buffer.concat([Buffer.from([value.length >> 8, value.length & 255]), Buffer.from(value)]);
const packet = (type: number, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([type, body.length]), body]);
};
const hello = packet(
  0x10,
  text('MQTT'),
  Buffer.from([4, 0xc2, 0, 60]),
  text('somebody'),
  text('home'),
  text('a password'),
);
const packets = [
  hello,
  Buffer.concat([hello, packet(0x82, Buffer.from([0, 1]), text('vigi/+/event/#'), Buffer.from([1]))]),
  Buffer.concat([hello, packet(0x32, text('vigi/gw/SIM1/up/status'), Buffer.from([0, 2]), Buffer.from('{}'))]),
  Buffer.concat([
    hello,
    packet(0xc0),
    packet(0xa2, Buffer.from([0, 3]), text('#')),
    packet(0x62, Buffer.from([0, 2])),
    packet(0xe0),
  ]),
  packet(0x10, text('MQTT'), Buffer.from([5, 2, 0, 60, 0]), text('five')),
];
const payloads = [
  crossing(Date.UTC(2026, 0, 1), 'o1'),
  JSON.stringify({
    UtcTime: '2026-01-01T00:00:00Z',
    Source: { Rule: 'r' },
    Key: { ObjectId: 1 },
    Data: { IsMotion: true },
  }),
  JSON.stringify({ at: '2026-01-01T00:00:00.000Z', uptimeSeconds: 5, viewers: 1 }),
  JSON.stringify({ online: true, at: '2026-01-01T00:00:00.000Z' }),
  '',
].map((one) => Buffer.from(one));

export const brokerTarget: FuzzTargetMaker = {
  name: 'mqtt',
  title: 'MQTT packets and payloads',
  async open() {
    const houses = createHouseMaker(4);
    const house = await houses.house();
    const child = await house.startGateway('error');
    const [mqtts, mqtt] = [mqttsPortOf(child), Number(new URL(child.ready.mqttUrl.replace(/^mqtt/, 'http')).port)];
    const agent = keptAlive();
    const doors = new Map<number, Promise<MqttPublisher>>();
    let turn = 0;

    const doorOf = async (camera: number): Promise<MqttPublisher> => {
      const known = await doors.get(camera);
      if (known && !known.closed) return known;
      const { clientId, tls } = house.cameras[camera]!;
      const opened = openPublisher({ ...tls, port: mqtts }, clientId);
      doors.set(camera, opened);
      return opened;
    };
    async function asCamera(topic: string, payload: Buffer): Promise<void> {
      const camera = turn++ % house.cameras.length;
      const door = await doorOf(camera);
      await new Promise<void>((resolve) => {
        door.publish(`${house.cameras[camera]!.topicPrefix}/${topic}`, payload, resolve);
        door.onClose(resolve);
      });
    }
    async function asStranger(bytes: Buffer): Promise<void> {
      const socket = connect({ port: mqtt, host: '127.0.0.1', noDelay: true });
      socket.on('error', () => undefined).resume();
      const closed = once(socket, 'close');
      socket.end(bytes);
      await closed;
    }

    return {
      child,
      input(random: Random) {
        if (random.int(4) === 0) return Buffer.concat([Buffer.from([stranger]), mutate(packets, random)]);
        return Buffer.concat([Buffer.from([random.int(topics.length)]), mutate(payloads, random).subarray(0, 20_000)]);
      },
      async send(input) {
        const [kind, rest] = [input[0]!, input.subarray(1)];
        await (kind === stranger ? asStranger(rest) : asCamera(topics[kind]!, rest));
        return undefined;
      },
      async ping() {
        const answer = await fetch(`${child.ready.url}/healthz`, { signal: AbortSignal.timeout(longestAnswerMs) });
        await answer.arrayBuffer();
        if (answer.status !== 200) throw new Error(`/healthz was answered ${answer.status}`);
      },
      async [Symbol.asyncDispose]() {
        agent.destroy();
        for (const door of doors.values()) (await door)[Symbol.dispose]();
        await child[Symbol.asyncDispose]();
        house[Symbol.dispose]();
        houses[Symbol.dispose]();
      },
    };
  },
};
