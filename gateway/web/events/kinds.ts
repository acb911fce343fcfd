import {
  IconAlertTriangle,
  IconArrowBarRight,
  IconBell,
  IconCar,
  IconHandStop,
  IconPaw,
  IconPlug,
  IconRun,
  IconShieldExclamation,
  IconSparkles,
  IconUser,
  IconVolume,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { EventKind } from '../../../core/onvif/event.ts';

interface KindFacts {
  label: string;
  Icon: ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean }>;
}

const facts: Record<EventKind, KindFacts> = {
  motion: { label: 'Motion', Icon: IconRun },
  tamper: { label: 'Tampering', Icon: IconHandStop },
  intrusion: { label: 'Intrusion', Icon: IconShieldExclamation },
  'line-cross': { label: 'Line crossing', Icon: IconArrowBarRight },
  people: { label: 'Person', Icon: IconUser },
  vehicle: { label: 'Vehicle', Icon: IconCar },
  pet: { label: 'Pet', Icon: IconPaw },
  smart: { label: 'Smart event', Icon: IconSparkles },
  audio: { label: 'Sound', Icon: IconVolume },
  'digital-input': { label: 'Digital input', Icon: IconPlug },
  other: { label: 'Other', Icon: IconBell },
};

/** A newer gateway may know more kinds than these pages. */
export const kindFacts = (kind: string): KindFacts =>
  Object.hasOwn(facts, kind) ? facts[kind as EventKind] : { label: kind, Icon: IconAlertTriangle };

export const kindOptions = Object.entries(facts).map(([value, { label }]) => ({ value, label }));
