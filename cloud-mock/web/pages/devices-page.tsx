import {
  Button,
  Group,
  NativeSelect,
  Skeleton,
  Stack,
  Text,
  TextInput,
  ThemeIcon,
  Title,
  VisuallyHidden,
} from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconExternalLink, IconSearch, IconVideo } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery, useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { Link } from 'wouter';
import { call } from '../api/client.ts';
import { keys, useGateways } from '../api/queries.ts';
import type { Device } from '../api/shapes.ts';
import { SignedIn } from '../layout/signed-in.tsx';
import { Heading } from '../parts/heading.tsx';
import { Instant } from '../parts/instant.tsx';
import { Panel } from '../parts/panel.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { DeviceState, stateChoices } from './devices/device-state.tsx';
import classes from './devices/devices.module.css';
import home from './home/home.module.css';
import { openByForm } from './home/open-by-form.ts';

/** Rows fetched at a time. */
const pageRows = 100;

/** Cameras of all VMS Locals in one list. */
export const DevicesPage = () => (
  <SignedIn>
    {() => (
      <Stack gap="xl">
        <div>
          <Heading title="Devices" />
          <Text c="dimmed" mt={4}>
            The cameras of every VMS Local you may open.
          </Text>
        </div>
        <Devices />
      </Stack>
    )}
  </SignedIn>
);

function Devices() {
  const [typed, setTyped] = useState('');
  const [q] = useDebouncedValue(typed.trim(), 250);
  const [site, setSite] = useState('');
  const [state, setState] = useState('');
  const gateways = useGateways();
  const filter = new URLSearchParams(Object.entries({ q, site, state }).filter(([, value]) => value));
  const list = useInfiniteQuery({
    queryKey: [...keys.devices, filter.toString()],
    queryFn: ({ signal, pageParam }) =>
      call<{ devices: Device[]; total: number; next?: number }>(
        'GET',
        `/devices?limit=${pageRows}&skip=${pageParam}&${filter}`,
        { signal },
      ),
    initialPageParam: 0,
    getNextPageParam: (page) => page.next,
    refetchInterval: 5000,
    placeholderData: keepPreviousData,
  });
  const pages = list.data?.pages;
  const total = pages?.[0]?.total ?? 0;
  if (list.error && !pages) {
    return <ProblemNote error={list.error} onRetry={list.refetch} title="The devices could not be listed" />;
  }
  if (!pages) return <Skeleton height={220} radius={14} aria-busy="true" />;
  if (total === 0 && filter.size === 0) return <NoDevice bound={(gateways.data?.length ?? 0) > 0} />;
  const sites = new Map(gateways.data?.map((one) => [one.site.id, one.site.name]));
  return (
    <>
      <search className={classes.tools}>
        <TextInput
          label="Search"
          type="search"
          placeholder="Name, model, MAC, VMS Local …"
          leftSection={<IconSearch size={18} aria-hidden />}
          maxLength={100}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <NativeSelect
          label="Site"
          size="md"
          value={site}
          data={[{ value: '', label: 'Every site' }, ...[...sites].map(([value, label]) => ({ value, label }))]}
          onChange={(event) => setSite(event.currentTarget.value)}
        />
        <NativeSelect
          label="State"
          size="md"
          value={state}
          data={[{ value: '', label: 'Every state' }, ...stateChoices]}
          onChange={(event) => setState(event.currentTarget.value)}
        />
      </search>
      <Panel labelledBy="devices-title">
        <Title order={2} id="devices-title" mb="md" aria-live="polite">
          {total === 1 ? '1 camera' : `${total} cameras`}
        </Title>
        {total === 0 ? (
          <Text c="dimmed">Nothing fits. Take a word away, or choose every site and state.</Text>
        ) : (
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">State</th>
                <th scope="col">VMS Local</th>
                <th scope="col">Last seen</th>
                <th scope="col">
                  <VisuallyHidden>Open</VisuallyHidden>
                </th>
              </tr>
            </thead>
            <tbody>
              {pages
                .flatMap((page) => page.devices)
                .map((device) => (
                  <Row key={`${device.gateway.id} ${device.id}`} device={device} />
                ))}
            </tbody>
          </table>
        )}
        {list.hasNextPage && (
          <Button
            variant="default"
            size="sm"
            mt="md"
            loading={list.isFetchingNextPage}
            onClick={() => list.fetchNextPage()}
          >
            Show more
          </Button>
        )}
      </Panel>
    </>
  );
}

function Row({ device }: { device: Device }) {
  const open = useMutation({
    mutationFn: () =>
      call<{ openUrl: string; ticket: string }>('POST', `/gateways/${encodeURIComponent(device.gateway.id)}/open`, {
        body: { camera: device.id },
      }),
    onSuccess: openByForm,
  });
  return (
    <tr>
      <td>
        <div className={classes.name}>{device.name}</div>
        <div className={classes.sub}>{[device.model, device.mac].filter(Boolean).join(' · ')}</div>
        <ProblemNote error={open.error} mt="xs" />
      </td>
      <td>
        <DeviceState state={device.state} />
      </td>
      <td data-label="VMS Local">
        {device.gateway.name}
        <div className={classes.sub}>{device.site.name}</div>
      </td>
      <td data-label="Last seen" className={classes.when}>
        {device.lastSeenAt ? <Instant at={device.lastSeenAt} /> : seen(device.state)}
      </td>
      <td>
        <Button
          size="sm"
          variant="default"
          disabled={!device.gateway.online}
          loading={open.isPending}
          onClick={() => open.mutate()}
          rightSection={<IconExternalLink size={16} aria-hidden />}
          aria-label={`Open ${device.name}`}
        >
          Open
        </Button>
      </td>
    </tr>
  );
}

const seen = (state: string): ReactNode => (state === 'online' || state === 'degraded' ? 'now' : 'not yet');

const NoDevice = ({ bound }: { bound: boolean }) => (
  <Panel className={home.empty} labelledBy="no-device">
    <ThemeIcon size={64} radius={18} variant="light" aria-hidden>
      <IconVideo size={34} stroke={1.6} />
    </ThemeIcon>
    <div>
      <Title order={2} id="no-device">
        No cameras yet
      </Title>
      <Text c="dimmed" mt={4} maw={520}>
        {bound
          ? 'Your VMS Locals have no cameras yet, or have not been here since they got some. Add them with VIGI Config Tool or on the pages of the VMS Local.'
          : 'Cameras show here once a VMS Local that has some is bound to your organisation.'}
      </Text>
    </div>
    <Group>
      <Button component={Link} href="/">
        Go to the VMS Locals
      </Button>
    </Group>
  </Panel>
);
