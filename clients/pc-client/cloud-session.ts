import type { Clock } from '../../core/runtime/clock.ts';
import { UsageError } from '../../core/runtime/settings.ts';
import { type ApiClient, apiClient, ProblemError } from '../terminal/http.ts';
import { renewTokens, type Tokens } from './device-grant.ts';
import type { KeptSession, SessionFile } from './session-file.ts';

/** A token is renewed this long before its end: a request on its way must not find it gone. */
const renewEarlyMs = 60_000;

export const signInFirst = 'nobody is signed in: `pc-client sign-in`, or `--local` for devices of this network alone';
const sessionEnded =
  'the session has ended (signed out elsewhere, or the second factor was changed): sign in again with `pc-client sign-in`';

export const keptTokens = ({ token, refreshToken, lastsSeconds }: Tokens, clock: Clock) => ({
  token,
  ...(refreshToken === undefined ? {} : { refreshToken, renewAt: clock.now() + lastsSeconds * 1000 - renewEarlyMs }),
});

/** The cloud as the kept session reaches it. */
export interface CloudSession {
  readonly account: string;
  readonly cloudUrl: string;
  /** Call the cloud's API; an ended session is one sentence, and its file is gone. */
  call<T>(work: (cloud: ApiClient) => Promise<T>): Promise<T>;
}

/**
 * The session in the file, renewed where it is due. Two processes may do this at once: one renews, the other takes what
 * came of it, since a refresh token that is shown twice ends the whole session.
 */
export function createCloudSession(file: SessionFile, clock: Clock): CloudSession {
  const first = file.read();
  if (!first) throw new UsageError(signInFirst);

  async function fresh(notThis?: string): Promise<KeptSession> {
    const usable = (session: KeptSession) =>
      session.token !== notThis && (session.renewAt === undefined || clock.now() < session.renewAt);
    const before = file.read();
    if (!before) throw new UsageError(signInFirst);
    if (usable(before)) return before;
    return file.alone(async () => {
      const now = file.read();
      if (!now) throw new UsageError(signInFirst);
      if (usable(now)) return now;
      const tokens = now.refreshToken === undefined ? undefined : await renewTokens(now.cloudUrl, now.refreshToken);
      if (!tokens) {
        file.remove();
        throw new UsageError(sessionEnded);
      }
      const renewed = { ...now, ...keptTokens(tokens, clock) };
      file.write(renewed);
      return renewed;
    });
  }

  return {
    account: first.account,
    cloudUrl: first.cloudUrl,
    async call(work) {
      const session = await fresh();
      const ended = (error: unknown) => error instanceof ProblemError && error.code === 'session_required';
      const as = ({ cloudUrl, token }: KeptSession) => apiClient(cloudUrl, 'the TP-Link ID cloud', token);
      try {
        return await work(as(session));
      } catch (error) {
        if (!ended(error)) throw error;
      }
      try {
        return await work(as(await fresh(session.token)));
      } catch (error) {
        throw ended(error) ? new UsageError(sessionEnded) : error;
      }
    },
  };
}
