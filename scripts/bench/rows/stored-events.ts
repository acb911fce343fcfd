import { mqttsPortOf } from '../house.ts';
import { saturate } from '../load/mqtt-publisher.ts';
import { median, type Row, short } from '../row.ts';

/** An event that just happens, another one each time. */
export const crossing = (at: number, object: string) =>
  JSON.stringify({
    UtcTime: new Date(at).toISOString(),
    Source: { VideoSourceConfigurationToken: 'vsconf', VideoAnalyticsConfigurationToken: 'vaconf', Rule: 'line' },
    Data: { ObjectId: object },
  });

export const crossingTopic = (topicPrefix: string) =>
  `${topicPrefix}/onvif-ej/RuleEngine/LineDetector/Crossed/&vsconf/vaconf/line`;

export const storedEvents: Row = {
  name: 'stored-events',
  title: 'Stored events',
  method:
    'Eight paired cameras publish events with QoS 1 over TLS, 64 each on their way; an acknowledgement comes after the ' +
    'commit in SQLite. Events a second from the first to the last acknowledgement, the median of several runs.',
  async run(bench) {
    using house = await bench.house();
    await using gateway = await house.startGateway();
    const publishers = await house.connect(mqttsPortOf(gateway));
    const total = bench.quick ? 4000 : 20_000;
    const rates: number[] = [];
    const cpu: number[] = [];
    for (let run = 0; run < (bench.quick ? 3 : 7); run++) {
      const cpuBefore = gateway.cpuMs();
      const startedAt = performance.now();
      await saturate({
        publishers,
        total,
        window: 64,
        message: (client, n) => ({
          topic: crossingTopic(house.cameras[client]!.topicPrefix),
          payload: crossing(bench.deps.clock.now(), `${run}-${n}`),
        }),
      });
      rates.push((total * 1000) / (performance.now() - startedAt));
      cpu.push(((gateway.cpuMs() - cpuBefore) * 1000) / total);
    }
    for (const publisher of publishers) publisher[Symbol.dispose]();
    const rate = median(rates);
    return [
      {
        what: 'events stored and acknowledged',
        target: '≥ 5,000 /s',
        measured: `${short(rate)} /s`,
        beside: `${short(median(cpu))} µs CPU each`,
        ok: rate >= 5000,
      },
    ];
  },
};
