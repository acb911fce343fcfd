import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import type { Clock } from '../../../core/runtime/clock.ts';

const ClockContext = createContext<Clock | undefined>(undefined);

export const ClockProvider = ({ clock, children }: { clock: Clock; children: ReactNode }) => (
  <ClockContext.Provider value={clock}>{children}</ClockContext.Provider>
);

export function useClock(): Clock {
  const clock = useContext(ClockContext);
  if (!clock) throw new Error('useClock needs a ClockProvider above it');
  return clock;
}

/** The present instant, new every `everyMs`. */
export function useNow(everyMs = 1000): number {
  const clock = useClock();
  const [now, setNow] = useState(() => clock.now());
  useEffect(() => {
    const stop = new AbortController();
    (async () => {
      for (;;) {
        await clock.sleep(everyMs, stop.signal);
        setNow(clock.now());
      }
    })().catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    return () => stop.abort();
  }, [clock, everyMs]);
  return now;
}
