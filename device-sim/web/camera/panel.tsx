import { Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './camera.module.css';

interface PanelProps {
  title: string;
  /** One line below the title. */
  hint?: ReactNode;
  /** At the right of the title. */
  aside?: ReactNode;
  children: ReactNode;
}

/** A box with a heading of its own. */
export const Panel = ({ title, hint, aside, children }: PanelProps) => (
  <section className={`card ${classes.panel}`} aria-label={title}>
    <div className={classes.panelHead}>
      <Title order={2}>{title}</Title>
      {aside}
    </div>
    {hint && (
      <Text size="sm" c="dimmed" mb="sm">
        {hint}
      </Text>
    )}
    {children}
  </section>
);
