import { useMemo } from 'react';
import { qrPath } from '../../../core/qr/qr-path.ts';
import classes from './parts.module.css';

/** A QR code as one SVG path: dark on white in both schemes, since a phone will not read it the other way round. */
export function Qr({ text, label, size = 216 }: { text: string; label: string; size?: number }) {
  const { side, path } = useMemo(() => qrPath(text), [text]);
  return (
    <svg
      role="img"
      aria-label={label}
      className={classes.qr}
      width={size}
      height={size}
      viewBox={`0 0 ${side} ${side}`}
      shapeRendering="crispEdges"
    >
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#000" />
    </svg>
  );
}
