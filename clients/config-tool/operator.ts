import type { Output } from '../../core/runtime/program.ts';
import { UsageError } from '../../core/runtime/settings.ts';
import { type ApiClient, ProblemError, waitOf } from '../terminal/http.ts';
import { type Ask, askCode, plainRefusal, signInTpLinkId } from '../terminal/tp-link-id.ts';

/** Who adds the cameras: each fresh code buys one elevation (DESIGN §5 step 1), which is good for one order of tickets. */
export interface Operator {
  /** `what` is what the code is asked for with. Throws UsageError in plain words when refused. */
  elevation(what?: string): Promise<string>;
}

interface Given {
  account?: string | undefined;
  password?: string | undefined;
  code?: string | undefined;
}

/** By a TP-Link ID: the code that signs in buys the elevation, so that a person types one code. */
export function tpLinkOperator(cloud: ApiClient, gatewayId: string, flags: Given, output: Output, ask: Ask): Operator {
  const given = { ...flags };
  return {
    async elevation(codeFor) {
      try {
        given.account ??= await ask.text('TP-Link ID (e-mail)', '--account');
        given.password ??= await ask.password('Password', '--password');
        const signedIn = await signInTpLinkId(cloud, { ...given, elevateFor: gatewayId, codeFor }, ask);
        given.code = undefined;
        if (signedIn.elevation) return signedIn.elevation;
        if (signedIn.secondFactor)
          throw new UsageError('this VMS Local is bound to another TP-Link ID: sign in with its owner');
        output.note('This TP-Link ID has no two-factor authentication; asking whether the VMS Local allows that.');
        const answer = await signedIn.cloud.post<{ elevation: string }>('/elevations', {
          gatewayId,
          password: signedIn.password,
        });
        return answer.elevation;
      } catch (error) {
        throw plainRefusal(error);
      }
    },
  };
}

/** By a local administrator of the VMS Local: no cloud is asked, none is needed. */
export function localOperator(gateway: ApiClient, username: string, flags: Given, ask: Ask): Operator {
  const given = { ...flags };
  const sentences: Record<string, (error: ProblemError) => string> = {
    wrong_credentials: () =>
      `the VMS Local does not know this user name and password; a TP-Link ID is no local account (leave out --local-user)`,
    code_wrong: () => 'the code is wrong or was used already: take the next one the app shows',
    locked_out: (error) => `the local account is locked after too many wrong tries${waitOf(error)}`,
    second_factor_enrolment_required: () =>
      'this local account has no two-factor authentication: switch it on in VMS Local (Settings > My account), then try again',
    role_insufficient: () => 'adding cameras with a local account needs the role admin',
  };
  const plain = (error: unknown) =>
    error instanceof ProblemError && Object.hasOwn(sentences, error.code)
      ? new UsageError(sentences[error.code]!(error))
      : error instanceof ProblemError
        ? new UsageError(error.message)
        : error;
  return {
    async elevation(codeFor) {
      given.password ??= await ask.password(`Password of ${username}`, '--password');
      const { password } = given;
      const elevate = async (code?: string) =>
        (
          await gateway.post<{ elevation: string }>('/pairing/elevations', {
            username,
            password,
            ...(code === undefined ? {} : { code }),
          })
        ).elevation;
      try {
        const { code } = given;
        given.code = undefined;
        return await elevate(code);
      } catch (error) {
        const needed = error instanceof ProblemError && error.code === 'second_factor_required';
        if (!needed) throw plain(error);
      }
      return askCode(ask, codeFor, elevate, 'code_wrong').catch((error: unknown) => {
        throw plain(error);
      });
    },
  };
}
