import { type ReactNode, useEffect, useRef } from 'react';

/** The title of a page: named for the tab, and focused when the page is come to, so that a reader says it. */
export function Heading({ title, before, after }: { title: string; before?: ReactNode; after?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Vigil App`;
    heading.current?.focus({ preventScroll: true });
    scrollTo(0, 0);
  }, [title]);
  return (
    <header className="heading">
      {before}
      <h1 ref={heading} tabIndex={-1}>
        {title}
      </h1>
      {after}
    </header>
  );
}

export const Fault = ({ children }: { children: ReactNode }) => (
  <p className="fault" role="alert">
    {children}
  </p>
);
