import { Badge, Button, Group, Stack, Text, ThemeIcon, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconMapPin, IconPlus } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { call } from '../api/client.ts';
import { keys, useGateways } from '../api/queries.ts';
import type { Organisation, Site } from '../api/shapes.ts';
import { SignedIn } from '../layout/signed-in.tsx';
import { Confirm } from '../parts/confirm.tsx';
import { Heading } from '../parts/heading.tsx';
import { ForOrganisation } from '../parts/organisation-choice.tsx';
import { Panel } from '../parts/panel.tsx';
import { roleNames } from '../parts/roles.ts';
import classes from './organisation/organisation.module.css';
import { SiteDialog } from './organisation/site-dialog.tsx';

/** Admin > Org & Site. */
export const SitesPage = () => (
  <SignedIn>
    {() => (
      <Stack gap="xl">
        <div>
          <Heading title="Org & Site">Organisation and sites</Heading>
          <Text c="dimmed" mt={4}>
            Every VMS Local belongs to a site; a role is given at one site or at all of them.
          </Text>
        </div>
        <ForOrganisation>
          {(organisation, choice) => <Sites key={organisation.id} organisation={organisation} choice={choice} />}
        </ForOrganisation>
      </Stack>
    )}
  </SignedIn>
);

function Sites({ organisation, choice }: { organisation: Organisation; choice: ReactNode }) {
  const [dialog, setDialog] = useState<Site | 'new' | 'organisation'>();
  const [removing, setRemoving] = useState<Site>();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (site: Site) => call<void>('DELETE', `/sites/${site.id}`),
    async onSuccess(_, site) {
      setRemoving(undefined);
      notifications.show({ message: `The site ${site.name} was removed.` });
      await client.invalidateQueries({ queryKey: keys.organisations });
    },
  });
  const may = (right: string) => organisation.rights.includes(right);
  return (
    <>
      {choice}
      <Panel labelledBy="organisation-title">
        <Group justify="space-between" gap="sm">
          <div className={classes.text}>
            <div className={classes.name}>
              <Title order={2} id="organisation-title">
                {organisation.name}
              </Title>
              <Badge variant="light" color={organisation.own ? 'dusk' : 'gray'} tt="none" size="lg">
                {organisation.own ? 'Your own' : organisation.role ? roleNames[organisation.role] : 'Chosen sites'}
              </Badge>
            </div>
            <div className={classes.facts}>
              <span>Region {organisation.region}</span>
              <span>{organisation.timeZone}</span>
            </div>
          </div>
          {may('organisation.change') && (
            <Button
              variant="default"
              onClick={() => setDialog('organisation')}
              aria-label={`Edit ${organisation.name}`}
            >
              Edit
            </Button>
          )}
        </Group>
      </Panel>
      <Panel labelledBy="sites-title">
        <Group justify="space-between" gap="sm">
          <Title order={2} id="sites-title">
            Sites
          </Title>
          {may('site.make') && (
            <Button onClick={() => setDialog('new')} leftSection={<IconPlus size={18} aria-hidden />}>
              Add a site
            </Button>
          )}
        </Group>
        <ul className={classes.rows}>
          {organisation.sites.map((site) => (
            <Row
              key={site.id}
              site={site}
              last={organisation.sites.length === 1}
              onEdit={() => setDialog(site)}
              onRemove={() => setRemoving(site)}
            />
          ))}
        </ul>
        {organisation.sites.length === 0 && <Text c="dimmed">None of its sites are open to you.</Text>}
      </Panel>
      {dialog && (
        <SiteDialog
          key={typeof dialog === 'string' ? dialog : dialog.id}
          organisation={organisation}
          subject={dialog}
          onClose={() => setDialog(undefined)}
        />
      )}
      <Confirm
        opened={removing !== undefined}
        title={`Remove ${removing?.name}?`}
        confirmLabel="Remove"
        pending={remove.isPending}
        error={remove.error}
        onConfirm={() => removing && remove.mutate(removing)}
        onClose={() => {
          setRemoving(undefined);
          remove.reset();
        }}
      >
        <Text>Roles that were given at this site alone go with it. Its VMS Locals must be moved first.</Text>
      </Confirm>
    </>
  );
}

function Row({ site, last, onEdit, onRemove }: { site: Site; last: boolean; onEdit(): void; onRemove(): void }) {
  const { data } = useGateways();
  const here = data?.filter((gateway) => gateway.site.id === site.id).length;
  return (
    <li>
      <ThemeIcon variant="light" size={40} radius={11} aria-hidden>
        <IconMapPin size={22} stroke={1.7} />
      </ThemeIcon>
      <div className={classes.text}>
        <div className={classes.name}>{site.name}</div>
        <div className={classes.facts}>
          <span>{roleNames[site.role]}</span>
          {here !== undefined && <span>{here === 1 ? '1 VMS Local' : `${here} VMS Locals`}</span>}
          <span>{site.timeZone}</span>
          {site.address && <span>{site.address}</span>}
        </div>
      </div>
      <div className={classes.actions}>
        {site.rights.includes('site.change') && (
          <Button size="sm" variant="default" onClick={onEdit} aria-label={`Edit ${site.name}`}>
            Edit
          </Button>
        )}
        {site.rights.includes('site.remove') && !last && (
          <Button size="sm" variant="default" onClick={onRemove} aria-label={`Remove ${site.name}`}>
            Remove
          </Button>
        )}
      </div>
    </li>
  );
}
