import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Fault } from './notice.tsx';

interface ConfirmProps {
  opened: boolean;
  title: string;
  /** What follows from it. */
  children: ReactNode;
  /** The verb: `Remove camera`. */
  action: string;
  busy: boolean;
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be taken back. The safe choice has the focus. */
export const Confirm = ({ opened, title, children, action, busy, error, onConfirm, onClose }: ConfirmProps) => (
  <Modal opened={opened} onClose={onClose} title={title} closeButtonProps={{ 'aria-label': 'Close' }}>
    <Stack>
      <Text size="sm" component="div">
        {children}
      </Text>
      {error !== undefined && error !== null && <Fault error={error} />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>
          Cancel
        </Button>
        <Button color="red.9" loading={busy} onClick={onConfirm}>
          {action}
        </Button>
      </Group>
    </Stack>
  </Modal>
);
