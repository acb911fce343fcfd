import { Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconKey, IconShieldCheck, IconShieldOff } from '@tabler/icons-react';
import { useState } from 'react';
import { useSecondFactor, useSession } from '../api/queries.ts';
import { Fault } from '../parts/notice.tsx';
import { roleName } from '../parts/role.ts';
import { ToneBadge } from '../parts/tone-badge.tsx';
import { OwnPassword } from './own-password.tsx';
import { SwitchOff, SwitchOn } from './second-factor-dialogs.tsx';
import classes from './settings.module.css';

/** Who is signed in, and what guards the account. */
export function Account() {
  const { data: me } = useSession();
  if (!me) return null;
  return (
    <div className={classes.columns}>
      <section className={`card ${classes.panel}`} aria-labelledby="who">
        <Title order={2} id="who" mb="sm">
          {me.name}
        </Title>
        <dl className={classes.facts}>
          <dt>Role</dt>
          <dd>{roleName(me.role)}</dd>
          <dt>Account</dt>
          <dd>{me.via === 'local' ? 'local, of this gateway' : `TP-Link ID ${me.email ?? ''}`}</dd>
        </dl>
        {me.via === 'local' && <ChangePassword />}
      </section>
      {me.via === 'local' ? <SecondFactor /> : <AtTheCloud />}
    </div>
  );
}

function ChangePassword() {
  const [changing, setChanging] = useState(false);
  return (
    <>
      <Button mt="md" variant="default" leftSection={<IconKey size={16} />} onClick={() => setChanging(true)}>
        Change my password
      </Button>
      <OwnPassword opened={changing} onClose={() => setChanging(false)} />
    </>
  );
}

const AtTheCloud = () => (
  <section className={`card ${classes.panel}`} aria-labelledby="second-factor">
    <Title order={2} id="second-factor" mb="xs">
      Two-factor authentication
    </Title>
    <Text size="sm">
      A TP-Link ID has its two-factor authentication at the cloud: sign in there and open{' '}
      <b>Admin &gt; Account &gt; Two-Factor Authentication</b>.
    </Text>
  </section>
);

function SecondFactor() {
  const { data: on, error, refetch } = useSecondFactor();
  const [asked, setAsked] = useState<'on' | 'off'>();
  const close = () => setAsked(undefined);
  return (
    <section className={`card ${classes.panel}`} aria-labelledby="second-factor">
      <Group justify="space-between" align="flex-start">
        <div style={{ flex: '1 1 18rem' }}>
          <Group gap="sm">
            <Title order={2} id="second-factor">
              Two-factor authentication
            </Title>
            {on !== undefined && <ToneBadge tone={on ? 'good' : 'idle'}>{on ? 'On' : 'Off'}</ToneBadge>}
          </Group>
          <Text size="sm" c="dimmed" mt={4}>
            {on
              ? 'Signing in and adding cameras ask for the code of your authenticator app.'
              : 'With it, signing in needs a code of an authenticator app besides the password. Adding cameras with a local account needs it.'}
          </Text>
        </div>
        {on === undefined ? (
          !error && <Skeleton height={36} width={120} />
        ) : on ? (
          <Button variant="default" leftSection={<IconShieldOff size={16} />} onClick={() => setAsked('off')}>
            Turn off
          </Button>
        ) : (
          <Button leftSection={<IconShieldCheck size={16} />} onClick={() => setAsked('on')}>
            Turn on
          </Button>
        )}
      </Group>
      {error && (
        <Stack mt="sm">
          <Fault error={error} onRetry={() => refetch()} />
        </Stack>
      )}
      <SwitchOn opened={asked === 'on'} onClose={close} />
      <SwitchOff opened={asked === 'off'} onClose={close} />
    </section>
  );
}
