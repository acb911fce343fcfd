import { Button, Center, Loader, Stack, Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Redirect, Route, Switch, useLocation, useSearch } from 'wouter';
import { nextLocation, signInLocation, useCovers, useSession, useStatus } from './api/queries.ts';
import { CloudAccessPage } from './cloud-access/cloud-access-page.tsx';
import { DevicesPage } from './devices/devices-page.tsx';
import { DoorScreen } from './doors/door-screen.tsx';
import { SetUp } from './doors/set-up.tsx';
import { SignIn } from './doors/sign-in.tsx';
import { EventsPage } from './events/events-page.tsx';
import { FeedProvider } from './feed/feed-context.tsx';
import { faultText } from './parts/notice.tsx';
import { SettingsPage } from './settings/settings-page.tsx';
import { Shell } from './shell/shell.tsx';

/** Which door one stands at: set-up, sign-in, or inside. */
export function App() {
  const status = useStatus();
  const session = useSession();

  if (status.data?.setupRequired) return <SetUp status={status.data} />;
  const fault = (!status.data && status.error) || (session.data === undefined && session.error);
  if (fault) return <NoAnswer error={fault} onRetry={() => Promise.all([status.refetch(), session.refetch()])} />;
  if (!status.data || session.data === undefined) return <Waiting />;
  if (session.data === null) return <Outside status={status.data} />;
  return (
    <FeedProvider>
      <Shell status={status.data} user={session.data}>
        <Pages />
      </Shell>
    </FeedProvider>
  );
}

/** Without a session every address is the sign-in page, which leads back to it. */
function Outside({ status }: { status: Parameters<typeof SignIn>[0]['status'] }) {
  const [location, navigate] = useLocation();
  const search = useSearch();
  const client = useQueryClient();
  const away = location !== '/sign-in';
  useEffect(() => {
    if (!away) return;
    navigate(signInLocation(client, search ? `${location}?${search}` : location), { replace: true });
  }, [away, location, search, navigate, client]);
  return away ? <Waiting /> : <SignIn status={status} />;
}

function Pages() {
  const search = useSearch();
  const viewer = useCovers('viewer');
  return (
    <Switch>
      <Route path="/devices/:id?">{({ id }) => <DevicesPage openId={id} />}</Route>
      {viewer && (
        <Route path="/events">
          <EventsPage />
        </Route>
      )}
      {viewer && (
        <Route path="/cloud-access">
          <CloudAccessPage />
        </Route>
      )}
      <Route path="/settings/:tab?">{({ tab }) => <SettingsPage tab={tab} />}</Route>
      {/* A redirect acts when it is mounted: without keys the second would be taken for the first. */}
      <Route key="sign-in" path="/sign-in">
        <Redirect to={nextLocation(search)} replace />
      </Route>
      <Route key="elsewhere">
        <Redirect to="/devices" replace />
      </Route>
    </Switch>
  );
}

const Waiting = () => (
  <Center mih="100dvh">
    <Loader aria-label="Loading" />
  </Center>
);

function NoAnswer({ error, onRetry }: { error: unknown; onRetry: () => unknown }) {
  const { title, remedy } = faultText(error);
  return (
    <DoorScreen title="No connection">
      <Stack mt="md">
        <Text size="sm">
          <IconPlugConnectedX size={18} aria-hidden style={{ verticalAlign: '-3px', marginRight: 6 }} />
          {title}
        </Text>
        {remedy && (
          <Text size="sm" c="dimmed">
            {remedy}
          </Text>
        )}
        <Button variant="default" onClick={onRetry}>
          Try again
        </Button>
      </Stack>
    </DoorScreen>
  );
}
