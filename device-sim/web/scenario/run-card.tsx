import { Button, Group, Progress, Text, Title } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { useStopScenario } from '../api/queries.ts';
import { beat, durationOf } from '../parts/duration.ts';
import { ToneBadge } from '../parts/tone-badge.tsx';
import { useNow } from '../runtime/clock-context.tsx';
import type { ScenarioRun } from '../wire.ts';
import classes from './scenario.module.css';

const states = {
  running: { tone: 'busy', text: 'Playing' },
  over: { tone: 'good', text: 'Over' },
  stopped: { tone: 'idle', text: 'Stopped' },
} as const;

/** One run: how far it is, and what it did. */
export function RunCard({ run }: { run: ScenarioRun }) {
  const now = useNow();
  const stop = useStopScenario();
  const { tone, text } = states[run.state];
  const passedMs = Math.min(Math.max(0, now - run.beganAt), run.lastsMs);
  return (
    <article className={`card ${classes.card}`} aria-label={run.name}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <div>
          <Title order={2}>{run.name}</Title>
          <Text size="sm" c="dimmed" className="numbers">
            {run.steps} {run.steps === 1 ? 'step' : 'steps'} · {durationOf(run.lastsMs)} · {run.playedCount} done
          </Text>
        </div>
        <ToneBadge tone={tone}>{text}</ToneBadge>
      </Group>
      {run.state === 'running' && (
        <Group mt="sm" wrap="nowrap">
          <Progress
            value={(100 * passedMs) / run.lastsMs}
            flex={1}
            aria-label={`${run.name}: ${Math.round((100 * passedMs) / run.lastsMs)} %`}
          />
          <Text size="sm" className="numbers">
            {beat(passedMs)}
          </Text>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconPlayerStop size={14} aria-hidden />}
            loading={stop.isPending}
            onClick={() => stop.mutate(run.id)}
          >
            Stop
          </Button>
        </Group>
      )}
      {run.played.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard must reach it
        <ol className={classes.played} tabIndex={0} aria-label={`What ${run.name} did, the newest first`}>
          {numbered(run).map(({ number, atMs, camera, what }) => (
            <li key={number}>
              <span className="numbers">{beat(atMs)}</span> <b>{camera}</b> {what}
            </li>
          ))}
        </ol>
      )}
    </article>
  );
}

/** The newest first; each keeps its number while others come. */
const numbered = ({ played, playedCount }: ScenarioRun) =>
  played.map((one, at) => ({ ...one, number: playedCount - played.length + at })).reverse();
