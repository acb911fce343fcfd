import { Alert, Button, List, Skeleton, Stack, Text } from '@mantine/core';
import { useWindowEvent } from '@mantine/hooks';
import { IconCircleCheck } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation } from 'wouter';
import { call, isApiError } from '../api/client.ts';
import { useSession, useSignOut } from '../api/queries.ts';
import type { InvitationView } from '../api/shapes.ts';
import { Gate } from '../layout/gate.tsx';
import { Heading } from '../parts/heading.tsx';
import { Instant } from '../parts/instant.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { roleMeanings, roleNames } from '../parts/roles.ts';

const kept = 'vigil-invitation';

/** The token of the mailed link: out of the address at once, but kept in this window across signing in on the way. */
function takeToken(): string {
  const token = window.location.hash.slice(1);
  if (token) {
    window.sessionStorage.setItem(kept, token);
    window.history.replaceState(null, '', window.location.pathname);
  }
  return token || (window.sessionStorage.getItem(kept) ?? '');
}

/** Where the mailed link leads. Looking changes nothing; accepting needs a sign-in with the invited address. */
export function InvitationPage() {
  const [token, setToken] = useState(takeToken);
  useWindowEvent('hashchange', () => setToken(takeToken()));
  const client = useQueryClient();
  const session = useSession();
  const view = useQuery({
    queryKey: ['invitation', token],
    queryFn: ({ signal }) => call<InvitationView>('POST', '/invitations/look', { body: { token }, signal }),
    enabled: token !== '',
    staleTime: Number.POSITIVE_INFINITY,
  });
  const answer = useMutation({
    mutationFn: (what: 'accept' | 'decline') => call<unknown>('POST', `/invitations/${what}`, { body: { token } }),
    async onSuccess() {
      window.sessionStorage.removeItem(kept);
      await client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'invitation' });
    },
  });
  const dead = !token || isApiError(view.error, 'invitation_invalid') || isApiError(answer.error, 'invitation_invalid');

  if (answer.isSuccess) return <Done accepted={answer.variables === 'accept'} organisation={view.data?.organisation} />;
  if (dead) return <Dead />;
  if (view.error) {
    return (
      <Gate>
        <Stack gap="lg">
          <Heading title="Invitation" />
          <ProblemNote error={view.error} onRetry={view.refetch} />
        </Stack>
      </Gate>
    );
  }
  if (!view.data || session.isPending) {
    return (
      <Gate>
        <Stack gap="lg" aria-busy="true" aria-label="Loading">
          <Skeleton height={34} width="70%" />
          <Skeleton height={120} />
        </Stack>
      </Gate>
    );
  }
  const { organisation, from, access, email, expiresAt } = view.data;
  return (
    <Gate>
      <Stack gap="lg" key="ask">
        <Stack gap={6}>
          <Heading title="Invitation">Join {organisation}?</Heading>
          <Text c="dimmed">
            {from.name} ({from.email}) invites you. Nothing has been changed yet.
          </Text>
        </Stack>
        <div>
          <Text>When you accept, you are:</Text>
          <List spacing={6} mt={6}>
            {access.map(({ site, role }) => (
              <List.Item key={`${site} ${role}`}>
                <strong>{roleNames[role]}</strong> {site === null ? 'at every site' : `at ${site}`}:{' '}
                {roleMeanings[role]}.
              </List.Item>
            ))}
          </List>
        </div>
        <Text size="sm" c="dimmed">
          Its Super Admins then see your name and e-mail address, whether you have 2FA on, when and from where you sign
          in, and what you do in their organisation. The invitation lapses <Instant at={expiresAt} />.
        </Text>
        <ProblemNote error={answer.error} />
        <Answer
          email={email}
          signedInAs={session.data?.account.email}
          pending={answer.isPending ? answer.variables : undefined}
          onAnswer={answer.mutate}
        />
      </Stack>
    </Gate>
  );
}

interface AnswerProps {
  email: string;
  signedInAs?: string;
  pending?: 'accept' | 'decline';
  onAnswer(what: 'accept' | 'decline'): void;
}

function Answer({ email, signedInAs, pending, onAnswer }: AnswerProps) {
  const signOut = useSignOut();
  const [, go] = useLocation();
  const decline = (
    <Button variant="subtle" color="gray" loading={pending === 'decline'} onClick={() => onAnswer('decline')}>
      Decline
    </Button>
  );
  const query = `?${new URLSearchParams({ next: '/invitation', email })}`;
  if (signedInAs === email) {
    return (
      <Stack gap="sm">
        <Button loading={pending === 'accept'} onClick={() => onAnswer('accept')}>
          Accept
        </Button>
        {decline}
      </Stack>
    );
  }
  if (signedInAs) {
    return (
      <Stack gap="sm">
        <Alert color="lamp" variant="light" title={`This invitation is for ${email}`}>
          You are signed in as {signedInAs}.
        </Alert>
        <Button
          loading={signOut.isPending}
          onClick={() => signOut.mutate(undefined, { onSuccess: () => go(`/sign-in${query}`) })}
        >
          Sign in as {email}
        </Button>
        {decline}
      </Stack>
    );
  }
  return (
    <Stack gap="sm">
      <Button component={Link} href={`/sign-in${query}`}>
        Sign in as {email}
      </Button>
      <Button component={Link} href={`/sign-up${query}`} variant="default">
        Create this TP-Link ID
      </Button>
      {decline}
    </Stack>
  );
}

const Done = ({ accepted, organisation }: { accepted: boolean; organisation?: string }) => (
  <Gate>
    <Stack gap="lg" key="done">
      <Heading title={accepted ? 'You are in' : 'Declined'} />
      <Alert color={accepted ? 'teal' : 'gray'} variant="light" role="status" icon={<IconCircleCheck aria-hidden />}>
        {accepted
          ? `You are a user of ${organisation} now. Its VMS Locals stand among yours.`
          : 'The invitation is dead now, and nothing else has changed.'}
      </Alert>
      <Button component={Link} href="/">
        Go to my VMS Locals
      </Button>
    </Stack>
  </Gate>
);

const Dead = () => (
  <Gate>
    <Stack gap="lg" key="dead">
      <Heading title="This invitation does not work" />
      <Text role="alert">
        It was answered or withdrawn already, is older than 7 days, or a newer one was sent. Nothing has been changed.
      </Text>
      <Text c="dimmed">Ask whoever invited you to send it again.</Text>
      <Button component={Link} href="/">
        Go to my VMS Locals
      </Button>
    </Stack>
  </Gate>
);
