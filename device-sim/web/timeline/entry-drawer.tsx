import { Drawer, Group, Loader, ScrollArea, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useReceived } from '../api/queries.ts';
import { CopyButton } from '../parts/copy.tsx';
import { Refusal } from '../parts/notice.tsx';
import { exactTime } from '../parts/time-text.ts';
import { outcomeOf } from './outcome.ts';
import { pretty } from './pretty.ts';
import classes from './timeline.module.css';

interface EntryDrawerProps {
  camera: string;
  id: number | undefined;
  onClose: () => void;
}

/** One request with what was sent and answered. */
export function EntryDrawer({ camera, id, onClose }: EntryDrawerProps) {
  const { data: entry, error } = useReceived(camera, id);
  return (
    <Drawer
      opened={id !== undefined}
      onClose={onClose}
      position="right"
      size="xl"
      title={entry?.what ?? 'Request'}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {error ? (
        <Refusal error={error} />
      ) : !entry ? (
        <Loader size="sm" aria-label="Loading" />
      ) : (
        <Stack>
          <dl className={classes.facts}>
            <Fact name="Time">{exactTime(entry.at)}</Fact>
            <Fact name="Peer">{entry.peer}</Fact>
            <Fact name="Protocol">{entry.protocol ?? 'unknown'}</Fact>
            <Fact name="Result">{outcomeOf(entry).text}</Fact>
            {entry.ms !== undefined && <Fact name="Took">{entry.ms < 1 ? 'less than 1 ms' : `${entry.ms} ms`}</Fact>}
          </dl>
          {entry.request === null && entry.answer === null ? (
            <Text size="sm" c="dimmed">
              What was said is not kept: it is older than the last few thousand exchanges of the fleet, or was no text.
            </Text>
          ) : (
            <>
              <Message title="Request" text={entry.request} />
              <Message title="Answer" text={entry.answer} />
              <Text size="xs" c="dimmed">
                Passwords, tokens and keys are struck out (***).
              </Text>
            </>
          )}
        </Stack>
      )}
    </Drawer>
  );
}

const Fact = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd className="numbers">{children}</dd>
  </div>
);

function Message({ title, text }: { title: string; text: string | null }) {
  if (text === null) return null;
  return (
    <section aria-label={title}>
      <Group justify="space-between" mb={4}>
        <Text fw={600} size="sm" component="h3">
          {title}
        </Text>
        <CopyButton value={text} label={`Copy the ${title.toLowerCase()}`} />
      </Group>
      {/* It scrolls, so the keyboard must reach it. */}
      <ScrollArea.Autosize
        mah={420}
        className={classes.message}
        viewportProps={{ tabIndex: 0, role: 'group', 'aria-label': title }}
      >
        <pre>{pretty(text)}</pre>
      </ScrollArea.Autosize>
    </section>
  );
}
