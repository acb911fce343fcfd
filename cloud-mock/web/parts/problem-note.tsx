import { Alert, type AlertProps, Button } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { isApiError } from '../api/client.ts';

/** What went wrong, in words a person can act on. */
export const sayError = (error: unknown): string =>
  isApiError(error) ? error.message : 'Something went wrong on this page. Load it again.';

interface Props extends Omit<AlertProps, 'title'> {
  error: unknown;
  title?: string;
  onRetry?: () => void;
  action?: ReactNode;
}

/** A refusal that belongs to no single field. Announced when it appears. */
export function ProblemNote({ error, title, onRetry, action, children, ...rest }: Props) {
  if (!error) return null;
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle aria-hidden />} role="alert" title={title} {...rest}>
      {children ?? sayError(error)}
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
