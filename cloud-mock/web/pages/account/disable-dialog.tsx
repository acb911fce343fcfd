import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import type { Account } from '../../api/shapes.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { ProofForm } from '../../parts/proof-form.tsx';

interface Props {
  opened: boolean;
  account: Account;
  onClose(): void;
}

export function DisableDialog({ opened, account, onClose }: Props) {
  const client = useQueryClient();
  const done = () => {
    onClose();
    notifications.show({ message: 'Two-factor authentication is off. Your password alone signs you in.' });
    client.invalidateQueries();
  };
  return (
    <Dialog opened={opened} onClose={onClose} title="Turn off Two-Factor Authentication?" keepOnClickOutside>
      <ProofForm
        account={account}
        withCode
        danger
        submitLabel="Turn off"
        run={(body) => call<void>('POST', '/two-factor/disable', { body })}
        onDone={done}
        onCancel={onClose}
      >
        <Text>
          Your password alone will sign you in, and Config Tool can no longer add cameras to a VMS Local with this
          TP-Link ID. All other sessions end.
        </Text>
        <Text size="sm" c="dimmed">
          No phone at hand? Sign out, sign in again, and choose “Lost your phone?” at the question for the code. You get
          a mail with a link that turns 2FA off.
        </Text>
      </ProofForm>
    </Dialog>
  );
}
