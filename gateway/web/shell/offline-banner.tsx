import { UnstyledButton } from '@mantine/core';
import { useStatus } from '../api/queries.ts';
import { useFeed } from '../feed/feed-context.tsx';
import classes from './shell.module.css';

/** Says that the gateway has gone; what the page shows is from before. */
export function OfflineBanner() {
  const status = useStatus();
  const feed = useFeed();
  if (!status.error) return null;
  return (
    <div className={classes.banner} role="alert">
      The gateway does not answer. What you see may be out of date.
      <UnstyledButton
        fz="inherit"
        onClick={() => {
          status.refetch();
          feed.retryNow();
        }}
      >
        Try now
      </UnstyledButton>
    </div>
  );
}
