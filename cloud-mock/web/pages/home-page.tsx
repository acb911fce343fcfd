import { Button, Group, List, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { IconDeviceDesktopPlus, IconShieldExclamation } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useGateways } from '../api/queries.ts';
import { SignedIn } from '../layout/signed-in.tsx';
import { Heading } from '../parts/heading.tsx';
import { Panel } from '../parts/panel.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { GatewayCard } from './home/gateway-card.tsx';
import classes from './home/home.module.css';

export const HomePage = () => (
  <SignedIn>
    {({ account }) => (
      <Stack gap="xl">
        <Group justify="space-between" align="flex-end" gap="md">
          <div>
            <Heading title="VMS Locals">Hello, {account.name}</Heading>
            <Text c="dimmed" mt={4}>
              The VMS Locals you may open.
            </Text>
          </div>
          <BindAnother />
        </Group>
        {!account.twoFactor.enabled && <TwoFactorNotice />}
        <Gateways />
      </Stack>
    )}
  </SignedIn>
);

/** With nothing bound yet, the empty list has the one button there is. */
function BindAnother() {
  const { data } = useGateways();
  if (!data?.length) return null;
  return (
    <Button
      component={Link}
      href="/bind"
      variant="default"
      leftSection={<IconDeviceDesktopPlus size={18} aria-hidden />}
    >
      Enter a bind code
    </Button>
  );
}

const TwoFactorNotice = () => (
  <Panel className={classes.notice} labelledBy="two-factor-notice">
    <ThemeIcon size={44} radius={12} color="lamp" variant="light" aria-hidden>
      <IconShieldExclamation size={26} />
    </ThemeIcon>
    <div className={classes.noticeText}>
      <Title order={2} size="h3" id="two-factor-notice">
        Your account is protected by a password only
      </Title>
      <Text c="dimmed" size="sm" mt={2}>
        With two-factor authentication a stolen password opens nothing. VIGI Config Tool also needs it to add cameras.
      </Text>
    </div>
    <Button component={Link} href="/account#two-factor">
      Turn on 2FA
    </Button>
  </Panel>
);

function Gateways() {
  const { data, error, refetch } = useGateways();
  if (data?.length) {
    return (
      <Stack component="ul" gap="md" className={classes.list}>
        {data.map((gateway) => (
          <li key={gateway.id}>
            <GatewayCard gateway={gateway} />
          </li>
        ))}
      </Stack>
    );
  }
  if (data) return <NoGateway />;
  if (error) return <ProblemNote error={error} onRetry={refetch} title="Your VMS Locals could not be listed" />;
  return (
    <Stack gap="md" aria-busy="true" aria-label="Loading">
      <Skeleton height={118} radius={14} />
      <Skeleton height={118} radius={14} />
    </Stack>
  );
}

const NoGateway = () => (
  <Panel className={classes.empty} labelledBy="no-gateway">
    <ThemeIcon size={64} radius={18} variant="light" aria-hidden>
      <IconDeviceDesktopPlus size={34} stroke={1.6} />
    </ThemeIcon>
    <div>
      <Title order={2} id="no-gateway">
        Bind your first VMS Local
      </Title>
      <Text c="dimmed" mt={4}>
        Then you open it from here, wherever you are.
      </Text>
    </div>
    <List type="ordered" spacing={10} className={classes.steps}>
      <List.Item>
        Open the pages of your VMS Local (the panel of <code>npm start</code> names the address) and sign in as its
        administrator.
      </List.Item>
      <List.Item>
        Choose <strong>Cloud Access</strong>, then <strong>Bind</strong>. It shows a code such as <code>KXQT-WMPD</code>
        .
      </List.Item>
      <List.Item>Follow its link, or enter the code here.</List.Item>
    </List>
    <Button component={Link} href="/bind">
      Enter a bind code
    </Button>
  </Panel>
);
