/** Work on all of them, at most so many at a time; the first rejection rejects. */
export async function someAtOnce<T>(
  most: number,
  all: Iterable<T>,
  work: (one: T, index: number) => Promise<void>,
): Promise<void> {
  const waiting = [...all].entries();
  const worker = async () => {
    for (const [index, one] of waiting) await work(one, index);
  };
  await Promise.all(Array.from({ length: most }, worker));
}
