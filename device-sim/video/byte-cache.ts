import type { Clock } from '../../core/runtime/clock.ts';

/** Remembers things by key, about so many bytes of them; what was not used for long goes first. */
export interface ByteCache<K, V> {
  /** What is known under this key, else what `make` gives. */
  get(key: K, make: () => V): V;
}

/** A generation grows no older: what nobody used for as long is forgotten, so that memory stays flat. */
export const generationMs = 120_000;

/**
 * Two generations, each of half the limit: what is used moves to the young one, and when that is full or has had its
 * time, the old one is forgotten. So a hit costs one look-up, and nothing is put in order.
 */
export function createByteCache<K extends string | number, V>(
  limitBytes: number,
  weigh: (value: V) => number,
  clock: Clock,
): ByteCache<K, V> {
  let young = new Map<K, V>();
  let old = new Map<K, V>();
  let youngBytes = 0;
  let youngSince = clock.now();
  return {
    get(key, make) {
      const known = young.get(key);
      if (known !== undefined) return known;
      const value = old.get(key) ?? make();
      old.delete(key);
      youngBytes += weigh(value);
      const now = clock.now();
      if ((youngBytes > limitBytes / 2 && young.size > 0) || now - youngSince > generationMs) {
        old = young;
        young = new Map();
        youngBytes = weigh(value);
        youngSince = now;
      }
      young.set(key, value);
      return value;
    },
  };
}
