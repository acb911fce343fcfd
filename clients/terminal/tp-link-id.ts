import { UsageError } from '../../core/runtime/settings.ts';
import { type ApiClient, ProblemError, waitOf } from './http.ts';

interface SignInAnswer {
  status: 'signed_in' | 'code_required';
  token?: string;
  challengeId?: string;
  elevation?: string;
}

export interface SignedIn {
  /** The cloud's API with the session's bearer token. */
  cloud: ApiClient;
  token: string;
  /** Was a code asked for? */
  secondFactor: boolean;
  /** With `elevateFor` and a code: the right to add devices to that gateway, 120 s, once. */
  elevation: string | undefined;
  password: string;
}

/** What a terminal program asks a person: with `--json`, or without a terminal, every answer must come as a flag. */
export interface Ask {
  text(what: string, flag: string): Promise<string>;
  password(what: string, flag: string): Promise<string>;
}

/**
 * Sign in with a TP-Link ID in the terminal: password, then the 6-digit code when two-factor authentication is on.
 * `elevateFor` names a gateway whose devices are to be added: the same fresh code buys the elevation. Throws UsageError in
 * plain words when refused.
 */
export async function signInTpLinkId(
  cloud: ApiClient,
  given: {
    account?: string | undefined;
    password?: string | undefined;
    code?: string | undefined;
    elevateFor?: string | undefined;
    /** What the code is asked for with. */
    codeFor?: string | undefined;
  },
  ask: Ask,
): Promise<SignedIn> {
  const email = given.account ?? (await ask.text('TP-Link ID (e-mail)', '--account'));
  const password = given.password ?? (await ask.password('Password', '--password'));
  try {
    let answer = await cloud.post<SignInAnswer>('/sign-in', { email, password, delivery: 'bearer' });
    const secondFactor = answer.status === 'code_required';
    if (secondFactor) {
      const { challengeId } = answer;
      const submit = (code: string) =>
        cloud.post<SignInAnswer>('/sign-in/code', {
          challengeId,
          code,
          ...(given.elevateFor ? { elevateFor: given.elevateFor } : {}),
        });
      answer =
        given.code === undefined ? await askCode(ask, given.codeFor, submit, 'wrong_code') : await submit(given.code);
    }
    return {
      cloud: cloud.with(answer.token!),
      token: answer.token!,
      secondFactor,
      elevation: answer.elevation,
      password,
    };
  } catch (error) {
    throw plainRefusal(error);
  }
}

/** How often a person may mistype a code before the program ends: fewer than a challenge or a lock bears. */
const codeTries = 3;

/** Ask for the 6-digit code and submit it; after a wrong one (`wrong` is its error code) ask again, a few times. */
export async function askCode<T>(
  ask: Ask,
  what: string | undefined,
  submit: (code: string) => Promise<T>,
  wrong: string,
): Promise<T> {
  let question = what ?? '6-digit code of the authenticator app';
  for (let left = codeTries; ; ) {
    try {
      return await submit((await ask.text(question, '--code')).replaceAll(' ', ''));
    } catch (error) {
      left -= 1;
      if (left === 0 || !(error instanceof ProblemError) || error.code !== wrong) throw error;
      question = 'That code is wrong or was used already. The next one the app shows';
    }
  }
}

/** Sign-in refusals as one sentence with the remedy. */
export function plainRefusal(error: unknown): unknown {
  if (!(error instanceof ProblemError)) return error;
  const sentences: Record<string, string> = {
    wrong_credentials: 'the e-mail or the password is wrong',
    wrong_code: 'the code is wrong or was used already: take the next one the app shows',
    challenge_ended: 'too many wrong codes or too late: start again with the password',
    locked_out: `the account is locked after too many wrong codes${waitOf(error) || `: ${error.message}`}`,
    too_many_requests: `too many tries from here${waitOf(error)}`,
    gateway_unknown: 'this VMS Local is bound to another TP-Link ID: sign in with its owner',
    second_factor_enrolment_required:
      'this TP-Link ID has no two-factor authentication: turn it on in the cloud (Admin > Account > Two-Factor Authentication), then try again',
  };
  return new UsageError(sentences[error.code] ?? error.message);
}
