import { NativeSelect, Skeleton, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconDeviceDesktop } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { call, isApiError } from '../api/client.ts';
import { keys, useOrganisations } from '../api/queries.ts';
import type { Account, BindRequest } from '../api/shapes.ts';
import { SignedIn } from '../layout/signed-in.tsx';
import { Decided, Decision } from '../parts/decision.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Heading } from '../parts/heading.tsx';
import { Panel } from '../parts/panel.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { ProofForm } from '../parts/proof-form.tsx';
import { ShownCode } from '../parts/shown-code.tsx';
import { formatUserCode, isWholeUserCode } from '../parts/user-code.ts';
import { UserCodeForm } from '../parts/user-code-form.tsx';

/** Cloud Access: a VMS Local asks to belong to this TP-Link ID. */
export function BindPage() {
  const [search] = useSearchParams();
  const code = formatUserCode(search.get('code') ?? '');
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
          <Heading title="Bind a VMS Local" />
          <Text c="dimmed" mt={4}>
            On the pages of your VMS Local choose Cloud Access, then Bind. It shows a code for 15 minutes.
          </Text>
        </div>
        <UserCodeForm
          description="As the VMS Local shows it."
          initial={initial}
          fault={fault}
          onCode={(code) => go(`/bind?code=${code}`)}
        />
      </Stack>
    </Panel>
  );
}

function Decide({ code, account }: { code: string; account: Account }) {
  const client = useQueryClient();
  const [confirming, confirm] = useDisclosure(false);
  const [decision, setDecision] = useState<'approve' | 'deny'>();
  const request = useQuery({
    queryKey: ['bind-request', code],
    queryFn: ({ signal }) => call<BindRequest>('GET', `/bindings/by-code/${code}`, { signal }),
    enabled: !decision,
    // Looking codes up is counted against guessing.
    staleTime: Number.POSITIVE_INFINITY,
  });
  const organisations = useOrganisations();
  const sites = (organisations.data ?? []).flatMap((organisation) =>
    organisation.sites
      .filter(({ rights }) => rights.includes('gateway.bind'))
      .map(({ id, name }) => ({
        value: id,
        label: organisations.data!.length > 1 ? `${organisation.name}: ${name}` : name,
      })),
  );
  const [chosen, choose] = useState<string>();
  const siteId = chosen ?? sites[0]?.value;
  const send = (answer: 'approve' | 'deny', password?: string) =>
    call<unknown>('POST', `/bindings/${answer}`, {
      body: answer === 'approve' ? { userCode: code, password, siteId } : { userCode: code },
    });
  const done = (answer: 'approve' | 'deny') => {
    confirm.close();
    setDecision(answer);
    client.invalidateQueries({ queryKey: keys.gateways });
  };
  const decide = useMutation({
    mutationFn: (answer: 'approve' | 'deny') => send(answer),
    onSuccess: (_, answer) => done(answer),
    onError(error) {
      if (isApiError(error, 'reauthentication_required')) confirm.open();
    },
  });

  const name = request.data?.name ?? 'The VMS Local';
  if (decision === 'approve') {
    return (
      <Decided approved title={`${name} is bound`}>
        It belongs to {account.email} now and comes online within seconds. You can go back to its own pages, or open it
        from here.
      </Decided>
    );
  }
  if (decision === 'deny') {
    return (
      <Decided approved={false} title={`${name} was not bound`}>
        Nothing has been changed. Its Cloud Access page says that it was denied; you can close this page.
      </Decided>
    );
  }
  if (isApiError(request.error, 'binding_unknown')) {
    return (
      <AskCode
        initial={code}
        fault="No VMS Local waits under this code. It may be mistyped, used, or older than 15 minutes: ask your VMS Local for a new one."
      />
    );
  }
  if (request.error && !request.data) return <ProblemNote error={request.error} onRetry={request.refetch} />;
  if (!request.data) return <Skeleton height={480} radius={14} />;

  const { version } = request.data;
  return (
    <Decision
      Icon={IconDeviceDesktop}
      title={`Bind ${name}?`}
      about={
        <>
          A VMS Local{version && `, version ${version}`}, shows the code <ShownCode code={code} />. Approve only if you
          see the same one there.
        </>
      }
      points={[
        <>
          it belongs to <strong>{account.email}</strong> and opens from this portal;
        </>,
        'people sign in to it with this TP-Link ID, and with the 6-digit code when 2FA is on;',
        'it keeps a connection to this cloud, made from its side. No port is opened.',
      ]}
      error={isApiError(decide.error, 'reauthentication_required') ? undefined : decide.error}
      pending={decide.isPending ? decide.variables : undefined}
      onApprove={() => decide.mutate('approve')}
      onDeny={() => decide.mutate('deny')}
      question={
        sites.length > 1 && (
          <NativeSelect
            label="Site"
            size="md"
            value={siteId}
            data={sites}
            onChange={(event) => choose(event.currentTarget.value)}
          />
        )
      }
    >
      <Dialog
        opened={confirming}
        onClose={() => {
          confirm.close();
          decide.reset();
        }}
        title="Confirm that it is you"
        keepOnClickOutside
      >
        <ProofForm
          account={account}
          withCode={false}
          submitLabel="Approve"
          run={({ password }) => send('approve', password)}
          onDone={() => done('approve')}
          onCancel={confirm.close}
        >
          <Text>You signed in a while ago. Binding {name} asks for your password once more.</Text>
        </ProofForm>
      </Dialog>
    </Decision>
  );
}
