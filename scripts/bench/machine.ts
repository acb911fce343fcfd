import { cpus, loadavg, release, totalmem } from 'node:os';

/** What the figures were taken on, in a line. */
export function machine(): string {
  const cores = cpus();
  const model = cores[0]?.model.trim() || process.arch;
  const gib = Math.round(totalmem() / 2 ** 30);
  // What a distribution adds to the number says nothing of speed.
  const kernel = /^\d+\.\d+/.exec(release())?.[0] ?? release();
  return `${cores.length} × ${model}, ${gib} GiB, Linux ${kernel}, Node ${process.versions.node}`;
}

/** Others work on this machine: figures are rough. Undefined when it is quiet. */
export function busyNote(): string | undefined {
  const [load = 0] = loadavg();
  if (load < 0.5) return undefined;
  return `This machine is busy (load ${load.toFixed(1)}): ratios may hold, absolute figures are rough.`;
}
