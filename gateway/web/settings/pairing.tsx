import { Button, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconCertificate, IconTicket } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import { call } from '../api/call.ts';
import { keys } from '../api/queries.ts';
import { Instant } from '../parts/instant.tsx';
import { Empty, Fault } from '../parts/notice.tsx';
import { ToneBadge } from '../parts/tone-badge.tsx';
import type { PairingCertificate, PairingTicket } from '../wire.ts';
import classes from './settings.module.css';

const words: Record<PairingTicket['state'], string> = {
  open: 'waits for the camera',
  claimed: 'under way',
  proving: 'under way',
  issued: 'paired',
  expired: 'too old',
  burned: 'ended',
};
const isLive = ({ state }: PairingTicket) => state === 'open' || state === 'claimed' || state === 'proving';

/** Tickets by which cameras join, and the certificates they have got. */
export function Pairing() {
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: keys.pairing,
    queryFn: ({ signal }) =>
      call<{ tickets: PairingTicket[]; certificates: PairingCertificate[] }>('pairing', { signal }),
    refetchInterval: 5_000,
  });
  const cancel = useMutation({
    mutationFn: (id: string) => call(`pairing/tickets/${encodeURIComponent(id)}/cancel`, { method: 'POST' }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.pairing }),
  });
  const fault = error ?? cancel.error;
  return (
    <div className={classes.columns}>
      {fault && <Fault error={fault} onRetry={() => refetch()} />}
      <section className={`card ${classes.panel}`} aria-labelledby="tickets">
        <Title order={2} id="tickets">
          Tickets
        </Title>
        <Text size="sm" c="dimmed" mt={4} mb="sm">
          The Config Tool gets one for each camera it adds, by a fresh code. Those of the last day.
        </Text>
        {!data ? (
          !error && <Skeleton height={44} />
        ) : data.tickets.length === 0 ? (
          <Empty icon={<IconTicket size={30} stroke={1.5} />} title="No tickets">
            Add cameras with <code>vigil config-tool add</code>, or with the VIGI App by scanning their labels.
          </Empty>
        ) : (
          <ul className={classes.list}>
            {data.tickets.map((ticket) => (
              <li key={ticket.id}>
                <div>
                  <Text fw={600} size="sm" className="mono">
                    {ticket.serial}
                  </Text>
                  <Text size="xs" c="dimmed">
                    by {ticket.operator} <Instant at={ticket.createdAt} />
                    {ticket.refusal && ` · ${ticket.refusal.replaceAll('_', ' ')}`}
                  </Text>
                </div>
                <ToneBadge tone={ticket.state === 'issued' ? 'good' : isLive(ticket) ? 'busy' : 'idle'}>
                  {words[ticket.state]}
                </ToneBadge>
                {isLive(ticket) && (
                  <Button
                    variant="default"
                    size="compact-sm"
                    aria-label={`Cancel the ticket of ${ticket.serial}`}
                    loading={cancel.isPending && cancel.variables === ticket.id}
                    onClick={() => cancel.mutate(ticket.id)}
                  >
                    Cancel
                  </Button>
                )}
              </li>
            ))}
          </ul>
        )}
      </section>
      <section className={`card ${classes.panel}`} aria-labelledby="certificates">
        <Title order={2} id="certificates">
          Certificates
        </Title>
        <Text size="sm" c="dimmed" mt={4} mb="sm">
          By these, paired cameras come in. A certificate ends when its camera is removed under{' '}
          <Link href="/devices">Devices</Link>, and is renewed by the camera itself after two thirds of its life.
        </Text>
        {!data ? (
          !error && <Skeleton height={44} />
        ) : data.certificates.length === 0 ? (
          <Empty icon={<IconCertificate size={30} stroke={1.5} />} title="No certificates">
            No camera is paired with this gateway.
          </Empty>
        ) : (
          <ul className={classes.list}>
            {data.certificates.map((certificate) => (
              <li key={certificate.serialNumber}>
                <Stack gap={2}>
                  <Text fw={600} size="sm">
                    {certificate.camera.name}
                    {certificate.renewal && ' (renewed, not used yet)'}
                  </Text>
                  <Text size="xs" c="dimmed">
                    <span className="mono">{certificate.camera.serial}</span> · good until{' '}
                    <Instant at={certificate.notAfter} show="absolute" /> ·{' '}
                    {certificate.usedAt ? 'in use' : 'the camera has not come with it yet'}
                  </Text>
                  <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                    <span className="mono">{certificate.serialNumber}</span>
                  </Text>
                </Stack>
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}
