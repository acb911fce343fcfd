/** Remembers things by key up to so many bytes; what was used longest ago goes first. */
export interface ByteCache<V> {
  /** What is known under this key, else what `make` gives. */
  get(key: string, make: () => V): V;
}

export function createByteCache<V>(limitBytes: number, weigh: (value: V) => number): ByteCache<V> {
  const known = new Map<string, V>();
  let keptBytes = 0;
  return {
    get(key, make) {
      let value = known.get(key);
      if (value !== undefined) {
        // The latest used stands last.
        known.delete(key);
        known.set(key, value);
        return value;
      }
      value = make();
      known.set(key, value);
      keptBytes += weigh(value);
      for (const [oldest, one] of known) {
        if (keptBytes <= limitBytes || known.size === 1) break;
        known.delete(oldest);
        keptBytes -= weigh(one);
      }
      return value;
    },
  };
}
