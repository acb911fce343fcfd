import { Button, Group, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { ApiError } from '../api/call.ts';
import classes from './parts.module.css';

/** The fleet's words as a sentence: `door has no power` → `Door has no power.` */
export const sentence = (text: string) => text.replace(/^./, (first) => first.toUpperCase()).replace(/[^.!?]$/, '$&.');

export function faultText(error: unknown): { title: string; remedy?: string } {
  if (!(error instanceof ApiError))
    return {
      title: 'Something went wrong in this page.',
      remedy: 'Reload it; if it happens again, look at the browser console.',
    };
  if (error.code === 'fleet_unreachable')
    return {
      title: 'The fleet does not answer.',
      remedy: 'Check that it is running. This page tries again by itself.',
    };
  return { title: sentence(error.message) };
}

interface FaultProps {
  error: unknown;
  what?: string;
  onRetry?: () => void;
}

/** A refusal in a person's words: what happened, then what to do about it. */
export function Refusal({ error, what, onRetry }: FaultProps) {
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

/** Nothing here: says why, and what to do next. */
export const Empty = ({ icon, title, children, actions }: EmptyProps) => (
  <div className={`card ${classes.empty}`}>
    <div className={classes.emptyIcon} aria-hidden>
      {icon}
    </div>
    <Text fw={650} size="lg" component="h2">
      {title}
    </Text>
    <Text c="dimmed" size="sm" component="div">
      {children}
    </Text>
    {actions && (
      <Group mt="sm" justify="center">
        {actions}
      </Group>
    )}
  </div>
);
