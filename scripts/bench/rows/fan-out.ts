import { type Child, startWorker } from '../child.ts';
import { type RtspViewer, watchBare, watchRtsp } from '../load/rtsp-viewer.ts';
import { type Bench, type Row, short } from '../row.ts';

const viewersAtOnce = 500;
const kbps = 3584;

interface Delivery {
  mbits: number;
  /** Of one core. */
  share: number;
  /** Pictures of the worst viewer, against those that were due. */
  worst: number;
}

export const fanOut: Row = {
  name: 'fan-out',
  title: 'RTSP fan-out',
  method:
    '500 viewers over RTSP/TCP on one camera of 3.5 Mbit/s, all in one client process that counts pictures; Mbit/s ' +
    'received, share of one core the camera’s process takes, pictures of the worst viewer against those that were due. ' +
    'Beside it a bare server that writes ready-made packets of the same rate to as many sockets.',
  async run(bench) {
    await using camera = await startWorker('camera', { kbps });
    const { fps } = camera.ready;
    const [one] = camera.ready.cameras;
    const ours = await deliver(bench, camera, fps, () => watchRtsp(one.rtspUrls[0], one));
    await using bare = await startWorker('bare-rtp', { kbps, fps });
    const theirs = await deliver(bench, bare, fps, () => watchBare(bare.ready.port));
    const said = ({ mbits, share, worst }: Delivery) =>
      `${short(mbits)} Mbit/s at ${short(share * 100)} %, worst ${short(worst * 100)} %`;
    return [
      {
        what: 'to 500 viewers, of one core',
        target: '≥ 1,000 Mbit/s at ≤ 100 %',
        measured: `${short(ours.mbits)} Mbit/s at ${short(ours.share * 100)} %`,
        beside: `bare: ${said(theirs)}`,
        ok: ours.mbits >= 1000 && ours.share <= 1,
      },
      {
        what: 'pictures of the worst viewer',
        target: '≥ 99 % of those due',
        measured: `${short(ours.worst * 100)} %`,
        ok: ours.worst >= 0.99,
      },
    ];
  },
};

async function deliver(bench: Bench, server: Child, fps: number, watch: () => Promise<RtspViewer>): Promise<Delivery> {
  const seconds = bench.quick ? 4 : 10;
  const viewers: RtspViewer[] = [];
  try {
    while (viewers.length < viewersAtOnce)
      viewers.push(...(await Promise.all(Array.from({ length: Math.min(50, viewersAtOnce - viewers.length) }, watch))));
    await bench.deps.clock.sleep(4000);
    const before = viewers.map(({ frames, bytes }) => ({ frames, bytes }));
    const cpuBefore = server.cpuMs();
    const startedAt = performance.now();
    await bench.deps.clock.sleep(seconds * 1000);
    const passed = (performance.now() - startedAt) / 1000;
    const share = (server.cpuMs() - cpuBefore) / 1000 / passed;
    const bytes = viewers.reduce((sum, viewer, n) => sum + viewer.bytes - before[n]!.bytes, 0);
    const worst = Math.min(...viewers.map((viewer, n) => viewer.frames - before[n]!.frames)) / (passed * fps);
    return { mbits: (bytes * 8) / 1e6 / passed, share, worst };
  } finally {
    for (const viewer of viewers) viewer[Symbol.dispose]();
  }
}
