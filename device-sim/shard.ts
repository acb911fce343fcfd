import { UsageError } from '../core/runtime/settings.ts';

/** One machine's part of a fleet that several machines run. */
export interface Shard {
  /** 1 … of. */
  part: number;
  of: number;
}

/** `2/3`: the second of three machines. Throws UsageError. */
export function parseShard(text: string): Shard {
  const [, part, of] = /^(\d{1,4})\/(\d{1,4})$/.exec(text.trim()) ?? [];
  const shard = { part: Number(part), of: Number(of) };
  if (!part || shard.part < 1 || shard.part > shard.of)
    throw new UsageError(`--shard: "${text}" is no part of a fleet: write 1/3 on the first of three machines`);
  return shard;
}

/** The consecutive cameras of one machine; those of all machines are the whole fleet, each camera once. */
export function shardOf<T>(whole: readonly T[], { part, of }: Shard): T[] {
  const edge = (at: number) => Math.floor((at * whole.length) / of);
  const own = whole.slice(edge(part - 1), edge(part));
  if (own.length === 0)
    throw new UsageError(`--shard ${part}/${of} has no camera: the fleet has ${whole.length}, fewer than machines`);
  return own;
}
