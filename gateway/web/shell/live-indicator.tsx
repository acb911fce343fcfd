import { Tooltip } from '@mantine/core';
import { useFeedStatus } from '../feed/feed-context.tsx';
import { useNow } from '../runtime/clock-context.tsx';
import classes from './shell.module.css';

/** Whether what is shown is the present. */
export function LiveIndicator() {
  const status = useFeedStatus();
  const now = useNow();
  const seconds = status.phase === 'waiting' ? Math.max(1, Math.ceil((status.retryAt - now) / 1000)) : 0;
  const [word, explanation] = {
    live: ['Live', 'Events and camera states arrive the moment they happen.'],
    connecting: ['Connecting', 'Opening the live connection to the gateway.'],
    waiting: ['Reconnecting', `The live connection broke; next try in ${seconds} s. Missed events will be fetched.`],
    stopped: ['Stopped', 'The live connection has ended with the session.'],
  }[status.phase] as [string, string];
  return (
    <Tooltip label={explanation}>
      <span className={classes.live} data-phase={status.phase} role="status" aria-label={`Live connection: ${word}`}>
        {word}
      </span>
    </Tooltip>
  );
}
