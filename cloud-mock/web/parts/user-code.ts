/** Letters and digits of a code a person was shown, as `XXXX-XXXX`, whatever they typed between them. */
export function formatUserCode(text: string): string {
  const signs = text
    .normalize('NFKC')
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]/g, '')
    .slice(0, 8);
  return signs.length > 4 ? `${signs.slice(0, 4)}-${signs.slice(4)}` : signs;
}

export const isWholeUserCode = (text: string) => /^[A-Z0-9]{4}-[A-Z0-9]{4}$/.test(text);
