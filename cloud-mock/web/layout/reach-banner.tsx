import { Loader } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { reach } from '../api/client.ts';
import { keys } from '../api/queries.ts';
import classes from './reach-banner.module.css';

/** Says that the cloud does not answer, over the page so that nothing moves, and goes when it does again. */
export function ReachBanner() {
  const ok = useSyncExternalStore(reach.subscribe, () => reach.ok);
  const client = useQueryClient();
  const { start, stop } = useInterval(() => client.refetchQueries({ queryKey: keys.session }), 3000);
  useEffect(() => {
    if (ok) return;
    start();
    return () => {
      stop();
      // What was shown meanwhile may be old.
      client.invalidateQueries();
    };
  }, [ok, start, stop, client]);
  return (
    <div className={classes.place} role="status" aria-live="polite">
      {!ok && (
        <div className={classes.banner}>
          <Loader size={16} color="lamp" aria-hidden />
          <span>The cloud does not answer. What you see may be old; trying again…</span>
        </div>
      )}
    </div>
  );
}
