import { Button, Group, Skeleton, Stack, Text, ThemeIcon } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconCircleCheck, IconCircleX, IconDeviceDesktop } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useLocation, useSearchParams } from 'wouter';
import { call, isApiError } from '../api/client.ts';
import { keys } from '../api/queries.ts';
import type { Account, BindRequest } from '../api/shapes.ts';
import { SignedIn } from '../layout/signed-in.tsx';
import { Heading } from '../parts/heading.tsx';
import { Panel } from '../parts/panel.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { formatUserCode, isWholeUserCode } from '../parts/user-code.ts';
import { UserCodeForm } from '../parts/user-code-form.tsx';
import { ConfirmItIsYou } from './sign-in/confirm-it-is-you.tsx';

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
            On the pages of your VMS Local choose Cloud Access, then Bind. It shows a code for 10 minutes.
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
  const [decision, setDecision] = useState<'approved' | 'denied'>();
  const request = useQuery({
    queryKey: ['bind-request', code],
    queryFn: ({ signal }) => call<BindRequest>('GET', `/bindings/by-code/${code}`, { signal }),
    enabled: !decision,
  });
  const decide = useMutation({
    mutationFn: (answer: 'approve' | 'deny') =>
      call<unknown>('POST', `/bindings/${answer}`, { body: { userCode: code } }),
    onSuccess(_, answer) {
      confirm.close();
      setDecision(answer === 'approve' ? 'approved' : 'denied');
      client.invalidateQueries({ queryKey: keys.gateways });
    },
    onError(error) {
      if (isApiError(error, 'reauthentication_required')) confirm.open();
    },
  });

  if (decision) return <Decided decision={decision} name={request.data?.name ?? 'The VMS Local'} account={account} />;
  if (isApiError(request.error) && request.error.status >= 400 && request.error.status < 500) {
    return (
      <AskCode
        initial={code}
        fault="No VMS Local waits under this code. It may be mistyped, used, or older than 10 minutes; ask your VMS Local for a new one."
      />
    );
  }
  if (request.error && !request.data) return <ProblemNote error={request.error} onRetry={request.refetch} />;
  if (!request.data) return <Skeleton height={340} radius={14} />;

  const { name, version } = request.data;
  const asksAgain = isApiError(decide.error, 'reauthentication_required');
  return (
    <Panel>
      <Stack gap="lg">
        <Stack gap="sm" align="center" ta="center" pt="sm">
          <ThemeIcon size={64} radius={18} variant="light" aria-hidden>
            <IconDeviceDesktop size={36} stroke={1.5} />
          </ThemeIcon>
          <Heading title={`Bind ${name}?`} />
          <Text c="dimmed">
            VMS Local{version && `, version ${version}`}, shows the code <strong>{code}</strong>. Approve only if you
            see the same one there.
          </Text>
        </Stack>
        <Stack gap={6} fz="sm">
          <Text size="sm">When you approve:</Text>
          <ul style={{ margin: 0, paddingLeft: 20 }}>
            <li>
              it belongs to <strong>{account.email}</strong> and opens from this portal;
            </li>
            <li>people sign in to it with this TP-Link ID, and with the 6-digit code when 2FA is on;</li>
            <li>it keeps a connection to this cloud, from its side only. No port is opened.</li>
          </ul>
        </Stack>
        {!asksAgain && <ProblemNote error={decide.error} />}
        <Group grow>
          <Button
            variant="default"
            loading={decide.isPending && decide.variables === 'deny'}
            onClick={() => decide.mutate('deny')}
          >
            Deny
          </Button>
          <Button loading={decide.isPending && decide.variables === 'approve'} onClick={() => decide.mutate('approve')}>
            Approve
          </Button>
        </Group>
      </Stack>
      <ConfirmItIsYou
        opened={confirming}
        email={account.email}
        onClose={() => {
          confirm.close();
          decide.reset();
        }}
        onConfirmed={() => decide.mutate('approve')}
      />
    </Panel>
  );
}

const Decided = (props: { decision: 'approved' | 'denied'; name: string; account: Account }) => {
  const { decision, name, account } = props;
  const approved = decision === 'approved';
  return (
    <Panel>
      <Stack gap="md" align="center" ta="center" py="lg" role="status">
        <ThemeIcon size={64} radius={18} variant="light" color={approved ? 'teal' : 'gray'} aria-hidden>
          {approved ? <IconCircleCheck size={36} stroke={1.5} /> : <IconCircleX size={36} stroke={1.5} />}
        </ThemeIcon>
        <Heading title={approved ? `${name} is bound` : 'Denied'}>
          {approved ? `${name} is bound` : `${name} was not bound`}
        </Heading>
        <Text c="dimmed">
          {approved
            ? `It belongs to ${account.email} now and comes online within seconds. You can go back to its own pages, or open it from here.`
            : 'Nothing has been changed. Its Cloud Access page says that it was denied; you can close this page.'}
        </Text>
        <Button component={Link} href="/" mt="xs">
          {approved ? 'See my VMS Locals' : 'Go to my VMS Locals'}
        </Button>
      </Stack>
    </Panel>
  );
};
