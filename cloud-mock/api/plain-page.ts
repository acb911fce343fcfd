export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);

interface PlainPage {
  title: string;
  paragraphs: string[];
  /** The way on. */
  link?: { href: string; label: string };
  /** A code for whoever looks into it. */
  small?: string;
}

/** A page for when the portal's own cannot be shown: no script, no style sheet, light or dark as the browser is. */
export const plainPage = ({ title, paragraphs, link, small }: PlainPage) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><title>${escapeHtml(title)}</title></head>
<body style="font-family:system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem;line-height:1.5;overflow-wrap:anywhere"><main><h1>${escapeHtml(title)}</h1>
${paragraphs.map((words) => `<p>${escapeHtml(words)}</p>`).join('\n')}
${link ? `<p><a href="${escapeHtml(link.href)}" style="display:inline-block;padding:.6rem 0;color:inherit">${escapeHtml(link.label)}</a></p>` : ''}${small ? `<p><small>${escapeHtml(small)}</small></p>` : ''}</main></body></html>`;
