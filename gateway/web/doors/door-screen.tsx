import { Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { Mark } from '../parts/brand.tsx';
import { ColorSchemeToggle } from '../shell/color-scheme-toggle.tsx';
import { Footer } from '../shell/footer.tsx';
import classes from './doors.module.css';

interface DoorScreenProps {
  title: string;
  lead?: ReactNode;
  gatewayName?: string;
  children: ReactNode;
}

/** The pages before one is in: one panel, nothing else. */
export function DoorScreen({ title, lead, gatewayName, children }: DoorScreenProps) {
  useDocumentTitle(`${title} · Vigil`);
  return (
    <div className={classes.screen}>
      <header className={classes.top}>
        <div>
          <Mark />
          <Text fw={700}>Vigil</Text>
          {gatewayName && (
            <Text c="dimmed" size="sm" truncate>
              {gatewayName}
            </Text>
          )}
        </div>
        <ColorSchemeToggle />
      </header>
      <main className={classes.middle}>
        <div className={`card ${classes.panel}`}>
          <Title order={1}>{title}</Title>
          {lead && (
            <Text c="dimmed" size="sm" mt={6} component="div">
              {lead}
            </Text>
          )}
          {children}
        </div>
      </main>
      <Footer />
    </div>
  );
}
