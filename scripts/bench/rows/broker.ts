import { type Child, startWorker } from '../child.ts';
import { mqttsPortOf } from '../house.ts';
import { type MqttPublisher, saturate } from '../load/mqtt-publisher.ts';
import { type Bench, median, type Row, short } from '../row.ts';

const window = 64;

export const brokerRow: Row = {
  name: 'broker',
  title: 'Broker with rights',
  method:
    'Eight cameras publish telemetry with QoS 1 over TLS with client certificates, 64 messages each on their way: to the ' +
    'gateway, where every message passes certificate, rights and schema (and is not routed, as no right lets anybody hear ' +
    'it), and to bare aedes behind the same TLS, in turns. The ratio is messages for a second of CPU, ours to bare; medians.',
  async run(bench) {
    using house = await bench.house();
    await using gateway = await house.startGateway();
    await using bare = await startWorker('bare-broker', { dataDir: house.dataDir });
    const toOurs = await house.connect(mqttsPortOf(gateway));
    const toBare = await house.connect(bare.ready.port);
    const total = bench.quick ? 8000 : 40_000;
    const payload = JSON.stringify({
      at: new Date(bench.deps.clock.now()).toISOString(),
      uptimeSeconds: 3600,
      viewers: 2,
    });
    const publish = async (child: Child, publishers: MqttPublisher[]) => {
      const cpuBefore = child.cpuMs();
      const startedAt = performance.now();
      const message = (client: number) => ({ topic: `${house.cameras[client]!.topicPrefix}/telemetry`, payload });
      await saturate({ publishers, total, window, message });
      return {
        aSecond: (total * 1000) / (performance.now() - startedAt),
        aCpuSecond: (total * 1000) / (child.cpuMs() - cpuBefore),
      };
    };
    // Both have been compiled for what they do before anything counts.
    for (let warm = 0; warm < 24_000; warm += total) {
      await publish(gateway, toOurs);
      await publish(bare, toBare);
    }
    const turns = [];
    for (let turn = 0; turn < rounds(bench); turn++)
      turns.push({ theirs: await publish(bare, toBare), ours: await publish(gateway, toOurs) });
    for (const publisher of [...toOurs, ...toBare]) publisher[Symbol.dispose]();
    const ratio = median(turns.map(({ ours, theirs }) => ours.aCpuSecond / theirs.aCpuSecond));
    return [
      {
        what: 'QoS 1 messages that are not stored, for the same CPU',
        target: '≥ 70 % of bare aedes',
        measured: `${short(ratio * 100)} %`,
        beside: `${short(median(turns.map(({ ours }) => ours.aSecond)))} msg/s, bare ${short(median(turns.map(({ theirs }) => theirs.aSecond)))} msg/s`,
        ok: ratio >= 0.7,
      },
    ];
  },
};

const rounds = ({ quick }: Bench) => (quick ? 3 : 7);
