import { startProgram, startWorker } from '../child.ts';
import type { Row } from '../row.ts';
import { short } from '../row.ts';

/** `sim` with so many cameras, out of discovery, on free ports, keeping nothing. */
export const simArguments = (cameras: number, dataDir: string, ...more: string[]) => [
  ...[
    '--cameras',
    String(cameras),
    '--base-port',
    '0',
    '--data-dir',
    dataDir,
    '--seed',
    'bench',
    '--log-level',
    'silent',
  ],
  ...['--initialized', '--password', 'Bench password 1'],
  ...more,
];

export const idleCamera: Row = {
  name: 'idle-camera',
  title: 'Memory of an idle camera',
  method:
    'Resident memory (VmRSS) of `sim` with 1,000 cameras (quick: 200) less that of `sim` with one, divided by the ' +
    'difference, after both have settled; beside it the same for bare node:http listeners.',
  async run(bench) {
    const many = bench.quick ? 200 : 1000;
    const rss = async (cameras: number) => {
      using folder = bench.folder();
      await using sim = await startProgram('sim', ...simArguments(cameras, folder.path, '--no-discovery'));
      await bench.deps.clock.sleep(2000);
      return sim.rssBytes();
    };
    const listeners = async (count: number) => {
      await using bare = await startWorker('bare-listeners', { count });
      return bare.rssBytes();
    };
    const kib = ((await rss(many)) - (await rss(1))) / (many - 1) / 1024;
    const bareKib = ((await listeners(many)) - (await listeners(1))) / (many - 1) / 1024;
    return [
      {
        what: 'RSS of one more camera',
        target: '≤ 100 KiB',
        measured: `${short(kib)} KiB`,
        beside: `bare listener ${short(bareKib)} KiB`,
        ok: kib <= 100,
      },
    ];
  },
};
