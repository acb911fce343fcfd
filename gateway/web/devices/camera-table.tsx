import { Table, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'wouter';
import { Instant } from '../parts/instant.tsx';
import type { Camera } from '../wire.ts';
import { type CameraAction, CameraActions } from './camera-actions.tsx';
import { addressText, adoptionName, cameraStates, StateBadge } from './camera-state.tsx';
import classes from './devices.module.css';

interface Column {
  title: string;
  sortBy: (camera: Camera) => string | number;
  cell: (camera: Camera) => React.ReactNode;
}

const none = '–';

const columns: Column[] = [
  {
    title: 'Name',
    sortBy: ({ name }) => name,
    cell: (camera) => (
      <Link className={classes.tableName} href={`/devices/${camera.id}`}>
        {camera.name}
      </Link>
    ),
  },
  {
    title: 'State',
    sortBy: ({ state }) => cameraStates.indexOf(state),
    cell: (camera) => <StateBadge camera={camera} />,
  },
  {
    title: 'Model',
    sortBy: ({ model, firmware }) => `${model ?? ''} ${firmware ?? ''}`,
    cell: ({ model, firmware }) => (
      <>
        {model ?? none}
        {firmware && <span className={classes.second}>{firmware}</span>}
      </>
    ),
  },
  {
    title: 'Address',
    sortBy: ({ address }) =>
      `${address.host.replace(/\d+/g, (n) => n.padStart(3, '0'))}:${String(address.port).padStart(5, '0')}`,
    cell: (camera) => (
      <>
        <span className="mono">{addressText(camera)}</span>
        {camera.mac && <span className={`mono ${classes.second}`}>{camera.mac}</span>}
      </>
    ),
  },

  {
    title: 'Serial',
    sortBy: ({ serial }) => serial ?? '',
    cell: ({ serial }) => (serial ? <span className="mono">{serial}</span> : none),
  },

  {
    title: 'Added by',
    sortBy: ({ adoptedBy }) => adoptedBy,
    cell: ({ adoptedBy }) => adoptionName[adoptedBy],
  },
  {
    title: 'Last seen',
    sortBy: ({ lastSeenAt }) => -(lastSeenAt ? Date.parse(lastSeenAt) : 0),
    cell: ({ lastSeenAt }) => <Instant at={lastSeenAt} />,
  },
];

interface CameraTableProps {
  cameras: Camera[];
  onAction: (action: CameraAction, camera: Camera) => void;
}

export function CameraTable({ cameras, onAction }: CameraTableProps) {
  const [sort, setSort] = useState({ title: 'Name', down: false });
  const { sortBy } = columns.find(({ title }) => title === sort.title) ?? columns[0]!;
  const sorted = cameras.toSorted((a, b) => {
    const [x, y] = [sortBy(a), sortBy(b)];
    const order =
      typeof x === 'number' && typeof y === 'number'
        ? x - y
        : String(x).localeCompare(String(y), 'en', { numeric: true });
    return sort.down ? -order : order;
  });
  return (
    <div className={`card ${classes.tableWrap}`}>
      <Table
        className={classes.table}
        verticalSpacing="xs"
        horizontalSpacing="md"
        highlightOnHover
        aria-label="Cameras"
      >
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ title }) => {
              const on = sort.title === title;
              const Arrow = sort.down ? IconArrowDown : IconArrowUp;
              return (
                <Table.Th key={title} aria-sort={on ? (sort.down ? 'descending' : 'ascending') : 'none'}>
                  <UnstyledButton
                    className={classes.sort}
                    fz="xs"
                    data-on={on || undefined}
                    onClick={() => setSort({ title, down: on && !sort.down })}
                  >
                    {title}
                    {on && <Arrow size={14} aria-hidden />}
                  </UnstyledButton>
                </Table.Th>
              );
            })}
            <Table.Th>
              <VisuallyHidden>Actions</VisuallyHidden>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {sorted.map((camera) => (
            <Table.Tr key={camera.id}>
              {columns.map(({ title, cell }) => (
                <Table.Td key={title}>{cell(camera)}</Table.Td>
              ))}
              <Table.Td>
                <CameraActions camera={camera} onAction={onAction} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
