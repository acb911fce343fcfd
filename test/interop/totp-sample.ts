import { startLab } from '../lab/index.ts';

/** An enrolment that has begun: its key URI, and what confirms it. */
export async function createTotpSample() {
  const lab = await startLab({ setUp: false });
  const owner = await lab.owner();
  const { password } = lab.people.owner;
  const begun = await owner.post<{ enrolmentId: string; uri: string }>('/two-factor/enrolment', { password });
  return {
    uri: begun.uri,
    now: () => lab.clock.now(),
    confirm: (code: string) =>
      owner.post<{ recoveryCodes: string[] }>('/two-factor/enrolment/confirm', {
        enrolmentId: begun.enrolmentId,
        code,
      }),
    [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
  };
}
