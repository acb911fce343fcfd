import { Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { type ReactNode, useEffect, useRef } from 'react';

/** The page's h1, which also names the tab and takes the focus after a page change, unless a field has taken it. */
export function Heading({ title, children }: { title: string; children?: ReactNode }) {
  useDocumentTitle(`${title} · Vigil VMS Cloud`);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const focused = document.activeElement;
    if (!focused || focused === document.body || !document.body.contains(focused)) {
      heading.current?.focus({ preventScroll: true });
    }
  }, []);
  return (
    <Title order={1} ref={heading} tabIndex={-1}>
      {children ?? title}
    </Title>
  );
}
