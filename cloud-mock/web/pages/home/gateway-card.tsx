import { Button, Text, ThemeIcon, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { IconDeviceDesktop, IconExternalLink } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from '../../api/client.ts';
import { keys } from '../../api/queries.ts';
import type { Gateway } from '../../api/shapes.ts';
import { Confirm } from '../../parts/confirm.tsx';
import { Instant } from '../../parts/instant.tsx';
import { OnlineMark } from '../../parts/online-mark.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ProblemNote } from '../../parts/problem-note.tsx';
import { roleNames } from '../../parts/roles.ts';
import { GatewayDialog } from './gateway-dialog.tsx';
import classes from './home.module.css';
import { openByForm } from './open-by-form.ts';

export function GatewayCard({ gateway }: { gateway: Gateway }) {
  const client = useQueryClient();
  const [asking, ask] = useDisclosure(false);
  const [editing, edit] = useDisclosure(false);
  const path = `/gateways/${encodeURIComponent(gateway.id)}`;
  const open = useMutation({
    mutationFn: () => call<{ openUrl: string; ticket: string }>('POST', `${path}/open`),
    onSuccess: openByForm,
  });
  const unbind = useMutation({
    mutationFn: () => call<void>('DELETE', path),
    async onSuccess() {
      ask.close();
      notifications.show({ message: `${gateway.name} is no longer bound.` });
      await client.invalidateQueries({ queryKey: keys.gateways });
    },
  });
  const heading = `gateway-${gateway.id}`;
  return (
    <Panel labelledBy={heading}>
      <div className={classes.gateway}>
        <ThemeIcon size={48} radius={13} variant="light" color={gateway.online ? 'dusk' : 'gray'} aria-hidden>
          <IconDeviceDesktop size={27} stroke={1.6} />
        </ThemeIcon>
        <div className={classes.about}>
          <div className={classes.name}>
            <Title order={2} size="h3" id={heading}>
              {gateway.name}
            </Title>
            <OnlineMark online={gateway.online} />
          </div>
          <dl className={classes.facts}>
            <div>
              <dt>Site</dt>
              <dd>{gateway.site.name}</dd>
            </div>
            <div>
              <dt>You are</dt>
              <dd>{roleNames[gateway.role]}</dd>
            </div>
            {!gateway.online && (
              <div>
                <dt>Last seen</dt>
                <dd>
                  <Instant at={gateway.lastSeenAt} />
                </dd>
              </div>
            )}
            <div>
              <dt>Bound</dt>
              <dd>
                <Instant at={gateway.boundAt} />
              </dd>
            </div>
            {gateway.version && (
              <div>
                <dt>Version</dt>
                <dd>{gateway.version}</dd>
              </div>
            )}
          </dl>
          {!gateway.online && (
            <Text size="sm" c="dimmed" mt={6}>
              It opens from here once it is running and reaches this cloud.
            </Text>
          )}
        </div>
        <div className={classes.actions}>
          {gateway.rights.includes('gateway.change') && (
            <Button variant="default" onClick={edit.open} aria-label={`Edit ${gateway.name}`}>
              Edit
            </Button>
          )}
          {gateway.rights.includes('gateway.unbind') && (
            <Button variant="default" onClick={ask.open} aria-label={`Unbind ${gateway.name}`}>
              Unbind
            </Button>
          )}
          <Button
            disabled={!gateway.online}
            loading={open.isPending}
            onClick={() => open.mutate()}
            rightSection={<IconExternalLink size={17} aria-hidden />}
            aria-label={`Open ${gateway.name}`}
          >
            Open
          </Button>
        </div>
      </div>
      {editing && <GatewayDialog gateway={gateway} onClose={edit.close} />}
      <ProblemNote error={open.error} title={`${gateway.name} could not be opened`} mt="md" />
      <Confirm
        opened={asking}
        onClose={ask.close}
        title={`Unbind ${gateway.name}?`}
        confirmLabel="Unbind"
        pending={unbind.isPending}
        error={unbind.error}
        onConfirm={() => unbind.mutate()}
      >
        <Text>
          Its tunnel closes and everyone who came in by TP-Link ID is signed out at once. Cameras keep running, and its
          local accounts keep working. To come back it must be bound again.
        </Text>
      </Confirm>
    </Panel>
  );
}
