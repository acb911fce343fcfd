import type { ReactNode } from 'react';
import classes from './panel.module.css';

interface Props {
  children: ReactNode;
  /** Names the section for screen readers: the id of its heading. */
  labelledBy?: string;
  id?: string;
  className?: string;
}

/** A raised sheet that holds one subject. */
export const Panel = ({ children, labelledBy, id, className = '' }: Props) => (
  <section id={id} aria-labelledby={labelledBy} className={`${classes.panel} ${className}`}>
    {children}
  </section>
);
