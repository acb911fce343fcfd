import { startProgram } from '../child.ts';
import { type RtspViewer, watchRtsp } from '../load/rtsp-viewer.ts';
import { median, type Row, short } from '../row.ts';
import { simArguments } from './idle-camera.ts';

const fps = 15;

interface Listed {
  rtspUrls: string[];
  username: string;
  password: string;
}

export const liveFleet: Row = {
  name: 'live-fleet',
  title: '1,000 cameras live, 100 watched',
  method:
    '`sim` with 1,000 cameras and busy traffic (quick: 200 and 20), one viewer on the second stream of every tenth; share ' +
    'of one core the process takes over 10 s, and the pictures the worst viewer gets against those it is promised.',
  async run(bench) {
    const cameras = bench.quick ? 200 : 1000;
    const watched = cameras / 10;
    const seconds = bench.quick ? 4 : 10;
    using folder = bench.folder();
    await using sim = await startProgram(
      'sim',
      ...simArguments(cameras, folder.path, '--no-discovery', '--traffic', 'busy'),
    );
    const viewers: RtspViewer[] = [];
    try {
      const all = sim.ready.cameras as Listed[];
      for (let n = 0; n < watched; n++) viewers.push(await watchRtsp(all[n * 10]!.rtspUrls[1]!, all[n * 10]!));
      await bench.deps.clock.sleep(2000);
      const framesBefore = viewers.map(({ frames }) => frames);
      const cpuBefore = sim.cpuMs();
      const startedAt = performance.now();
      await bench.deps.clock.sleep(seconds * 1000);
      const passedMs = performance.now() - startedAt;
      const share = (sim.cpuMs() - cpuBefore) / passedMs;
      const frames = viewers.map((viewer, n) => viewer.frames - framesBefore[n]!);
      const usual = median(frames);
      const worst = Math.min(...frames) / usual;
      return [
        {
          what: `share of one core with ${cameras} cameras, ${watched} watched`,
          target: '≤ 100 %',
          measured: `${short(share * 100)} %`,
          ok: share <= 1,
        },
        {
          what: 'pictures of the worst viewer',
          target: '≥ 99 % of the usual',
          measured: `${short(worst * 100)} %`,
          beside: `${short((usual * 1000) / passedMs)} pictures/s`,
          ok: worst >= 0.99 && (usual * 1000) / passedMs >= fps * 0.99,
        },
      ];
    } finally {
      for (const viewer of viewers) viewer[Symbol.dispose]();
    }
  },
};
