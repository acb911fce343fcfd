import { ActionIcon, Group, Text, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { useClock } from '../runtime/clock-context.tsx';
import classes from './parts.module.css';

/** `navigator.clipboard` exists on https and loopback only; elsewhere the old way still works. */
async function copyText(text: string): Promise<boolean> {
  if (navigator.clipboard) {
    const done = await navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
    if (done) return true;
  }
  const area = document.createElement('textarea');
  area.value = text;
  area.style.position = 'fixed';
  area.style.opacity = '0';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}

export function CopyButton({ value, label }: { value: string; label: string }) {
  const clock = useClock();
  const [state, setState] = useState<'idle' | 'copied' | 'failed'>('idle');
  const said = { idle: label, copied: 'Copied', failed: 'Select the text and copy it by hand' }[state];
  return (
    <Tooltip label={said}>
      <ActionIcon
        variant="subtle"
        color={state === 'copied' ? 'green' : 'gray'}
        aria-label={said}
        onClick={async () => {
          setState((await copyText(value)) ? 'copied' : 'failed');
          await clock.sleep(2000);
          setState('idle');
        }}
      >
        {state === 'copied' ? <IconCheck size={16} /> : <IconCopy size={16} />}
      </ActionIcon>
    </Tooltip>
  );
}

/** A value to carry elsewhere: shown as it is, with a button that copies it. */
export const CopyValue = ({ value, label }: { value: string; label: string }) => (
  <Group gap={4} wrap="nowrap" className={classes.copyValue}>
    <Text span className="mono" inherit>
      {value}
    </Text>
    <CopyButton value={value} label={label} />
  </Group>
);

/** A command to type, on a line of its own. */
export const Command = ({ value, label = 'Copy the command' }: { value: string; label?: string }) => (
  <div className={classes.command}>
    <code>{value}</code>
    <CopyButton value={value} label={label} />
  </div>
);
