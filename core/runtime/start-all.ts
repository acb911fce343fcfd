/** Anything that can be ended. */
export type Owned = AsyncDisposable | Disposable;

/** Ends things last first, each once; errors are gathered and thrown together after all have ended. */
export async function disposeAll(owned: Owned[]): Promise<void> {
  const errors: unknown[] = [];
  for (let one = owned.pop(); one; one = owned.pop()) {
    try {
      if (Symbol.asyncDispose in one) await one[Symbol.asyncDispose]();
      else one[Symbol.dispose]();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new AggregateError(errors, 'some parts did not end well');
}

/**
 * Run a start-up that hands what it opens to `own`. The result ends everything, last first, when disposed; a step that
 * throws ends what was opened so far, so a start that fails half-way leaves nothing behind.
 */
export async function startAll<T extends object>(
  start: (own: <O extends Owned>(one: O) => O) => Promise<T>,
): Promise<T & AsyncDisposable> {
  const owned: Owned[] = [];
  try {
    const result = await start((one) => {
      owned.push(one);
      return one;
    });
    return Object.assign(result, { [Symbol.asyncDispose]: () => disposeAll(owned) });
  } catch (error) {
    await disposeAll(owned).catch(() => undefined);
    throw error;
  }
}
