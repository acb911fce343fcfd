import { Badge } from '@mantine/core';
import classes from './devices.module.css';

const states: Record<string, { label: string; color: string }> = {
  online: { label: 'Online', color: 'teal' },
  degraded: { label: 'Degraded', color: 'lamp' },
  connecting: { label: 'Connecting', color: 'gray' },
  uninitialized: { label: 'Uninitialized', color: 'lamp' },
  offline: { label: 'Offline', color: 'gray' },
  wrong_password: { label: 'Wrong password', color: 'red' },
  locked: { label: 'Locked', color: 'red' },
  unreachable: { label: 'VMS Local offline', color: 'gray' },
};

export const stateChoices = Object.entries(states).map(([value, { label }]) => ({ value, label }));

export function DeviceState({ state }: { state: string }) {
  const { label, color } = states[state] ?? { label: state, color: 'gray' };
  return (
    <Badge color={color} variant="light" tt="none" size="lg" className={classes.state}>
      {label}
    </Badge>
  );
}
