import { Button, Group, Skeleton, Stack, Text, TextInput } from '@mantine/core';
import { useDebouncedValue, useDisclosure, useSessionStorage } from '@mantine/hooks';
import { IconMailOpened, IconSearch, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useLocation, useParams } from 'wouter';
import { call, isApiError } from '../api/client.ts';
import { keys } from '../api/queries.ts';
import type { Mail } from '../api/shapes.ts';
import { Frame } from '../layout/frame.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { Heading } from '../parts/heading.tsx';
import { Panel } from '../parts/panel.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { MailList } from './mailbox/mail-list.tsx';
import { MailView } from './mailbox/mail-view.tsx';
import classes from './mailbox/mailbox.module.css';
import { MailboxLock } from './mailbox/mailbox-lock.tsx';

/** Every mail the cloud sends lands here, whoever it is for: the laboratory's post office. */
export function MailboxPage() {
  const { id } = useParams<{ id?: string }>();
  const [, go] = useLocation();
  const client = useQueryClient();
  // Kept for this tab only; from this machine no password is asked at all.
  const [bearer, setBearer] = useSessionStorage({ key: 'vigil-mailbox-password', defaultValue: '' });
  const [search, setSearch] = useState('');
  const [q] = useDebouncedValue(search.trim(), 250);
  const [asking, ask] = useDisclosure(false);

  const list = useQuery<Mail[]>({
    queryKey: [...keys.mailbox, bearer, q],
    queryFn: ({ signal }) =>
      call<{ messages: Mail[] }>('GET', `/mailbox${q ? `?q=${encodeURIComponent(q)}` : ''}`, { bearer, signal }).then(
        (answer) => answer.messages,
      ),
    refetchInterval: 2500,
    placeholderData: keepPreviousData,
    retry: false,
  });
  const clear = useMutation({
    mutationFn: () => call<void>('DELETE', '/mailbox', { bearer }),
    async onSuccess() {
      ask.close();
      go('/mailbox');
      await client.invalidateQueries({ queryKey: keys.mailbox });
    },
  });
  const single = useQuery({
    queryKey: [...keys.mailbox, bearer, 'message', id],
    queryFn: ({ signal }) => call<Mail>('GET', `/mailbox/${encodeURIComponent(id!)}`, { bearer, signal }),
    enabled: Boolean(id) && list.isSuccess,
    initialData: () => list.data?.find((mail) => mail.id === id),
    staleTime: 'static',
    retry: false,
  });

  if (isApiError(list.error) && (list.error.status === 401 || list.error.status === 403)) {
    return (
      <Frame width="narrow">
        <MailboxLock refused={bearer !== ''} onPassword={setBearer} />
      </Frame>
    );
  }
  const mails = list.data;
  const open = id && (single.data ?? mails?.find((mail) => mail.id === id));
  return (
    <Frame>
      <Stack gap="lg">
        <Group justify="space-between" align="flex-end" gap="md">
          <div>
            <Heading title="Mailbox" />
            <Text c="dimmed" mt={4}>
              Every mail this cloud sends lands here, whoever it is for.
            </Text>
          </div>
          <Button
            variant="default"
            leftSection={<IconTrash size={18} aria-hidden />}
            disabled={!mails?.length}
            onClick={ask.open}
          >
            Empty the mailbox
          </Button>
        </Group>
        <ProblemNote error={list.error && !mails && list.error} onRetry={list.refetch} />
        <div className={classes.columns} data-open={Boolean(id)}>
          <div className={classes.listSide}>
            <TextInput
              type="search"
              aria-label="Search mails"
              placeholder="Search mails"
              leftSection={<IconSearch size={18} aria-hidden />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
            {mails ? (
              mails.length > 0 ? (
                <MailList mails={mails} openId={id} />
              ) : (
                <NoMail searching={q !== ''} />
              )
            ) : (
              !list.error && (
                <Stack gap="xs" aria-busy="true" aria-label="Loading">
                  <Skeleton height={78} radius={12} />
                  <Skeleton height={78} radius={12} />
                  <Skeleton height={78} radius={12} />
                </Stack>
              )
            )}
          </div>
          <div className={classes.viewSide}>
            {open ? (
              <MailView key={open.id} mail={open} onBack={() => go('/mailbox')} />
            ) : id && single.error ? (
              <Panel>
                <Text role="alert">This mail is no longer in the mailbox.</Text>
                <Button mt="md" variant="default" onClick={() => go('/mailbox')}>
                  Back to the list
                </Button>
              </Panel>
            ) : (
              <div className={classes.nothing}>
                <IconMailOpened size={40} stroke={1.3} aria-hidden />
                <Text c="dimmed">{mails?.length ? 'Choose a mail to read it.' : 'Mails open here.'}</Text>
              </div>
            )}
          </div>
        </div>
      </Stack>
      <Confirm
        opened={asking}
        onClose={ask.close}
        title="Empty the mailbox?"
        confirmLabel="Empty"
        pending={clear.isPending}
        error={clear.error}
        onConfirm={() => clear.mutate()}
      >
        <Text>All mails of all accounts are deleted. Links in them keep working until they run out.</Text>
      </Confirm>
    </Frame>
  );
}

const NoMail = ({ searching }: { searching: boolean }) => (
  <div className={classes.none}>
    <Text fw={600}>{searching ? 'No mail fits' : 'No mail yet'}</Text>
    <Text c="dimmed" size="sm" mt={2}>
      {searching
        ? 'Search looks at address, subject and text.'
        : 'Turn 2FA on, or ask for the link that turns it off: the mail appears here by itself.'}
    </Text>
  </div>
);
