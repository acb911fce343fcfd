import { startProgram } from '../child.ts';
import { median, type Row, short } from '../row.ts';
import { simArguments } from './idle-camera.ts';

export const fleetReady: Row = {
  name: 'fleet-ready',
  title: 'A fleet is ready',
  method:
    'From the start of the `sim` process, Node and all modules included, to its ready line, when all listeners answer: ' +
    'the median of several starts on an empty data folder.',
  async run(bench) {
    const measure = async (cameras: number, starts: number) => {
      const times: number[] = [];
      for (let n = 0; n < starts; n++) {
        using folder = bench.folder();
        await using sim = await startProgram('sim', ...simArguments(cameras, folder.path, '--no-discovery'));
        times.push(sim.readyMs);
      }
      return median(times);
    };
    const hundred = await measure(100, bench.quick ? 1 : 5);
    const thousand = await measure(1000, bench.quick ? 1 : 3);
    return [
      { what: '100 cameras', target: '< 1 s', measured: `${short(hundred / 1000)} s`, ok: hundred < 1000 },
      { what: '1,000 cameras', target: '< 5 s', measured: `${short(thousand / 1000)} s`, ok: thousand < 5000 },
    ];
  },
};
