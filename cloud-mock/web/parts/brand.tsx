import { VisuallyHidden } from '@mantine/core';
import { Link } from 'wouter';
import classes from './brand.module.css';

/** The mark: a V that keeps watch under one lamp. Ours; not TP-Link's. */
export const Mark = ({ size = 32 }: { size?: number }) => (
  <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" className={classes.mark}>
    <rect className={classes.ground} width="32" height="32" rx="9" />
    <path
      d="M7.2 9.6 16 25.2 24.8 9.6"
      fill="none"
      stroke="#fff"
      strokeWidth="3.6"
      strokeLinecap="round"
      strokeLinejoin="round"
    />
    <circle cx="16" cy="9.4" r="3.3" fill="#ffb224" />
  </svg>
);

export const Brand = () => (
  <Link href="/" className={classes.brand}>
    <Mark />
    <span className={classes.words}>
      <span className={classes.product}>Vigil VMS Cloud</span>
      <span className={classes.maker}>TP-Link ID (simulated)</span>
    </span>
    <VisuallyHidden>, home</VisuallyHidden>
  </Link>
);
