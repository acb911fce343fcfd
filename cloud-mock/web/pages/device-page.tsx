import { Skeleton, Stack, Text } from '@mantine/core';
import { IconTerminal2 } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { call, isApiError } from '../api/client.ts';
import { keys } from '../api/queries.ts';
import type { Account, DeviceRequest } from '../api/shapes.ts';
import { SignedIn } from '../layout/signed-in.tsx';
import { Decided, Decision } from '../parts/decision.tsx';
import { Heading } from '../parts/heading.tsx';
import { Panel } from '../parts/panel.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { ShownCode } from '../parts/shown-code.tsx';
import { formatUserCode, isWholeUserCode } from '../parts/user-code.ts';
import { UserCodeForm } from '../parts/user-code-form.tsx';

/** A program without a browser (PC Client, Config Tool) shows a code and waits to be signed in (RFC 8628). */
export function DevicePage() {
  const [search] = useSearchParams();
  const code = formatUserCode(search.get('code') ?? search.get('user_code') ?? '');
  return (
    <SignedIn width="narrow">
      {({ account }) => (isWholeUserCode(code) ? <Decide key={code} code={code} account={account} /> : <AskCode />)}
    </SignedIn>
  );
}

function AskCode({ initial, fault }: { initial?: string; fault?: string }) {
  const [, go] = useLocation();
  return (
    <Panel>
      <Stack gap="lg">
        <div>
          <Heading title="Sign a program in" />
          <Text c="dimmed" mt={4}>
            VMS PC Client and Config Tool show a code for 10 minutes when they want to sign in.
          </Text>
        </div>
        <UserCodeForm
          description="As the program shows it."
          initial={initial}
          fault={fault}
          onCode={(code) => go(`/device?code=${code}`)}
        />
      </Stack>
    </Panel>
  );
}

function Decide({ code, account }: { code: string; account: Account }) {
  const client = useQueryClient();
  const [decision, setDecision] = useState<'approve' | 'deny'>();
  const request = useQuery({
    queryKey: ['device-request', code],
    queryFn: ({ signal }) => call<DeviceRequest>('GET', `/device/${code}`, { signal }),
    enabled: !decision,
    // Looking codes up is counted against guessing.
    staleTime: Number.POSITIVE_INFINITY,
  });
  const decide = useMutation({
    mutationFn: (answer: 'approve' | 'deny') => call<void>('POST', `/device/${answer}`, { body: { userCode: code } }),
    onSuccess(_, answer) {
      setDecision(answer);
      client.invalidateQueries({ queryKey: keys.sessions });
    },
  });

  if (decision === 'approve') {
    return (
      <Decided approved title="The program is signed in">
        Go back to it: it goes on by itself within seconds. You can end its session any time under Admin, Account.
      </Decided>
    );
  }
  if (decision === 'deny') {
    return (
      <Decided approved={false} title="The program was not signed in">
        It was told that you refused. You can close this page.
      </Decided>
    );
  }
  if (isApiError(request.error, 'device_code_unknown')) {
    return (
      <AskCode
        initial={code}
        fault="No program waits under this code. It may be mistyped, used, or older than 10 minutes: let the program show a new one."
      />
    );
  }
  if (request.error && !request.data) return <ProblemNote error={request.error} onRetry={request.refetch} />;
  if (!request.data) return <Skeleton height={480} radius={14} />;

  const { clientName, address } = request.data;
  return (
    <Decision
      Icon={IconTerminal2}
      title="Sign a program in?"
      about={
        <>
          {clientName}
          {address && ` at ${address}`} shows the code <ShownCode code={code} />. Approve only if you started it
          yourself and see the same code there.
        </>
      }
      points={[
        <>
          it acts as <strong>{account.email}</strong>, as sure of you as this session is;
        </>,
        'it stays signed in until it signs out or you end its session here.',
      ]}
      error={decide.error}
      pending={decide.isPending ? decide.variables : undefined}
      onApprove={() => decide.mutate('approve')}
      onDeny={() => decide.mutate('deny')}
    />
  );
}
