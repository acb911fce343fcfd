import { create } from 'qrcode';
import { useMemo } from 'react';
import classes from './parts.module.css';

/** Light modules around the symbol that a reader needs to find it (ISO/IEC 18004: 4). */
const quietZone = 4;

/** A QR code as one SVG path: dark on white in both schemes, since a phone will not read it the other way round. */
export function Qr({ text, label, size = 216 }: { text: string; label: string; size?: number }) {
  const { side, path } = useMemo(() => {
    const { modules } = create(text, { errorCorrectionLevel: 'M' });
    let path = '';
    for (let y = 0; y < modules.size; y++)
      for (let x = 0; x < modules.size; x++)
        if (modules.get(y, x)) path += `M${x + quietZone} ${y + quietZone}h1v1h-1z`;
    return { side: modules.size + 2 * quietZone, path };
  }, [text]);
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
