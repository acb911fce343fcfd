import { Button, Group, Stack, Text, ThemeIcon } from '@mantine/core';
import { IconCircleCheck, IconCircleX, type TablerIcon } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Heading } from './heading.tsx';
import { Panel } from './panel.tsx';
import { ProblemNote } from './problem-note.tsx';

interface DecisionProps {
  Icon: TablerIcon;
  title: string;
  /** Who asks, and how to know that it is the right one. */
  about: ReactNode;
  /** What approving means, a line each. */
  points: ReactNode[];
  /** Something to choose before saying yes. */
  question?: ReactNode;
  error: unknown;
  pending?: 'approve' | 'deny';
  onApprove(): void;
  onDeny(): void;
  children?: ReactNode;
}

/** Something outside asks for a yes or a no. */
export function Decision(props: DecisionProps) {
  const { Icon, title, about, points, question, error, pending, onApprove, onDeny, children } = props;
  return (
    <Panel>
      <Stack gap="lg">
        <Stack gap="sm" align="center" ta="center" pt="sm">
          <ThemeIcon size={64} radius={18} variant="light" aria-hidden>
            <Icon size={36} stroke={1.5} />
          </ThemeIcon>
          <Heading title={title} />
          <Text c="dimmed">{about}</Text>
        </Stack>
        <Stack gap={6} fz="sm">
          <span>When you approve:</span>
          <ul style={{ margin: 0, paddingLeft: 20 }}>
            {points.map((point, place) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a fixed list of sentences
              <li key={place}>{point}</li>
            ))}
          </ul>
        </Stack>
        {question}
        <ProblemNote error={error} />
        <Group grow>
          <Button variant="default" loading={pending === 'deny'} onClick={onDeny}>
            Deny
          </Button>
          <Button loading={pending === 'approve'} onClick={onApprove}>
            Approve
          </Button>
        </Group>
      </Stack>
      {children}
    </Panel>
  );
}

interface DecidedProps {
  approved: boolean;
  title: string;
  children: ReactNode;
}

/** How it ended, and the way on. */
export const Decided = ({ approved, title, children }: DecidedProps) => (
  <Panel>
    <Stack gap="md" align="center" ta="center" py="lg" role="status">
      <ThemeIcon size={64} radius={18} variant="light" color={approved ? 'teal' : 'gray'} aria-hidden>
        {approved ? <IconCircleCheck size={36} stroke={1.5} /> : <IconCircleX size={36} stroke={1.5} />}
      </ThemeIcon>
      <Heading title={title} />
      <Text c="dimmed">{children}</Text>
      <Button component={Link} href="/" mt="xs">
        {approved ? 'See my VMS Locals' : 'Go to my VMS Locals'}
      </Button>
    </Stack>
  </Panel>
);
