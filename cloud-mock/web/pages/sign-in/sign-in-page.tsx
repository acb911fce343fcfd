import { Avatar, Button, Loader, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Redirect, useLocation, useSearchParams } from 'wouter';
import { call, isApiError } from '../../api/client.ts';
import { useSession, useSignOut } from '../../api/queries.ts';
import type { Account } from '../../api/shapes.ts';
import { Gate } from '../../layout/gate.tsx';
import { Heading } from '../../parts/heading.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { localPath } from './local-path.ts';
import { SignInFlow } from './sign-in-flow.tsx';

export function SignInPage() {
  const [search] = useSearchParams();
  const interaction = search.get('interaction');
  return <Gate>{interaction ? <ForProgram interaction={interaction} /> : <ForPortal />}</Gate>;
}

const Loading = () => (
  <Stack gap="lg" aria-busy="true">
    <Skeleton height={34} width="60%" />
    <Skeleton height={68} />
    <Skeleton height={68} />
    <Skeleton height={42} />
  </Stack>
);

/** Sign-in to the portal itself. */
function ForPortal() {
  const [search] = useSearchParams();
  const { data, isPending, error, refetch } = useSession();
  const [, go] = useLocation();
  const next = localPath(search.get('next'));
  if (isPending) return <Loading />;
  if (data) return <Redirect to={next} replace />;
  return (
    <>
      <ProblemNote error={data === undefined && error} onRetry={refetch} mb="lg" />
      <SignInFlow
        title="Sign in"
        intro="With your TP-Link ID."
        initialEmail={search.get('email') ?? ''}
        onSignedIn={() => go(next, { replace: true })}
      />
    </>
  );
}

/** Sign-in on behalf of a program (a VMS Local, an App): afterwards the browser goes back to it. */
function ForProgram({ interaction }: { interaction: string }) {
  const { data, isPending } = useSession();
  const signOut = useSignOut();
  // A person who has just given their password is not asked "continue as?" on top.
  const [fresh, setFresh] = useState(false);
  const finish = useMutation({
    mutationFn: () => call<{ redirectTo: string }>('POST', `/interactions/${encodeURIComponent(interaction)}/finish`),
    onSuccess: ({ redirectTo }) => window.location.assign(redirectTo),
  });
  const { mutate } = finish;
  useEffect(() => {
    if (fresh) mutate();
  }, [fresh, mutate]);

  if (isApiError(finish.error)) {
    return (
      <Stack gap="lg">
        <Heading title="Sign-in could not be finished" />
        <ProblemNote error={finish.error}>
          {finish.error.code === 'unreachable'
            ? finish.error.message
            : 'This sign-in request is over or unknown. Go back to the program that sent you here and start again.'}
        </ProblemNote>
        <Button component="a" href="/" variant="default">
          Go to my VMS Locals
        </Button>
      </Stack>
    );
  }
  if (finish.isPending || finish.isSuccess) {
    return (
      <Stack gap="lg" align="center" ta="center" role="status">
        <Heading title="Signed in" />
        <Text c="dimmed">Taking you back to the program that asked…</Text>
        <Loader aria-hidden />
      </Stack>
    );
  }
  if (isPending) return <Loading />;
  if (data) {
    return (
      <ContinueAs
        account={data.account}
        onContinue={mutate}
        onOther={() => signOut.mutate()}
        leaving={signOut.isPending}
      />
    );
  }
  return (
    <SignInFlow
      title="Sign in"
      intro="With your TP-Link ID, to continue to the program that sent you here."
      onSignedIn={() => setFresh(true)}
    />
  );
}

interface ContinueProps {
  account: Account;
  onContinue(): void;
  onOther(): void;
  leaving: boolean;
}

const ContinueAs = ({ account, onContinue, onOther, leaving }: ContinueProps) => (
  <Stack gap="lg">
    <Stack gap={6}>
      <Heading title="Continue" />
      <Text c="dimmed">A program asks who you are. Let it know you as this person?</Text>
    </Stack>
    <Stack gap="sm" align="center" py="sm">
      <Avatar size={64} color="dusk" variant="filled" name={account.name} aria-hidden />
      <div style={{ textAlign: 'center', overflowWrap: 'anywhere' }}>
        <Text fw={650}>{account.name}</Text>
        <Text c="dimmed">{account.email}</Text>
      </div>
    </Stack>
    <Button onClick={onContinue} autoFocus>
      Continue as {account.name}
    </Button>
    <Button variant="default" onClick={onOther} loading={leaving}>
      Use another account
    </Button>
  </Stack>
);
