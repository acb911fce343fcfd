import { Badge, Button, Group, Switch, Text, Title } from '@mantine/core';
import { useState } from 'react';
import type { Account } from '../../api/shapes.ts';
import { Instant } from '../../parts/instant.tsx';
import { Panel } from '../../parts/panel.tsx';
import classes from './account.module.css';
import { DisableDialog } from './disable-dialog.tsx';
import { EnrolDialog } from './enrol-dialog.tsx';
import { RecoveryDialog } from './recovery-dialog.tsx';

/** Fewer recovery codes than this are worth a word. */
const fewCodes = 3;

export function TwoFactor({ account }: { account: Account }) {
  const { enabled, enabledAt, recoveryCodesLeft } = account.twoFactor;
  const [dialog, setDialog] = useState<'enrol' | 'replace' | 'recovery' | 'disable'>();
  const close = () => setDialog(undefined);
  return (
    <Panel id="two-factor" labelledBy="two-factor-title">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div className={classes.head}>
          <Title order={2} id="two-factor-title">
            Two-Factor Authentication
          </Title>
          <Badge color={enabled ? 'teal' : 'gray'} variant="light" size="lg" tt="none">
            {enabled ? 'On' : 'Off'}
          </Badge>
        </div>
        <Switch
          size="lg"
          withThumbIndicator={false}
          aria-labelledby="two-factor-title"
          checked={enabled}
          onChange={() => setDialog(enabled ? 'disable' : 'enrol')}
          classNames={{ input: classes.switchInput }}
        />
      </Group>
      <Text c="dimmed" mt={8} maw={620}>
        {enabled
          ? 'Your password alone opens nothing: each sign-in also asks for the 6-digit code your authenticator app shows.'
          : 'Ask for a 6-digit code from an authenticator app, such as Google Authenticator, after the password.'}
      </Text>
      {!enabled && (
        <Button mt="lg" onClick={() => setDialog('enrol')}>
          Turn on
        </Button>
      )}
      {enabled && (
        <>
          <dl className={classes.facts}>
            {enabledAt && (
              <>
                <dt>On since</dt>
                <dd>
                  <Instant at={enabledAt} as="full" />
                </dd>
              </>
            )}
            {recoveryCodesLeft !== undefined && (
              <>
                <dt>Recovery codes</dt>
                <dd>
                  {recoveryCodesLeft} of 10 left
                  {recoveryCodesLeft < fewCodes && '. Get ten new ones before they run out.'}
                </dd>
              </>
            )}
          </dl>
          <Group mt="lg" gap="sm">
            <Button variant="default" onClick={() => setDialog('replace')}>
              Set up a new phone
            </Button>
            <Button variant="default" onClick={() => setDialog('recovery')}>
              New recovery codes
            </Button>
            <Button variant="light" color="red" onClick={() => setDialog('disable')}>
              Turn off
            </Button>
          </Group>
        </>
      )}
      <EnrolDialog
        opened={dialog === 'enrol' || dialog === 'replace'}
        replacing={dialog === 'replace'}
        account={account}
        onClose={close}
      />
      <RecoveryDialog opened={dialog === 'recovery'} account={account} onClose={close} />
      <DisableDialog opened={dialog === 'disable'} account={account} onClose={close} />
    </Panel>
  );
}
