import { qrPath } from '../core/qr/qr-path.ts';
import { escapeHtml } from './escape-html.ts';
import type { CameraLabel } from './label.ts';

/** A page that a browser prints: the labels of all cameras, none torn in two. Needs nothing but itself. */
export const formatLabelSheet = (labels: readonly CameraLabel[]): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Labels of ${labels.length} simulated cameras</title>
<style>
body { margin: 1cm; font: 9pt/1.35 system-ui, sans-serif; color: #111; background: #fff }
ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(8.5cm, 1fr)); gap: .4cm; margin: 0; padding: 0 }
li { display: flex; gap: .3cm; align-items: center; padding: .25cm; border: 1px solid #999; break-inside: avoid }
svg { flex: none; width: 3cm; height: 3cm }
span { display: block }
code { font-size: 7.5pt; overflow-wrap: anywhere }
@page { margin: 1cm }
@media print { body { margin: 0 } }
</style>
<ul>
${labels.map(labelMarkup).join('\n')}
</ul>
</html>
`;

function labelMarkup({ name, marketName, serial, mac, labelSecret, label }: CameraLabel): string {
  const { side, path } = qrPath(label);
  const lines = [name, `S/N ${serial}`, `MAC ${mac}`].map((line) => `<span>${escapeHtml(line)}</span>`).join('');
  return `<li><svg viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges" role="img" aria-label="QR code of ${escapeHtml(name)}"><path d="${path}"/></svg><div><b>${escapeHtml(marketName)}</b>${lines}<code>${labelSecret}</code></div></li>`;
}
