import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { call } from '../api/call.ts';
import { useClock } from '../runtime/clock-context.tsx';
import type { Received } from '../wire.ts';

/** A view keeps more than the camera does, so that nothing goes while one looks, but not without end. */
const keptAtMost = 2000;
const everyMs = 1000;

/** The timeline of one camera, the oldest first; while `live` what is new is fetched each second. */
export function useTimeline(camera: string, live: boolean) {
  const clock = useClock();
  const client = useQueryClient();
  const [entries, setEntries] = useState<Received[]>([]);
  const [after, setAfter] = useState({ id: 0 });

  useEffect(() => {
    if (!live) return;
    const stop = new AbortController();
    (async () => {
      for (;;) {
        await call<{ received: Received[] }>(`cameras/${camera}/received?after=${after.id}`, {
          signal: stop.signal,
        }).then(
          ({ received }) => {
            if (received.length === 0) return;
            // The same object: what is seen does not begin the loop anew.
            after.id = received.at(-1)!.id;
            setEntries((before) => [...before, ...received].slice(-keptAtMost));
          },
          (error: unknown) => {
            if (stop.signal.aborted) throw error;
            // The page's other questions say that the fleet does not answer.
          },
        );
        await clock.sleep(everyMs, stop.signal);
      }
    })().catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    return () => stop.abort();
  }, [camera, live, after, clock]);

  return {
    entries,
    clear() {
      client.removeQueries({ queryKey: ['received', camera] });
      setAfter({ id: entries.at(-1)?.id ?? after.id });
      setEntries([]);
    },
  };
}
