import { Badge, type BadgeProps } from '@mantine/core';
import type { ComponentPropsWithRef } from 'react';
import classes from './parts.module.css';

export type Tone = 'good' | 'warn' | 'bad' | 'idle' | 'note' | 'busy';

interface ToneBadgeProps
  extends Omit<BadgeProps, 'color' | 'variant'>,
    Omit<ComponentPropsWithRef<'div'>, keyof BadgeProps> {
  tone: Tone;
  /** Full colour, for what must be seen; else a tint. */
  solid?: boolean;
}

/** A word with a tint that means something; dark enough to be read in either colour scheme. */
export const ToneBadge = ({ tone, solid = false, className, ...props }: ToneBadgeProps) => (
  <Badge
    {...props}
    tt="none"
    className={`${classes.badge} ${className ?? ''}`}
    data-tone={tone}
    data-solid={solid || undefined}
  />
);
