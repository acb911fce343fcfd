import { sessionStore, terminalId } from './session.ts';

/** A refusal of the cloud or of a VMS Local, in words for people. */
export class Refusal extends Error {
  override name = 'Refusal';
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

const unreachable = () => new Refusal('unreachable', 'No connection. Check the network and try again.');

const sentences: Record<string, string> = {
  '-20600': 'The e-mail address or the password is wrong.',
  '-20601': 'The e-mail address or the password is wrong.',
  '-20607': 'The code is wrong or was used already. Take the next one the app shows.',
  '-20661': 'The account is locked for a while after too many wrong codes.',
  '-20675': 'The account is locked for a while after too many wrong codes.',
  '-20212': 'This account lives in another region.',
};

interface Answer {
  error_code: number;
  msg?: string;
  result?: Record<string, unknown>;
}

/** One call of the TP-Link JSON API v2: `error_code` 0 is good, whatever the HTTP status. */
async function ask(path: string, params: object): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(`/cloud/api/v2/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(params),
    });
  } catch {
    throw unreachable();
  }
  const answer = (await response.json().catch(() => undefined)) as Answer | undefined;
  if (typeof answer?.error_code !== 'number') throw unreachable();
  return answer;
}

const refusalOf = ({ error_code, msg }: Answer) =>
  new Refusal(String(error_code), sentences[String(error_code)] ?? `${msg ?? 'The cloud refused'}.`);

async function call(path: string, params: object): Promise<Record<string, unknown>> {
  const answer = await ask(path, params);
  if (answer.error_code !== 0) throw refusalOf(answer);
  return answer.result ?? {};
}

const keep = (result: Record<string, unknown>) => {
  const { email, token, refreshToken } = result as { email: string; token: string; refreshToken: string };
  sessionStore.set({ email, token, refreshToken });
};

const phone = () => ({
  appType: 'VIGI_App',
  terminalUUID: terminalId(),
  terminalName: 'VIGI App',
  refreshTokenNeeded: true,
});

/** First step. Resolves with the process to answer by a code, or undefined when signed in. Both forms of -20677 are met. */
export async function signIn(email: string, password: string): Promise<string | undefined> {
  const answer = await ask('account/login', { ...phone(), cloudUserName: email, cloudPassword: password });
  const result = answer.result ?? {};
  if (answer.error_code === -20677 || result['errorCode'] === '-20677') return String(result['MFAProcessId']);
  if (answer.error_code !== 0) throw refusalOf(answer);
  keep(result);
  return undefined;
}

/** Second step: the code of the authenticator app (MFA type 3). */
export async function answerCode(email: string, processId: string, code: string): Promise<void> {
  const body = { ...phone(), cloudUserName: email, MFAProcessId: processId, MFAType: 3, code };
  keep(await call('account/checkMFACodeAndLogin', { ...body, terminalBindEnabled: false }));
}

/** Lost phone: a mail with the link that turns two-factor authentication off. */
export async function askForLink(processId: string): Promise<void> {
  await problemCall('/cloud/api/v1/sign-in/lost-device', { challengeId: processId });
}

/** Renew the token: one window at a time, since a refresh token is good once. */
export async function renew(spent: string): Promise<string> {
  const over = () => new Refusal('session_over', 'The session has ended. Sign in again.');
  return navigator.locks.request('vigil-app-renew', async () => {
    const session = sessionStore.fresh();
    if (!session) throw over();
    if (session.token !== spent) return session.token;
    const answer = await ask('account/refreshToken', {
      refreshToken: session.refreshToken,
      terminalUUID: terminalId(),
    });
    if (answer.error_code !== 0) {
      sessionStore.set(undefined);
      throw over();
    }
    const { token, refreshToken } = answer.result as { token: string; refreshToken: string };
    sessionStore.set({ ...session, token, refreshToken });
    return token;
  });
}

/** Run `work` with the token; once more with a new one when it has run out. `isOver` tells that of its error. */
export async function withToken<T>(
  work: (token: string) => Promise<T>,
  isOver: (error: unknown) => boolean,
): Promise<T> {
  const session = sessionStore.get();
  if (!session) throw new Refusal('session_over', 'Sign in first.');
  try {
    return await work(session.token);
  } catch (error) {
    if (!isOver(error)) throw error;
    return work(await renew(session.token));
  }
}

const tokenRanOut = (error: unknown) =>
  error instanceof Refusal &&
  (error.code === '-20651' || error.code === 'session_required' || error.code === 'sign_in_required');

export { tokenRanOut };

export interface Gateway {
  id: string;
  name: string;
  online: boolean;
}

export async function listGateways(): Promise<Gateway[]> {
  const { deviceList } = (await withToken((token) => call('common/getDeviceList', { token }), tokenRanOut)) as {
    deviceList: { deviceId: string; alias: string; deviceType: string; status: number }[];
  };
  return deviceList
    .filter(({ deviceType }) => deviceType === 'SMART.VIGIVMS')
    .map(({ deviceId, alias, status }) => ({ id: deviceId, name: alias, online: status === 1 }));
}

export const hasSecondFactor = async (): Promise<boolean> =>
  (await withToken((token) => call('account/getMFAFeatureStatus', { token, terminalUUID: terminalId() }), tokenRanOut))[
    'MFAFeatureEnabled'
  ] === true;

export async function signOut(): Promise<void> {
  const session = sessionStore.get();
  sessionStore.set(undefined);
  if (session) await call('account/logout', { token: session.token }).catch(() => undefined);
}

/** A fresh code, or without a second factor the password, buys the right to add devices to one VMS Local. */
export async function elevate(gatewayId: string, proof: { code: string } | { password: string }): Promise<string> {
  const { elevation } = (await withToken(
    (token) => problemCall('/cloud/api/v1/elevations', { gatewayId, ...proof }, token),
    tokenRanOut,
  )) as { elevation: string };
  return elevation;
}

/** A call that answers with problem+json when it refuses. */
export async function problemCall(path: string, body: object, token?: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
      body: JSON.stringify(body),
    });
  } catch {
    throw unreachable();
  }
  const text = await response.text();
  if (response.ok) return text === '' ? undefined : JSON.parse(text);
  throw problemOf(text, response.status);
}

const problemSentences: Record<string, string> = {
  wrong_code: 'The code is wrong or was used already. Take the next one the app shows.',
  wrong_credentials: 'The password is wrong.',
  challenge_ended: 'This sign-in ran out. Begin again with the password.',
  second_factor_enrolment_required:
    'This TP-Link ID has no two-factor authentication. Turn it on in the cloud: Admin > Account > Two-Factor Authentication.',
};

export function problemOf(text: string, status: number): Refusal {
  let said: { code?: string; detail?: string } = {};
  try {
    said = JSON.parse(text) as typeof said;
  } catch {
    // No problem document: the status has to do.
  }
  const code = said.code ?? `http_${status}`;
  const detail = said.detail ?? `The answer was ${status}.`;
  return new Refusal(code, problemSentences[code] ?? detail.charAt(0).toUpperCase() + detail.slice(1));
}
