import { Avatar, Badge, Button, Group, Skeleton, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconMailForward, IconUserPlus } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { call, isApiError } from '../api/client.ts';
import { keys } from '../api/queries.ts';
import type { Account, Invitation, Organisation, User } from '../api/shapes.ts';
import { SignedIn } from '../layout/signed-in.tsx';
import { Heading } from '../parts/heading.tsx';
import { Instant } from '../parts/instant.tsx';
import { ForOrganisation } from '../parts/organisation-choice.tsx';
import { Panel } from '../parts/panel.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { sayAccess } from '../parts/roles.ts';
import classes from './organisation/organisation.module.css';
import { RemoveUser } from './organisation/remove-user.tsx';
import { UserDialog } from './organisation/user-dialog.tsx';

/** Admin > User. */
export const UsersPage = () => (
  <SignedIn>
    {({ account }) => (
      <Stack gap="xl">
        <div>
          <Heading title="Users" />
          <Text c="dimmed" mt={4}>
            Who may enter the VMS Locals, and what they may do there.
          </Text>
        </div>
        <ForOrganisation>
          {(organisation, choice) => (
            <Users key={organisation.id} organisation={organisation} account={account} choice={choice} />
          )}
        </ForOrganisation>
      </Stack>
    )}
  </SignedIn>
);

interface UsersProps {
  organisation: Organisation;
  account: Account;
  choice: ReactNode;
}

function Users({ organisation, account, choice }: UsersProps) {
  const [dialog, setDialog] = useState<User | 'invite'>();
  const [removing, setRemoving] = useState<User>();
  const path = `/organisations/${organisation.id}`;
  const manages =
    organisation.rights.includes('user.manage') ||
    organisation.sites.some(({ rights }) => rights.includes('user.manage'));
  const { data, error, refetch } = useQuery({
    queryKey: keys.users(organisation.id),
    queryFn: ({ signal }) => call<{ users: User[]; invitations: Invitation[] }>('GET', `${path}/users`, { signal }),
    enabled: manages,
    refetchInterval: 10_000,
  });
  if (!manages) return <NotYours organisation={organisation} account={account} choice={choice} />;
  return (
    <>
      {choice}
      <Panel labelledBy="users-title">
        <Group justify="space-between" gap="sm">
          <Title order={2} id="users-title">
            Users of {organisation.name}
          </Title>
          <Button onClick={() => setDialog('invite')} leftSection={<IconUserPlus size={18} aria-hidden />}>
            Add a user
          </Button>
        </Group>
        <ProblemNote error={error && !data && error} onRetry={refetch} mt="md" />
        {data ? (
          <ul className={classes.rows}>
            {data.users.map((user) => (
              <Row
                key={user.id}
                user={user}
                organisation={organisation}
                onChange={() => setDialog(user)}
                onRemove={() => setRemoving(user)}
              />
            ))}
          </ul>
        ) : (
          !error && <Skeleton height={64} mt="md" aria-busy="true" />
        )}
      </Panel>
      {data && <Invitations organisation={organisation} invitations={data.invitations} />}
      {dialog && (
        <UserDialog
          key={typeof dialog === 'string' ? dialog : dialog.id}
          organisation={organisation}
          user={dialog === 'invite' ? undefined : dialog}
          onClose={() => setDialog(undefined)}
        />
      )}
      <RemoveUser organisation={organisation} user={removing} onClose={() => setRemoving(undefined)} />
    </>
  );
}

/** Somebody who manages nobody still sees what they are themselves. */
function NotYours({ organisation, account, choice }: UsersProps) {
  const [leaving, ask] = useDisclosure(false);
  return (
    <>
      {choice}
      <Panel labelledBy="users-title">
        <Group justify="space-between" gap="sm">
          <Title order={2} id="users-title">
            Users of {organisation.name}
          </Title>
          <Button variant="default" onClick={ask.open} aria-label={`Leave ${organisation.name}`}>
            Leave
          </Button>
        </Group>
        <Text c="dimmed" mt={6}>
          Your role here does not include users. You are{' '}
          {sayAccess(
            organisation.sites.map(({ id, role }) => ({ site: id, role })),
            organisation.sites,
          ) || 'a user without a site'}
          .
        </Text>
      </Panel>
      <RemoveUser
        organisation={organisation}
        user={leaving ? { ...account, self: true } : undefined}
        onClose={ask.close}
      />
    </>
  );
}

interface RowProps {
  user: User;
  organisation: Organisation;
  onChange(): void;
  onRemove(): void;
}

const Row = ({ user, organisation, onChange, onRemove }: RowProps) => (
  <li>
    <Avatar size={40} color="dusk" variant="filled" name={user.name} aria-hidden />
    <div className={classes.text}>
      <div className={classes.name}>
        {user.name}
        {user.self && (
          <Badge variant="light" tt="none">
            You
          </Badge>
        )}
        <Badge variant="light" tt="none" color={user.twoFactor ? 'teal' : 'gray'}>
          {user.twoFactor ? '2FA on' : '2FA off'}
        </Badge>
      </div>
      <div className={classes.facts}>
        <span>{sayAccess(user.access, organisation.sites)}</span>
        <span>{user.email}</span>
        <span>
          Since <Instant at={user.joinedAt} as="day" />
        </span>
      </div>
    </div>
    <div className={classes.actions}>
      {user.changeable && (
        <Button size="sm" variant="default" onClick={onChange} aria-label={`Change role of ${user.name}`}>
          Change role
        </Button>
      )}
      {(user.changeable || user.self) && (
        <Button
          size="sm"
          variant="default"
          onClick={onRemove}
          aria-label={user.self ? `Leave ${organisation.name}` : `Remove ${user.name}`}
        >
          {user.self ? 'Leave' : 'Remove'}
        </Button>
      )}
    </div>
  </li>
);

function Invitations({ organisation, invitations }: { organisation: Organisation; invitations: Invitation[] }) {
  const client = useQueryClient();
  const act = useMutation({
    mutationFn: ({ id, what }: { id: string; what: 'resend' | 'withdraw'; email: string }) => {
      const path = `/organisations/${organisation.id}/invitations/${id}`;
      return what === 'resend' ? call<void>('POST', `${path}/resend`) : call<void>('DELETE', path);
    },
    onSuccess: (_, { what, email }) =>
      notifications.show({
        message: what === 'resend' ? `A fresh invitation was mailed to ${email}.` : 'The invitation was withdrawn.',
      }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.users(organisation.id) }),
  });
  const over = isApiError(act.error, 'invitation_unknown');
  return (
    <Panel labelledBy="invitations-title">
      <Title order={2} id="invitations-title">
        Invitations
      </Title>
      <ProblemNote error={act.error} mt="md">
        {over ? 'This invitation was answered or withdrawn meanwhile.' : undefined}
      </ProblemNote>
      {invitations.length === 0 ? (
        <Text c="dimmed" mt={6}>
          Nobody is invited at the moment.
        </Text>
      ) : (
        <ul className={classes.rows}>
          {invitations.map(({ id, email, access, sentAt, expiresAt, lapsed, changeable }) => {
            const busy = (what: string) => act.isPending && act.variables.id === id && act.variables.what === what;
            return (
              <li key={id}>
                <ThemeIcon variant="light" color="gray" size={40} radius={11} aria-hidden>
                  <IconMailForward size={22} stroke={1.7} />
                </ThemeIcon>
                <div className={classes.text}>
                  <div className={classes.name}>
                    {email}
                    {lapsed && (
                      <Badge variant="light" color="lamp" tt="none">
                        Lapsed
                      </Badge>
                    )}
                  </div>
                  <div className={classes.facts}>
                    <span>{sayAccess(access, organisation.sites)}</span>
                    <span>
                      Sent <Instant at={sentAt} />
                    </span>
                    {!lapsed && (
                      <span>
                        Lapses <Instant at={expiresAt} />
                      </span>
                    )}
                  </div>
                </div>
                {changeable && (
                  <div className={classes.actions}>
                    <Button
                      size="sm"
                      variant="default"
                      loading={busy('resend')}
                      onClick={() => act.mutate({ id, what: 'resend', email })}
                      aria-label={`Send again to ${email}`}
                    >
                      Send again
                    </Button>
                    <Button
                      size="sm"
                      variant="default"
                      loading={busy('withdraw')}
                      onClick={() => act.mutate({ id, what: 'withdraw', email })}
                      aria-label={`Withdraw the invitation of ${email}`}
                    >
                      Withdraw
                    </Button>
                  </div>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </Panel>
  );
}
