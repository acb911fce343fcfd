import { Box, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { type ReactNode, useEffect, useRef } from 'react';
import classes from './parts.module.css';

let visits = 0;

interface PageProps {
  title: string;
  /** One line below the title. */
  lead?: ReactNode;
  /** Buttons at its right. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A page with its heading. On the way from one page to another the heading takes the focus, so a screen reader tells. */
export function Page({ title, lead, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useDocumentTitle(`${title} · Fleet · Vigil`);
  useEffect(() => {
    if (visits++ > 0) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <>
      <div className={classes.pageHead}>
        <div>
          <Title order={1} ref={heading} tabIndex={-1}>
            {title}
          </Title>
          {lead && (
            <Text c="dimmed" size="sm" mt={4} component="div">
              {lead}
            </Text>
          )}
        </div>
        {actions && <Box>{actions}</Box>}
      </div>
      {children}
    </>
  );
}
