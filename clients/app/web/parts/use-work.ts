import { useState } from 'react';

/** Something a button does: busy meanwhile, and what went wrong in words. */
export function useWork() {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState('');
  return {
    busy,
    problem,
    async run(work: () => Promise<void>) {
      if (busy) return;
      setBusy(true);
      setProblem('');
      try {
        await work();
      } catch (error) {
        setProblem((error as Error).message);
      } finally {
        setBusy(false);
      }
    },
  };
}
