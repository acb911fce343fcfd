import { Tooltip } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconKeyOff,
  IconLock,
  IconPlugConnectedX,
  IconRefresh,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import { type Tone, ToneBadge } from '../parts/tone-badge.tsx';
import type { Camera, CameraState } from '../wire.ts';

/** Best first: how the table sorts. */
export const cameraStates: readonly CameraState[] = [
  'online',
  'connecting',
  'degraded',
  'offline',
  'wrong_password',
  'locked',
  'uninitialized',
];

interface StateFacts {
  label: string;
  tone: Tone;
  Icon: ComponentType<{ size?: number; 'aria-hidden'?: boolean }>;
  /** What it means, and what is done about it. */
  explanation: string;
  /** A person has to do something. */
  attention: boolean;
}

export const stateFacts: Record<CameraState, StateFacts> = {
  online: {
    label: 'Online',
    tone: 'good',
    Icon: IconCircleCheck,
    explanation: 'The gateway is signed in to this camera and receives its events.',
    attention: false,
  },
  connecting: {
    label: 'Connecting',
    tone: 'busy',
    Icon: IconRefresh,
    explanation: 'The gateway is reaching this camera and signing in.',
    attention: false,
  },
  degraded: {
    label: 'Degraded',
    tone: 'warn',
    Icon: IconAlertTriangle,
    explanation: 'The camera answers, but not all of it works. The gateway keeps trying.',
    attention: true,
  },
  offline: {
    label: 'Offline',
    tone: 'idle',
    Icon: IconPlugConnectedX,
    explanation: 'The camera does not answer. Check its power and network; the gateway keeps trying by itself.',
    attention: true,
  },
  wrong_password: {
    label: 'Wrong password',
    tone: 'bad',
    Icon: IconKeyOff,
    explanation:
      'The camera refused the user name or password. It is not asked again until you change the password here, so the camera does not lock the account.',
    attention: true,
  },
  locked: {
    label: 'Locked',
    tone: 'bad',
    Icon: IconLock,
    explanation:
      'The camera has locked its account after too many wrong passwords, often for half an hour. The gateway waits before it asks again.',
    attention: true,
  },
  uninitialized: {
    label: 'Uninitialized',
    tone: 'note',
    Icon: IconCircleDashed,
    explanation: 'No administrator password was set on this camera yet. Activate it with the Config Tool.',
    attention: true,
  },
};

/** How a camera is: a word, a sign and a colour; the meaning on hover or focus. */
export function StateBadge({ camera }: { camera: Camera }) {
  const { label, tone, Icon, explanation } = stateFacts[camera.state];
  return (
    <Tooltip label={camera.stateDetail ? `${explanation} (${camera.stateDetail})` : explanation}>
      <ToneBadge tone={tone} leftSection={<Icon size={13} aria-hidden />} tabIndex={0}>
        {label}
      </ToneBadge>
    </Tooltip>
  );
}

export const adoptionName: Record<Camera['adoptedBy'], string> = { pairing: 'Paired', onvif: 'ONVIF' };
export const routeName = { mqtt: 'MQTT', 'pull-point': 'Pull point' } as const;

export const addressText = ({ address: { host, port } }: Camera) =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;
