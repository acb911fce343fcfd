import { Tooltip } from '@mantine/core';
import { IconBell, IconBug, IconEye } from '@tabler/icons-react';
import { ToneBadge } from '../parts/tone-badge.tsx';
import type { Camera } from '../wire.ts';
import classes from './fleet.module.css';

export const kindText = (kind: string) => kind.replaceAll('-', ' ').replace(/^./, (first) => first.toUpperCase());

/** How it is, worst first: one word. */
export function stateOf({ powered, connected, state }: Camera) {
  if (!powered) return { tone: 'bad', text: 'No power', means: 'It is cut off or booting.' } as const;
  if (!connected)
    return { tone: 'bad', text: 'Cable out', means: 'It runs, but nobody reaches it over the network.' } as const;
  return {
    uninitialized: { tone: 'warn', text: 'Not activated', means: 'It refuses everything until it has a password.' },
    initialized: { tone: 'idle', text: 'Activated', means: 'It has an admin password and belongs to no gateway.' },
    paired: { tone: 'good', text: 'Paired', means: 'It belongs to a VMS Local.' },
  }[state] as { tone: 'warn' | 'idle' | 'good'; text: string; means: string };
}

export function StateBadge({ camera }: { camera: Camera }) {
  const { tone, text, means } = stateOf(camera);
  return (
    <Tooltip label={means}>
      <ToneBadge tone={tone}>{text}</ToneBadge>
    </Tooltip>
  );
}

export const ActiveBadges = ({ camera }: { camera: Camera }) => (
  <>
    {camera.active.map((kind) => (
      <ToneBadge key={kind} tone="bad" solid data-active>
        {kindText(kind)}
      </ToneBadge>
    ))}
  </>
);

const plural = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;

/** Who is there, and what is wrong on purpose. */
export const Counts = ({ camera: { viewers, subscriptions, faults } }: { camera: Camera }) => (
  <span className={classes.counts}>
    <Count Icon={IconEye} count={viewers} text={plural(viewers, 'viewer')} />
    <Count Icon={IconBell} count={subscriptions} text={plural(subscriptions, 'event subscription')} />
    <Count Icon={IconBug} count={faults} text={`${plural(faults, 'fault')} in force`} bad />
  </span>
);

interface CountProps {
  Icon: typeof IconEye;
  count: number;
  text: string;
  bad?: boolean;
}

const Count = ({ Icon, count, text, bad }: CountProps) => (
  <Tooltip label={text}>
    <span className={classes.count} data-none={count === 0 || undefined} data-bad={(bad && count > 0) || undefined}>
      <Icon size={15} stroke={1.75} aria-hidden />
      <span aria-hidden>{count}</span>
      <span className={classes.hidden}>{text}</span>
    </span>
  </Tooltip>
);
