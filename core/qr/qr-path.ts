import { create } from 'qrcode';

/** Light modules around the symbol that a reader needs to find it (ISO/IEC 18004: 4). */
const quietZone = 4;

/** A QR code as one SVG path of dark modules in a square of `side` units, its quiet zone among them. */
export function qrPath(text: string): { side: number; path: string } {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  let path = '';
  for (let y = 0; y < modules.size; y++) {
    for (let x = 0; x < modules.size; x++) {
      if (modules.get(y, x)) path += `M${x + quietZone} ${y + quietZone}h1v1h-1z`;
    }
  }
  return { side: modules.size + 2 * quietZone, path };
}
