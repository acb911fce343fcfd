import { mqttsPortOf, signIn } from '../house.ts';
import { median, type Row, short } from '../row.ts';
import { crossing, crossingTopic } from './stored-events.ts';

export const crash: Row = {
  name: 'crash',
  title: 'kill -9 under load',
  method:
    'Eight cameras publish 800 events a second; the gateway gets SIGKILL after 2 s (later when it has not acknowledged 500 by then) and is started again on its folder. Lost ' +
    'is what was acknowledged and is not in the list of events afterwards. Restart: from the start of the process, Node ' +
    'and all modules included, to its ready line; the median of the runs.',
  async run(bench) {
    const restarts: number[] = [];
    let acknowledged = 0;
    let lost = 0;
    let twice = 0;
    for (let run = 0; run < (bench.quick ? 1 : 3); run++) {
      using house = await bench.house();
      const gateway = await house.startGateway();
      const publishers = await house.connect(mqttsPortOf(gateway));
      const safe = new Set<string>();
      const startedAt = performance.now();
      const passedMs = () => performance.now() - startedAt;
      for (let n = 0; passedMs() < 2000 || (safe.size < 500 && passedMs() < 20_000); await bench.deps.clock.sleep(5)) {
        for (; n < passedMs() * 0.8; n++) {
          const client = n % publishers.length;
          const object = `o${n}`;
          publishers[client]!.publish(
            crossingTopic(house.cameras[client]!.topicPrefix),
            crossing(bench.deps.clock.now(), object),
            () => safe.add(object),
          );
        }
      }
      await gateway.kill();
      for (const publisher of publishers) publisher[Symbol.dispose]();
      await using again = await house.startGateway();
      restarts.push(again.readyMs);
      const browser = await signIn(again, house.admin);
      const stored: string[] = [];
      for (let before = ''; ; ) {
        const page = (await (await browser.get(`/events?limit=500${before}`)).json()) as {
          events: { data: { ObjectId?: string } }[];
          next?: number;
        };
        stored.push(...page.events.flatMap(({ data }) => data.ObjectId ?? []));
        if (page.next === undefined) break;
        before = `&before=${page.next}`;
      }
      const distinct = new Set(stored);
      acknowledged += safe.size;
      lost += [...safe].filter((object) => !distinct.has(object)).length;
      twice += stored.length - distinct.size;
    }
    const restart = median(restarts);
    return [
      {
        what: `acknowledged events lost, of ${short(acknowledged)}`,
        target: 'none',
        measured: `${lost} lost, ${twice} twice`,
        ok: lost === 0 && twice === 0 && acknowledged > 0,
      },
      { what: 'restart', target: '< 2 s', measured: `${short(restart / 1000)} s`, ok: restart < 2000 },
    ];
  },
};
