import { Button, Stack, Text } from '@mantine/core';
import { type SubmitEvent, useState } from 'react';
import { Heading } from '../../parts/heading.tsx';
import { Panel } from '../../parts/panel.tsx';
import { PasswordField } from '../../parts/password-field.tsx';

/** From another machine the mailbox asks for the password that the cloud printed when it started. */
export function MailboxLock({ refused, onPassword }: { refused: boolean; onPassword(password: string): void }) {
  const [password, setPassword] = useState('');
  const [edited, setEdited] = useState(false);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setEdited(false);
    if (password) onPassword(password.trim());
  };
  return (
    <Panel>
      <Stack gap="lg">
        <div>
          <Heading title="Mailbox" />
          <Text c="dimmed" mt={4}>
            It holds the mail of every account, so from another machine it asks for the mailbox password. The cloud
            prints it when it starts.
          </Text>
        </div>
        <form onSubmit={submit} noValidate>
          <Stack gap="md">
            <PasswordField
              label="Mailbox password"
              autoComplete="off"
              autoFocus
              value={password}
              error={refused && !edited && 'That is not the mailbox password of this cloud.'}
              onChange={(event) => {
                setPassword(event.currentTarget.value);
                setEdited(true);
              }}
            />
            <Button type="submit">Open the mailbox</Button>
          </Stack>
        </form>
      </Stack>
    </Panel>
  );
}
