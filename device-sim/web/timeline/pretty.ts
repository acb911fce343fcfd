/** A message for the eye: XML and JSON bodies indented, all else as it came. */
export function pretty(text: string): string {
  const at = text.search(/\n\n|\r\n\r\n/);
  const head = at < 0 ? '' : text.slice(0, at).trimEnd();
  const body = (at < 0 ? text : text.slice(at)).trim();
  const shown = body.startsWith('<') ? indentXml(body) : body.startsWith('{') ? indentJson(body) : body;
  return head === '' ? shown : `${head}\n\n${shown}`;
}

function indentJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), undefined, 2);
  } catch {
    return text;
  }
}

/** Good enough to read by: one element a line, text beside its tags. */
function indentXml(text: string): string {
  let depth = 0;
  return text
    .replace(/>\s*</g, '>\n<')
    .split('\n')
    .map((line) => {
      if (line.startsWith('</')) depth = Math.max(0, depth - 1);
      const shown = '  '.repeat(depth) + line;
      if (/^<[^!?/][^>]*[^/]>$/.test(line)) depth += 1;
      return shown;
    })
    .join('\n');
}
