import { Anchor, Skeleton, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { useStatus } from '../api/queries.ts';
import { CopyValue } from '../parts/copy.tsx';
import classes from './settings.module.css';

export function About() {
  const { data: status } = useStatus();
  if (!status) return <Skeleton height={180} />;
  const rows: [string, ReactNode][] = [
    ['Name', status.name],
    ['Version', status.version],
    ['Gateway ID', <CopyValue key="id" value={status.gatewayId} label="Copy the gateway ID" />],
  ];
  if (status.caFingerprint) {
    rows.push(['Local CA (SHA-256)', <CopyValue key="ca" value={status.caFingerprint} label="Copy the fingerprint" />]);
  }
  return (
    <section className={`card ${classes.panel}`} aria-labelledby="about">
      <Title order={2} id="about" mb="md">
        About this gateway
      </Title>
      <dl className={classes.facts}>
        {rows.map(([name, value]) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Text size="sm" c="dimmed" mt="lg">
        Everything these pages do goes through the gateway’s{' '}
        <Anchor href="api/docs" inherit underline="always">
          API
        </Anchor>
        . Vigil behaves as VIGI VMS Local for laboratories and tests; it is not from TP-Link.
      </Text>
    </section>
  );
}
