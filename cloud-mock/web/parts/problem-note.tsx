import { Alert, Button } from '@mantine/core';
import { IconAlertTriangle, IconClockPause } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { isApiError } from '../api/client.ts';
import { RetryAfter } from './retry-after.tsx';

/** What went wrong, in words a person can act on. */
export const sayError = (error: unknown): string =>
  isApiError(error) ? error.message : 'Something went wrong on this page. Load it again.';

interface Props {
  error: unknown;
  title?: string;
  /** Other words than the cloud's. */
  children?: ReactNode;
  /** A refusal for a time counts down; this is called when it is over. */
  onOver?: () => void;
  onRetry?: () => void;
  action?: ReactNode;
  mt?: string;
  mb?: string;
}

/** A refusal that belongs to no single field. Announced when it appears. */
export function ProblemNote({ error, title, children, onOver, onRetry, action, mt, mb }: Props) {
  if (!error) return null;
  const waits = isApiError(error) && error.status === 429;
  const seconds = waits ? error.details.retryAfterSeconds : undefined;
  return (
    <Alert
      color={waits ? 'lamp' : 'red'}
      variant="light"
      icon={waits ? <IconClockPause aria-hidden /> : <IconAlertTriangle aria-hidden />}
      role="alert"
      title={title}
      mt={mt}
      mb={mb}
    >
      {children ?? sayError(error)}
      {typeof seconds === 'number' && (
        <>
          {' '}
          The next try is possible <RetryAfter seconds={seconds} onOver={onOver} />.
        </>
      )}
      {(onRetry || action) && (
        <div>
          {onRetry && (
            <Button mt="sm" size="xs" color="red" variant="outline" onClick={onRetry}>
              Try again
            </Button>
          )}
          {action}
        </div>
      )}
    </Alert>
  );
}
