import { startWorker } from '../child.ts';
import { type Figure, type Row, short } from '../row.ts';

const mostMs = 0.05;

export const ownVideo: Row = {
  name: 'own-video',
  title: 'Own video',
  method:
    'Pictures of 640×360 at 15 a second, made one after the other in a process of their own: CPU time divided by ' +
    'pictures, with nothing and with somebody moving before the lens, IDR pictures of the group included.',
  async run(bench) {
    await using worker = await startWorker('picture', { frames: bench.quick ? 600 : 15_000 });
    const figures: Figure[] = [];
    for (let n = 0; n < worker.ready.figures; n++) {
      const { encoding, moving, ms } = await worker.next();
      figures.push({
        what: `${encoding} ${moving ? 'with motion' : 'calm'}, CPU a picture`,
        target: `≤ ${mostMs} ms`,
        measured: `${short(ms)} ms`,
        ok: ms <= mostMs,
      });
    }
    return figures;
  },
};
