import { ActionIcon, Button, Select, Switch, Text, TextInput, Tooltip } from '@mantine/core';
import { IconEraser, IconListDetails, IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { Empty } from '../parts/notice.tsx';
import { clockTime } from '../parts/time-text.ts';
import type { Received } from '../wire.ts';
import { EntryDrawer } from './entry-drawer.tsx';
import { outcomeOf } from './outcome.ts';
import classes from './timeline.module.css';
import { useTimeline } from './use-timeline.ts';

const shownAtMost = 300;

/** What this camera was asked and how it answered, the newest first, as it happens. */
export function Timeline({ camera }: { camera: string }) {
  const [live, setLive] = useState(true);
  const { entries, clear } = useTimeline(camera, live);
  const [search, setSearch] = useState('');
  const [protocol, setProtocol] = useState<string | null>(null);
  const [onlyFailed, setOnlyFailed] = useState(false);
  const [opened, setOpened] = useState<number>();

  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const fit = entries.filter((entry) => {
    if (protocol !== null && entry.protocol !== protocol) return false;
    if (onlyFailed && outcomeOf(entry).tone !== 'bad') return false;
    const text = `${entry.what} ${entry.peer} ${entry.outcome ?? ''}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const shown = fit.slice(-shownAtMost).reverse();
  const protocols = [...new Set(entries.map((entry) => entry.protocol ?? ''))].filter(Boolean).sort();

  return (
    <>
      <div className={classes.toolbar}>
        <TextInput
          className={classes.search}
          aria-label="Search the timeline"
          placeholder="Operation, peer, result …"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Select
          aria-label="Protocol"
          placeholder="All protocols"
          clearable
          w={160}
          data={protocols}
          value={protocol}
          onChange={setProtocol}
        />
        <Switch
          label="Failures only"
          checked={onlyFailed}
          onChange={(event) => setOnlyFailed(event.currentTarget.checked)}
        />
        <Switch label="Live" checked={live} onChange={(event) => setLive(event.currentTarget.checked)} />
        <Tooltip label="Empty this view; the camera keeps its timeline">
          <ActionIcon variant="default" size="lg" aria-label="Empty this view" onClick={clear}>
            <IconEraser size={18} />
          </ActionIcon>
        </Tooltip>
      </div>
      {shown.length === 0 ? (
        <Empty
          icon={<IconListDetails size={30} stroke={1.5} />}
          title={entries.length === 0 ? 'Nothing heard' : 'Nothing fits'}
          actions={
            entries.length > 0 && (
              <Button
                variant="default"
                onClick={() => {
                  setSearch('');
                  setProtocol(null);
                  setOnlyFailed(false);
                }}
              >
                Show all
              </Button>
            )
          }
        >
          {entries.length === 0
            ? 'Discover, add or play this camera with any client: every request appears here with its answer.'
            : `None of the ${entries.length} entries matches.`}
        </Empty>
      ) : (
        <div className={`card ${classes.wrap}`}>
          <table className={classes.table}>
            <thead>
              <tr>
                <th scope="col">Time</th>
                <th scope="col">Protocol</th>
                <th scope="col">Operation</th>
                <th scope="col">Result</th>
                <th scope="col">Took</th>
                <th scope="col">Peer</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((entry) => (
                <Row key={entry.id} entry={entry} opened={entry.id === opened} onOpen={() => setOpened(entry.id)} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {fit.length > shownAtMost && (
        <Text size="sm" c="dimmed" mt="xs">
          The newest {shownAtMost} of {fit.length}; search to see older ones.
        </Text>
      )}
      <EntryDrawer camera={camera} id={opened} onClose={() => setOpened(undefined)} />
    </>
  );
}

const Row = ({ entry, opened, onOpen }: { entry: Received; opened: boolean; onOpen: () => void }) => {
  const { tone, text } = outcomeOf(entry);
  return (
    <tr data-opened={opened || undefined}>
      <td className="numbers">{clockTime(entry.at, true)}</td>
      <td>{entry.protocol ?? ''}</td>
      <td>
        <button type="button" className={classes.open} onClick={onOpen}>
          {entry.what}
        </button>
      </td>
      <td>
        <span className={classes.outcome} data-tone={tone}>
          {text}
        </span>
      </td>
      <td className="numbers">{entry.ms === undefined ? '' : entry.ms < 1 ? '< 1 ms' : `${entry.ms} ms`}</td>
      <td className="numbers">{entry.peer}</td>
    </tr>
  );
};
