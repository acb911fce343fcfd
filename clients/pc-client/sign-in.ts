import type { Clock } from '../../core/runtime/clock.ts';
import type { Output } from '../../core/runtime/program.ts';
import { apiClient, ProblemError } from '../terminal/http.ts';
import { type Ask, plainRefusal, signInTpLinkId } from '../terminal/tp-link-id.ts';
import { keptTokens } from './cloud-session.ts';
import { renewTokens, signInByDeviceCode } from './device-grant.ts';
import type { KeptSession, SessionFile } from './session-file.ts';

interface Way {
  cloudUrl: string;
  /** By the device grant: password and code are typed into a browser, not here. */
  byBrowser: boolean;
  account?: string | undefined;
  password?: string | undefined;
  code?: string | undefined;
}

interface Parts {
  file: SessionFile;
  ask: Ask;
  clock: Clock;
  output: Output;
}

/** Sign in and keep the session; one that was kept before ends. */
export async function signIn(way: Way, { file, ask, clock, output }: Parts): Promise<number> {
  const cloud = apiClient(way.cloudUrl, 'the TP-Link ID cloud');
  const session = way.byBrowser ? await byBrowser(cloud.url, clock, output) : await byPassword();
  const before = await file.alone(async () => {
    const kept = readable(file);
    file.write(session);
    return kept;
  });
  if (before) await endAtCloud(before);
  output.say(
    { type: 'signed_in', account: session.account, file: file.path },
    `✓ Signed in as ${session.account}. Next: pc-client devices`,
  );
  return 0;

  async function byPassword(): Promise<KeptSession> {
    const signedIn = await signInTpLinkId(cloud, way, ask);
    const { account } = await signedIn.cloud.get<{ account: { email: string } }>('/session');
    return { cloudUrl: cloud.url, account: account.email, token: signedIn.token };
  }
}

async function byBrowser(cloudUrl: string, clock: Clock, output: Output): Promise<KeptSession> {
  const tokens = await signInByDeviceCode(
    cloudUrl,
    ({ userCode, url, urlWithCode, qr }) => {
      output.say(
        { type: 'device_code', userCode, url, urlWithCode },
        `Scan this with a phone, or open ${url} in a browser and enter the code:\n\n${qr}\n    ${userCode}\n\nWaiting for you to allow it there …`,
      );
    },
    clock,
  );
  try {
    const { account } = await apiClient(cloudUrl, 'the TP-Link ID cloud', tokens.token).get<{
      account: { email: string };
    }>('/session');
    return { cloudUrl, account: account.email, ...keptTokens(tokens, clock) };
  } catch (error) {
    throw plainRefusal(error);
  }
}

/** Forget the session here whatever happens, and tell the cloud. */
export async function signOut(file: SessionFile, output: Output): Promise<number> {
  const kept = await file.alone(async () => {
    const session = readable(file);
    file.remove();
    return session;
  });
  if (!kept) {
    output.say({ type: 'signed_out', account: null }, 'Nobody was signed in.');
    return 0;
  }
  const told = await endAtCloud(kept);
  output.say(
    { type: 'signed_out', account: kept.account, cloudTold: told },
    told
      ? `✓ ${kept.account} is signed out.`
      : `✓ ${kept.account} is signed out here; the cloud did not answer: end the session there under Account > Sessions.`,
  );
  return 0;
}

/** What was kept; a damaged file is in nobody's way. */
function readable(file: SessionFile): KeptSession | undefined {
  try {
    return file.read();
  } catch {
    return undefined;
  }
}

/** End the session at the cloud. True when it is over there. */
async function endAtCloud({ cloudUrl, token, refreshToken }: KeptSession): Promise<boolean> {
  const over = (error: unknown) => error instanceof ProblemError && error.code === 'session_required';
  const end = (bearer: string) => apiClient(cloudUrl, 'the TP-Link ID cloud', bearer).post('/sign-out', {});
  try {
    await end(token).catch(async (error: unknown) => {
      if (!over(error) || refreshToken === undefined) throw error;
      // Only the token has run out, the session behind it may live on.
      const renewed = await renewTokens(cloudUrl, refreshToken);
      if (renewed) await end(renewed.token);
    });
    return true;
  } catch (error) {
    return over(error);
  }
}
