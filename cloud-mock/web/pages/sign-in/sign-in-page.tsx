import { Avatar, Button, Loader, Skeleton, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { Redirect, useSearchParams } from 'wouter';
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
  const next = localPath(search.get('next'));
  if (isPending) return <Loading />;
  if (data) return <Redirect to={next} replace />;
  return (
    <>
      <ProblemNote error={data === undefined && error} onRetry={refetch} mb="lg" />
      <SignInFlow title="Sign in" intro="With your TP-Link ID." initialEmail={search.get('email') ?? ''} />
    </>
  );
}

/** Sign-in on behalf of a VMS Local: afterwards the browser goes back to it. */
function ForProgram({ interaction }: { interaction: string }) {
  const path = `/interactions/${encodeURIComponent(interaction)}`;
  const { data, isPending } = useSession();
  const signOut = useSignOut();
  const program = useQuery({
    queryKey: ['interaction', interaction],
    queryFn: ({ signal }) => call<{ clientName: string }>('GET', path, { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  const finish = useMutation({
    mutationFn: () => call<{ redirectTo: string }>('POST', `${path}/finish`),
    onSuccess: ({ redirectTo }) => window.location.assign(redirectTo),
  });
  const { mutate } = finish;
  // A person who has just given their password is not asked "continue as?" on top.
  const finishNow = useCallback(() => mutate(), [mutate]);

  const over = program.error ?? (isApiError(finish.error, 'reauthentication_required') ? undefined : finish.error);
  if (over) return <Over error={over} onRetry={program.error ? program.refetch : finish.reset} />;
  if (isPending || !program.data) return <Loading />;
  const name = program.data.clientName;
  if (finish.isPending || finish.isSuccess) {
    return (
      <Stack gap="lg" align="center" ta="center" role="status">
        <Heading title="Signed in" />
        <Text c="dimmed">Taking you back to {name}…</Text>
        <Loader aria-hidden />
      </Stack>
    );
  }
  if (data && finish.error) {
    return (
      <SignInFlow
        title="Enter your password again"
        intro={`${name} asks for a fresh sign-in.`}
        fixedEmail={data.account.email}
        submitLabel="Continue"
        onSignedIn={finishNow}
      />
    );
  }
  if (data) {
    return (
      <ContinueAs
        account={data.account}
        program={name}
        onContinue={finishNow}
        onOther={() => signOut.mutate()}
        leaving={signOut.isPending}
      />
    );
  }
  return <SignInFlow title="Sign in" intro={`To continue to ${name}.`} onSignedIn={finishNow} />;
}

/** Nothing can come of this request any more, or not just now. */
const Over = ({ error, onRetry }: { error: unknown; onRetry(): void }) => {
  const ended = isApiError(error) && error.status >= 400 && error.status < 500;
  return (
    <Stack gap="lg">
      <Heading title="Sign-in could not be finished" />
      <ProblemNote error={error} onRetry={ended ? undefined : onRetry}>
        {ended
          ? 'This sign-in was not begun in this browser, was used, or took longer than 10 minutes. Go back to your VMS Local and start again.'
          : undefined}
      </ProblemNote>
      <Button component="a" href="/" variant="default">
        Go to my VMS Locals
      </Button>
    </Stack>
  );
};

interface ContinueProps {
  account: Account;
  program: string;
  onContinue(): void;
  onOther(): void;
  leaving: boolean;
}

const ContinueAs = ({ account, program, onContinue, onOther, leaving }: ContinueProps) => (
  <Stack gap="lg">
    <Stack gap={6}>
      <Heading title="Continue" />
      <Text c="dimmed">{program} asks who you are. Go on with this TP-Link ID?</Text>
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
