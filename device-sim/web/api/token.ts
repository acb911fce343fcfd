/**
 * The token of the control API. It comes in the fragment of the printed address, which never reaches a server, and is
 * taken out of the address at once; it stays in this browser for this address, and dies with the fleet it was made for.
 */
const key = 'vigil-fleet-token';

export function takeTokenFromAddress(): void {
  const token = /^#\/?token=([\w-]{16,})$/.exec(location.hash)?.[1];
  if (token === undefined) return;
  localStorage.setItem(key, token);
  history.replaceState(null, '', `${location.pathname}#/cameras`);
}

export const readToken = (): string | undefined => localStorage.getItem(key) ?? undefined;
export const keepToken = (token: string) => localStorage.setItem(key, token.trim());
export const forgetToken = () => localStorage.removeItem(key);
