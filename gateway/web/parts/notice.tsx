import { Button, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ApiError } from '../api/call.ts';
import classes from './parts.module.css';

/** The gateway's words as a sentence: `no camera answers there` → `No camera answers there.` */
export const sentence = (text: string) => text.replace(/^./, (first) => first.toUpperCase()).replace(/[^.!?]$/, '$&.');

/** A refusal in a person's words: what happened, then what to do about it. */
export function faultText(error: unknown): { title: string; remedy?: string } {
  if (!(error instanceof ApiError)) {
    return {
      title: 'Something went wrong in this page.',
      remedy: 'Reload it; if it happens again, look at the browser console.',
    };
  }
  switch (error.code) {
    case 'gateway_unreachable':
      return {
        title: 'The gateway does not answer.',
        remedy: 'Check that it is running and that this computer reaches it. This page tries again by itself.',
      };
    case 'role_insufficient':
      return { title: 'Your role does not allow this.', remedy: 'Ask an administrator of this gateway.' };
    case 'local_only':
      return {
        title: 'This works on the local network only.',
        remedy: 'Open the gateway by its own address, not through the cloud.',
      };
    case 'too_many_requests':
      return { title: 'Too many requests in a short time.', remedy: 'Wait a minute, then try again.' };
    default:
      return error.status >= 500 && error.status !== 502
        ? { title: 'The gateway ran into a fault of its own.', remedy: 'Its log has the details. Try again.' }
        : { title: sentence(error.message) };
  }
}

interface FaultProps {
  error: unknown;
  /** What was being done: stands before the reason. */
  what?: string;
  onRetry?: () => void;
  children?: ReactNode;
}

export function Fault({ error, what, onRetry, children }: FaultProps) {
  const { title, remedy } = faultText(error);
  return (
    <div className={classes.fault} role="alert">
      <IconAlertTriangle size={20} aria-hidden />
      <div>
        <Text size="sm" fw={600}>
          {what ? `${what}: ${title.replace(/^./, (first) => first.toLowerCase())}` : title}
        </Text>
        {remedy && (
          <Text size="sm" c="dimmed">
            {remedy}
          </Text>
        )}
        {children}
        {onRetry && (
          <Group mt="xs">
            <Button size="compact-sm" variant="default" onClick={onRetry}>
              Try again
            </Button>
          </Group>
        )}
      </div>
    </div>
  );
}

interface EmptyProps {
  icon: ReactNode;
  title: string;
  children: ReactNode;
  actions?: ReactNode;
}

/** Nothing here yet: says why, and what to do next. */
export const Empty = ({ icon, title, children, actions }: EmptyProps) => (
  <div className={`card ${classes.empty}`}>
    <div className={classes.emptyIcon} aria-hidden>
      {icon}
    </div>
    <Text fw={650} size="lg" component="h2">
      {title}
    </Text>
    <Text c="dimmed" size="sm" component="p">
      {children}
    </Text>
    {actions && (
      <Group mt="sm" justify="center">
        {actions}
      </Group>
    )}
  </div>
);
