import { once } from 'node:events';
import { WebSocket } from 'ws';
import { mqttsPortOf, signIn } from '../house.ts';
import { percentile, type Row, short } from '../row.ts';
import { crossing, crossingTopic } from './stored-events.ts';

const aSecond = 1000;

export const eventToBrowser: Row = {
  name: 'event-to-browser',
  title: 'Event to browser',
  method:
    'Eight paired cameras publish 1,000 events a second, evenly spread; a signed-in WebSocket of the live feed hears ' +
    'them after they are stored. Both ends are in one process, so the time from publishing to hearing is by one clock.',
  async run(bench) {
    using house = await bench.house();
    await using gateway = await house.startGateway();
    const publishers = await house.connect(mqttsPortOf(gateway));
    const browser = await signIn(gateway, house.admin);
    const { ticket } = (await (await browser.post('/feed/ticket', {})).json()) as { ticket: string };
    const { url } = gateway.ready as { url: string };
    const feed = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/feed`, ['vigil.feed.v1', `ticket.${ticket}`], {
      origin: url,
    });
    await once(feed, 'open');

    const sentAt = new Map<string, number>();
    const delays: number[] = [];
    const heard = new Map<string, number>();
    feed.on('message', (data) => {
      const message = JSON.parse(String(data)) as { type: string; event?: { data: { ObjectId?: string } } };
      const object = message.event?.data.ObjectId;
      if (message.type !== 'event' || object === undefined) return;
      delays.push(performance.now() - (sentAt.get(object) ?? Number.NaN));
      heard.set(object, (heard.get(object) ?? 0) + 1);
    });

    const seconds = bench.quick ? 4 : 15;
    const startedAt = performance.now();
    // The first second warms up and is left out of the times, not of the counting.
    let warm = 0;
    for (let n = 0; n < seconds * aSecond; ) {
      const due = Math.min(seconds * aSecond, ((performance.now() - startedAt) * aSecond) / 1000);
      for (; n < due; n++) {
        const client = n % publishers.length;
        const object = `o${n}`;
        sentAt.set(object, performance.now());
        publishers[client]!.publish(
          crossingTopic(house.cameras[client]!.topicPrefix),
          crossing(bench.deps.clock.now(), object),
          () => undefined,
        );
      }
      if (n <= aSecond) warm = delays.length;
      await bench.deps.clock.sleep(2);
    }
    for (let waits = 0; heard.size < sentAt.size && waits < 50; waits++) await bench.deps.clock.sleep(100);
    feed.terminate();
    for (const publisher of publishers) publisher[Symbol.dispose]();

    const times = delays.slice(warm);
    const p99 = percentile(times, 0.99);
    const lost = sentAt.size - heard.size;
    const twice = [...heard.values()].filter((count) => count > 1).length;
    return [
      {
        what: 'p99 from camera to browser at 1,000 events/s',
        target: '≤ 50 ms',
        measured: `${short(p99)} ms`,
        beside: `median ${short(percentile(times, 0.5))} ms, longest ${short(Math.max(...times))} ms`,
        ok: p99 <= 50,
      },
      {
        what: `lost or twice, of ${short(sentAt.size)}`,
        target: 'none',
        measured: `${lost} lost, ${twice} twice`,
        ok: lost === 0 && twice === 0,
      },
    ];
  },
};
