import { hash } from 'node:crypto';
import { parseXsDateTime } from '../../core/onvif/duration.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import { provesPassword, type UsernameToken } from '../../core/soap/ws-security.ts';

export interface TokenAuthConfig {
  /** The camera's own clock: its error is what breaks sign-in on real cameras, too. */
  clock: Pick<Clock, 'now'>;
  /** How far Created may be from it, either way. */
  skewMs?: number;
  /** How many tokens one generation of the replay memory holds. */
  maxTokens?: number;
}

export interface TokenAuth {
  /** Who signed in; undefined when refused: wrong password, stale, replayed, or without Nonce and Created. */
  verify(token: UsernameToken, passwordOf: (username: string) => string | undefined): { username: string } | undefined;
}

interface Generation {
  startedAt: number;
  tokens: Set<string>;
  latestCreated: number;
}

/**
 * WS-UsernameToken for one camera. A token serves once while it could be fresh. The memory of used tokens is two
 * generations, each at most `maxTokens` and one skew window long; when a client floods it, tokens created before the
 * ones forgotten are refused rather than let in twice.
 */
export function createTokenAuth({ clock, skewMs = 300_000, maxTokens = 20_000 }: TokenAuthConfig): TokenAuth {
  let generations: Generation[] = [];
  let createdAfter = Number.NEGATIVE_INFINITY;

  function remember(key: string, created: number, now: number) {
    const [current, previous] = generations;
    const setBack = current !== undefined && now < current.startedAt;
    // A token stays fresh for at most two windows after it arrived: from Created = now + skew to now = Created + skew.
    const old = current !== undefined && now - current.startedAt > 2 * skewMs;
    const full = current !== undefined && current.tokens.size >= maxTokens;
    if (full && !old && !setBack && previous) createdAfter = Math.max(createdAfter, previous.latestCreated);
    if (!current || setBack || old || full) {
      generations = [{ startedAt: now, tokens: new Set(), latestCreated: created }, ...(current ? [current] : [])];
    }
    generations[0]!.tokens.add(key);
    generations[0]!.latestCreated = Math.max(generations[0]!.latestCreated, created);
  }

  return {
    verify(token, passwordOf) {
      const { username, nonce, created } = token;
      const password = passwordOf(username);
      // Core §5.9.5: both are required, for a password in clear as well.
      if (!nonce || nonce.length === 0 || created === undefined) return undefined;
      if (!provesPassword(token, password ?? '') || password === undefined) return undefined;
      const createdAt = parseXsDateTime(created);
      const now = clock.now();
      // The camera's clock was set back: what its clients create now lies before what was forgotten.
      if (now < (generations[0]?.startedAt ?? now)) createdAfter = Number.NEGATIVE_INFINITY;
      if (createdAt === undefined || Math.abs(now - createdAt) > skewMs || createdAt <= createdAfter) return undefined;
      const key = hash('sha1', `${nonce.toString('latin1')} ${created} ${username}`, 'base64');
      if (generations.some(({ tokens }) => tokens.has(key))) return undefined;
      remember(key, createdAt, now);
      return { username };
    },
  };
}
