import request from 'supertest';
import { expect, test } from 'vitest';
import { codeAt } from '../../cloud-mock/sign-in/totp.ts';
import { challenge, enrolled, password, register, signIn, startTestCloud, type TestCloud } from './cloud.ts';

const answerCode = (cloud: TestCloud, challengeId: string, answer: object) =>
  cloud
    .agent()
    .post('/api/v1/sign-in/code')
    .send({ challengeId, ...answer });

/** A code that is six digits and not the right one. */
const wrongCode = (right: string) => String((Number(right) + 1) % 1_000_000).padStart(6, '0');

test('enrolment asks for the password, shows the secret once, and counts for nothing until a code confirms it', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const agent = await signIn(cloud, email);
  await cloud.agent().post('/api/v1/two-factor/enrolment').send({ password }).expect(401);
  const refused = await agent.post('/api/v1/two-factor/enrolment').send({ password: 'something else' }).expect(401);
  expect(refused.body.code).toBe('wrong_credentials');
  const { body } = await agent.post('/api/v1/two-factor/enrolment').send({ password }).expect(200);
  expect(body.uri).toContain(`secret=${body.secret}`);
  // Not yet on.
  expect((await cloud.agent().post('/api/v1/sign-in').send({ email, password })).body.status).toBe('signed_in');

  const confirm = (code: unknown, enrolmentId = body.enrolmentId) =>
    agent.post('/api/v1/two-factor/enrolment/confirm').send({ enrolmentId, code });
  const right = codeAt(body.secret, cloud.clock.now());
  expect((await confirm(wrongCode(right)).expect(401)).body).toMatchObject({ code: 'wrong_code', triesLeft: 4 });
  const done = await confirm(right).expect(200);
  expect(done.body.recoveryCodes).toHaveLength(10);
  expect(new Set(done.body.recoveryCodes).size).toBe(10);
  for (const one of done.body.recoveryCodes) expect(one).toMatch(/^([A-Z2-7]{4}-){3}[A-Z2-7]{4}$/);
  expect((await confirm(right).expect(409)).body.code).toBe('enrolment_ended');
});

test('five wrong codes end an enrolment, and so do ten minutes', async () => {
  await using cloud = await startTestCloud();
  const agent = await signIn(cloud, await register(cloud));
  const begin = async () => (await agent.post('/api/v1/two-factor/enrolment').send({ password }).expect(200)).body;
  const one = await begin();
  const confirm = (enrolment: { enrolmentId: string }, code: string) =>
    agent.post('/api/v1/two-factor/enrolment/confirm').send({ enrolmentId: enrolment.enrolmentId, code });
  const right = codeAt(one.secret, cloud.clock.now());
  for (let n = 0; n < 5; n++) await confirm(one, wrongCode(right)).expect(401);
  await confirm(one, right).expect(409);
  const two = await begin();
  await cloud.clock.advance('10m');
  await confirm(two, codeAt(two.secret, cloud.clock.now())).expect(409);
});

test('the code that confirmed the enrolment is spent: it does not sign in', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const agent = await signIn(cloud, email);
  const { body } = await agent.post('/api/v1/two-factor/enrolment').send({ password }).expect(200);
  const code = codeAt(body.secret, cloud.clock.now());
  await agent.post('/api/v1/two-factor/enrolment/confirm').send({ enrolmentId: body.enrolmentId, code }).expect(200);
  const { challengeId } = await challenge(cloud, email);
  await answerCode(cloud, challengeId, { code }).expect(401);
});

test('turning it on ends every other session and gives this one a new cookie', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const [agent, other] = [await signIn(cloud, email), await signIn(cloud, email)];
  const bearer = (await cloud.agent().post('/api/v1/sign-in').send({ email, password, delivery: 'bearer' })).body.token;
  const old = await agent.get('/api/v1/session').expect(200);
  const { body } = await agent.post('/api/v1/two-factor/enrolment').send({ password }).expect(200);
  const confirmed = await agent
    .post('/api/v1/two-factor/enrolment/confirm')
    .send({ enrolmentId: body.enrolmentId, code: codeAt(body.secret, cloud.clock.now()) })
    .expect(200);
  expect(confirmed.headers['set-cookie']?.[0]).toMatch(/^vigil_id=/);
  await other.get('/api/v1/session').expect(401);
  await cloud.agent().get('/api/v1/session').set('Authorization', `Bearer ${bearer}`).expect(401);
  const now = await agent.get('/api/v1/session').expect(200);
  expect(now.body.session).toMatchObject({ id: old.body.session.id, amr: ['pwd', 'otp'], acr: 'aal2' });
});

test('a password-only sign-in under way while two-factor authentication is turned on makes no session', async () => {
  await using cloud = await startTestCloud();
  const email = await register(cloud);
  const agent = await signIn(cloud, email);
  const { body } = await agent.post('/api/v1/two-factor/enrolment').send({ password }).expect(200);
  const [confirmed, ...racers] = await Promise.all([
    agent
      .post('/api/v1/two-factor/enrolment/confirm')
      .send({ enrolmentId: body.enrolmentId, code: codeAt(body.secret, cloud.clock.now()) }),
    ...Array.from({ length: 16 }, () =>
      cloud.agent().post('/api/v1/sign-in').send({ email, password, delivery: 'bearer' }),
    ),
  ]);
  expect(confirmed!.status).toBe(200);
  for (const racer of racers) {
    if (racer.body.token) {
      await cloud.agent().get('/api/v1/session').set('Authorization', `Bearer ${racer.body.token}`).expect(401);
    }
  }
});

test('the same code is refused the second time, and an older one after a newer', async () => {
  await using cloud = await startTestCloud();
  const { email, code } = await enrolled(cloud);
  const older = code();
  const one = await challenge(cloud, email);
  await answerCode(cloud, one.challengeId, { code: older }).expect(200);
  const two = await challenge(cloud, email);
  const again = await answerCode(cloud, two.challengeId, { code: older }).expect(401);
  expect(again.body.code).toBe('wrong_code');

  await cloud.clock.advance('30s');
  const middle = code();
  await cloud.clock.advance('30s');
  await answerCode(cloud, two.challengeId, { code: code() }).expect(200);
  // Still inside the window by time, but behind the step that was spent.
  const three = await challenge(cloud, email);
  await answerCode(cloud, three.challengeId, { code: middle }).expect(401);
});

test('a wrong, a used and a malformed code are refused in the same words', async () => {
  await using cloud = await startTestCloud();
  const { email, code } = await enrolled(cloud);
  const used = code();
  await answerCode(cloud, (await challenge(cloud, email)).challengeId, { code: used }).expect(200);
  const refusals = [];
  for (const wrong of [wrongCode(used), used, 'rubbish']) {
    const { challengeId } = await challenge(cloud, email);
    const { status, body } = await answerCode(cloud, challengeId, { code: wrong });
    refusals.push({ status, body });
  }
  expect(refusals[0]!.status).toBe(401);
  expect(refusals[1]).toEqual(refusals[0]);
  expect(refusals[2]).toEqual(refusals[0]);
});

const malformed: [string, unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['an empty text', ''],
  ['five digits', '12345'],
  ['seven digits', '1234567'],
  ['a space inside', '123 456'],
  ['a space before', ' 123456'],
  ['a line end after', '123456\n'],
  ['letters', 'abcdef'],
  ['full-width digits', '１２３４５６'],
  ['Arabic-Indic digits', '١٢٣٤٥٦'],
  ['a number', 123456],
  ['a negative number', -1],
  ['an array', ['123456']],
  ['an object', { code: '123456' }],
  ['true', true],
  ['a NUL inside', '123\u0000456'],
  ['a megabyte', '1'.repeat(1_000_000)],
];
test.each(malformed)('%s instead of a code is a wrong code, and counted', async (_name, code) => {
  await using cloud = await startTestCloud();
  const { email } = await enrolled(cloud);
  const { challengeId } = await challenge(cloud, email);
  const refused = await answerCode(cloud, challengeId, { code }).expect(401);
  expect(refused.body).toMatchObject({ code: 'wrong_code', triesLeft: 4 });
});

test('five wrong codes end the challenge, whatever comes after', async () => {
  await using cloud = await startTestCloud();
  const { email, code } = await enrolled(cloud);
  const { challengeId } = await challenge(cloud, email);
  for (const triesLeft of [4, 3, 2, 1, 0]) {
    const refused = await answerCode(cloud, challengeId, { code: wrongCode(code()) }).expect(401);
    expect(refused.body.triesLeft).toBe(triesLeft);
  }
  expect((await answerCode(cloud, challengeId, { code: code() }).expect(401)).body.code).toBe('challenge_ended');
});

test('a challenge lasts five minutes and opens one session', async () => {
  await using cloud = await startTestCloud();
  const { email, code } = await enrolled(cloud);
  const late = await challenge(cloud, email);
  await cloud.clock.advance('5m');
  expect((await answerCode(cloud, late.challengeId, { code: code() }).expect(401)).body.code).toBe('challenge_ended');
  const { challengeId } = await challenge(cloud, email);
  await answerCode(cloud, challengeId, { code: code() }).expect(200);
  await cloud.clock.advance('30s');
  expect((await answerCode(cloud, challengeId, { code: code() }).expect(401)).body.code).toBe('challenge_ended');
});

/** Use up wrong codes, five a challenge. */
async function failCodes(cloud: TestCloud, who: { email: string; code(): string }, times: number) {
  for (let left = times; left > 0; ) {
    const { challengeId } = await challenge(cloud, who.email);
    for (let n = 0; n < Math.min(5, left); n++) {
      await answerCode(cloud, challengeId, { code: wrongCode(who.code()) }).expect(401);
    }
    left -= Math.min(5, left);
  }
}

test('ten wrong codes in a row lock the account for 15, then 30, then 60 minutes; the owner is told', async () => {
  await using cloud = await startTestCloud();
  const who = await enrolled(cloud);
  for (const minutes of [15, 30, 60, 60]) {
    await failCodes(cloud, who, 10);
    const refused = await cloud.agent().post('/api/v1/sign-in').send({ email: who.email, password }).expect(429);
    expect(refused.body).toMatchObject({ code: 'locked_out', retryAfterSeconds: minutes * 60 });
    expect(refused.headers['retry-after']).toBe(String(minutes * 60));
    await cloud.clock.advance(minutes * 60_000 - 1000);
    await cloud.agent().post('/api/v1/sign-in').send({ email: who.email, password }).expect(429);
    await cloud.clock.advance(1000);
  }
  const mails = (await cloud.mail(who.email)).filter(({ subject }) => subject.includes('locked'));
  expect(mails).toHaveLength(4);
  // A right code clears the count.
  const { challengeId } = await challenge(cloud, who.email);
  await answerCode(cloud, challengeId, { code: who.code() }).expect(200);
  await failCodes(cloud, who, 9);
  await challenge(cloud, who.email);
});

test('a right code does not pass while the account is locked, and is not spent by trying', async () => {
  await using cloud = await startTestCloud();
  const who = await enrolled(cloud);
  const open = await challenge(cloud, who.email);
  await failCodes(cloud, who, 10);
  const refused = await answerCode(cloud, open.challengeId, { code: who.code() }).expect(429);
  expect(refused.body.code).toBe('locked_out');
});

test('wrong passwords lock nobody out', async () => {
  await using cloud = await startTestCloud();
  const { email, code } = await enrolled(cloud);
  for (let n = 0; n < 12; n++) {
    await cloud
      .agent()
      .post('/api/v1/sign-in')
      .send({ email, password: `wrong ${n} wrong` })
      .expect(401);
  }
  const { challengeId } = await challenge(cloud, email);
  await answerCode(cloud, challengeId, { code: code() }).expect(200);
});

test('many wrong codes at once are not let off: a burst over many challenges is counted one by one', async () => {
  await using cloud = await startTestCloud();
  const who = await enrolled(cloud);
  const challenges = [];
  for (let n = 0; n < 8; n++) challenges.push((await challenge(cloud, who.email)).challengeId);
  const answers = await Promise.all(
    challenges.flatMap((challengeId) =>
      Array.from({ length: 5 }, () => answerCode(cloud, challengeId, { code: wrongCode(who.code()) })),
    ),
  );
  expect(answers.filter(({ body }) => body.code === 'wrong_code')).toHaveLength(10);
  expect(answers.filter(({ body }) => body.code === 'locked_out')).toHaveLength(30);
});

test('at a hundred wrong codes the account stays shut until a recovery code or the mailed link opens it', async () => {
  await using cloud = await startTestCloud();
  const who = await enrolled(cloud);
  for (let lock = 0; lock < 10; lock++) {
    await failCodes(cloud, who, 10);
    await cloud.clock.advance('1h');
  }
  await cloud.clock.advance('48h');
  const refused = await cloud.agent().post('/api/v1/sign-in').send({ email: who.email, password }).expect(429);
  expect(refused.body).toMatchObject({ code: 'locked_out', retryAfterSeconds: null });
  const { challengeId } = refused.body;
  await answerCode(cloud, challengeId, { code: who.code() }).expect(429);
  await answerCode(cloud, challengeId, { recoveryCode: who.recoveryCodes[0] }).expect(200);
  const after = await challenge(cloud, who.email);
  await answerCode(cloud, after.challengeId, { code: who.code() }).expect(200);
});

test('lock, spent step, open mail link, ended session and recovery codes survive a restart', async () => {
  const first = await startTestCloud({ keep: true });
  const who = await enrolled(first);
  const signedOut = await first.agent().post('/api/v1/sign-in').send({ email: who.email, password });
  await answerCode(first, signedOut.body.challengeId, { code: who.code() }).expect(200);
  const spent = who.code();
  const bearer = await first.agent().post('/api/v1/sign-in').send({ email: who.email, password, delivery: 'bearer' });
  await first.clock.advance('30s');
  const token = (await answerCode(first, bearer.body.challengeId, { code: who.code() }).expect(200)).body.token;
  await first.agent().post('/api/v1/sign-out').set('Authorization', `Bearer ${token}`).expect(204);
  const lost = await challenge(first, who.email);
  await first.agent().post('/api/v1/sign-in/lost-device').send({ challengeId: lost.challengeId }).expect(202);
  const link = (await first.mail(who.email)).find(({ subject }) => subject.startsWith('Turn off'))!.links[0]!;
  await failCodes(first, who, 10);
  await first[Symbol.asyncDispose]();

  await using second = await startTestCloud({ dataDir: first.dataDir, clock: first.clock });
  await second.agent().post('/api/v1/sign-in').send({ email: who.email, password }).expect(429);
  await second.agent().get('/api/v1/session').set('Authorization', `Bearer ${token}`).expect(401);
  await answerCode(second, lost.challengeId, { recoveryCode: who.recoveryCodes[0] }).expect(200);
  const next = await challenge(second, who.email);
  await answerCode(second, next.challengeId, { code: spent }).expect(401);
  await answerCode(second, next.challengeId, { recoveryCode: who.recoveryCodes[0] }).expect(401);
  await second
    .agent()
    .post('/api/v1/two-factor/off')
    .send({ token: new URL(link).hash.slice(1), password })
    .expect(204);
  expect((await second.agent().post('/api/v1/sign-in').send({ email: who.email, password })).body.status).toBe(
    'signed_in',
  );
});

test('a recovery code signs in once, however it is typed, and the owner is told how many are left', async () => {
  await using cloud = await startTestCloud();
  const { email, recoveryCodes } = await enrolled(cloud);
  const one = await challenge(cloud, email);
  const typed = recoveryCodes[3]!.toLowerCase().replaceAll('-', ' ');
  await answerCode(cloud, one.challengeId, { recoveryCode: typed }).expect(200);
  const two = await challenge(cloud, email);
  await answerCode(cloud, two.challengeId, { recoveryCode: recoveryCodes[3] }).expect(401);
  await answerCode(cloud, two.challengeId, { recoveryCode: 'AAAA-BBBB-CCCC-DDDD' }).expect(401);
  await answerCode(cloud, two.challengeId, { recoveryCode: ['x'] }).expect(401);
  const told = (await cloud.mail(email)).find(({ subject }) => subject.includes('recovery code'));
  expect(told?.text).toContain('9 are left');
});

test('new recovery codes put the old ones out of use', async () => {
  await using cloud = await startTestCloud();
  const { email, agent, code, recoveryCodes } = await enrolled(cloud);
  const renewed = await agent.post('/api/v1/two-factor/recovery-codes').send({ password, code: code() }).expect(200);
  const { challengeId } = await challenge(cloud, email);
  await answerCode(cloud, challengeId, { recoveryCode: recoveryCodes[0] }).expect(401);
  await answerCode(cloud, challengeId, { recoveryCode: renewed.body.recoveryCodes[0] }).expect(200);
});

test('turning it off needs password and a fresh code, and ends the other sessions', async () => {
  await using cloud = await startTestCloud();
  const { agent, email, code } = await enrolled(cloud);
  const other = await challenge(cloud, email);
  await other.agent.post('/api/v1/sign-in/code').send({ challengeId: other.challengeId, code: code() }).expect(200);
  const off = (given: object) => agent.post('/api/v1/two-factor/disable').send({ password, code: code(), ...given });
  expect((await off({}).expect(401)).body.code).toBe('wrong_code');
  await cloud.clock.advance('30s');
  expect((await off({ password: 'nope' }).expect(401)).body.code).toBe('wrong_credentials');
  await off({}).expect(204);
  await other.agent.get('/api/v1/session').expect(401);
  await agent.get('/api/v1/session').expect(200);
  expect((await cloud.agent().post('/api/v1/sign-in').send({ email, password })).body.status).toBe('signed_in');
});

test('re-enrolment needs a code of the old authenticator, and the old one is out of use after', async () => {
  await using cloud = await startTestCloud();
  const { agent, email, code } = await enrolled(cloud);
  expect((await agent.post('/api/v1/two-factor/enrolment').send({ password }).expect(401)).body.code).toBe(
    'wrong_code',
  );
  const begun = await agent.post('/api/v1/two-factor/enrolment').send({ password, code: code() }).expect(200);
  await agent
    .post('/api/v1/two-factor/enrolment/confirm')
    .send({ enrolmentId: begun.body.enrolmentId, code: codeAt(begun.body.secret, cloud.clock.now()) })
    .expect(200);
  await cloud.clock.advance('30s');
  const { challengeId } = await challenge(cloud, email);
  await answerCode(cloud, challengeId, { code: code() }).expect(401);
  await answerCode(cloud, challengeId, { code: codeAt(begun.body.secret, cloud.clock.now()) }).expect(200);
});

const askForLink = async (cloud: TestCloud, email: string) => {
  const { challengeId } = await challenge(cloud, email);
  const asked = await cloud.agent().post('/api/v1/sign-in/lost-device').send({ challengeId });
  const mail = (await cloud.mail(email)).find(({ subject }) => subject === 'Turn off two-factor authentication');
  return { asked, link: new URL(mail!.links[0]!) };
};

test('whoever lost the phone turns it off by the mailed link and the password; nobody is signed in by it', async () => {
  await using cloud = await startTestCloud();
  const { agent, email } = await enrolled(cloud);
  const { asked, link } = await askForLink(cloud, email);
  expect(asked.status).toBe(202);
  expect(link.href).toMatch(new RegExp(`^${cloud.url}/two-factor/off#[\\w-]{43}$`));
  const token = link.hash.slice(1);
  // Opening the link, as mail scanners do, changes nothing.
  await request(cloud.url).get('/two-factor/off');
  expect((await cloud.agent().post('/api/v1/sign-in').send({ email, password })).body.status).toBe('code_required');
  const off = (given: object) =>
    cloud
      .agent()
      .post('/api/v1/two-factor/off')
      .send({ token, password, ...given });
  expect((await off({ password: 'nope' }).expect(401)).body.code).toBe('wrong_credentials');
  expect((await off({ token: 'x'.repeat(43) }).expect(401)).body.code).toBe('link_invalid');
  const done = await off({}).expect(204);
  expect(String(done.headers['set-cookie'] ?? '')).not.toMatch(/vigil_id=[^;]/);
  expect((await off({}).expect(401)).body.code).toBe('link_invalid');
  await agent.get('/api/v1/session').expect(401);
  expect((await cloud.agent().post('/api/v1/sign-in').send({ email, password })).body.status).toBe('signed_in');
  expect((await cloud.mail(email))[0]!.subject).toBe('Two-factor authentication was turned off');
});

test('only the newest link counts, for ten minutes, five passwords, three an hour and five a day', async () => {
  await using cloud = await startTestCloud();
  const { email } = await enrolled(cloud);
  const off = (link: URL, given = password) =>
    cloud
      .agent()
      .post('/api/v1/two-factor/off')
      .send({ token: link.hash.slice(1), password: given });
  const one = await askForLink(cloud, email);
  const two = await askForLink(cloud, email);
  expect((await off(one.link)).body.code).toBe('link_invalid');
  await cloud.clock.advance('10m');
  expect((await off(two.link)).body.code).toBe('link_invalid');

  const three = await askForLink(cloud, email);
  expect((await askForLink(cloud, email)).asked.body).toMatchObject({
    code: 'too_many_requests',
    retryAfterSeconds: 3000,
  });
  await Promise.all(Array.from({ length: 8 }, () => off(three.link, 'wrong password')));
  expect((await off(three.link)).body.code).toBe('link_invalid');
  await cloud.clock.advance('1h');
  await askForLink(cloud, email);
  await cloud.clock.advance('1h');
  await askForLink(cloud, email);
  await cloud.clock.advance('1h');
  expect((await askForLink(cloud, email)).asked.status).toBe(429);
});

test('the link is sent only after the right password, and not from a challenge that is over', async () => {
  await using cloud = await startTestCloud();
  const { email, code } = await enrolled(cloud);
  const ask = (challengeId: string) => cloud.agent().post('/api/v1/sign-in/lost-device').send({ challengeId });
  await ask('made up').expect(401);
  const { challengeId } = await challenge(cloud, email);
  await answerCode(cloud, challengeId, { code: code() }).expect(200);
  await ask(challengeId).expect(401);
  expect((await cloud.mail(email)).some(({ subject }) => subject.startsWith('Turn off'))).toBe(false);
});

test('the link is made from the configured address, whatever Host and forwarded headers say', async () => {
  await using cloud = await startTestCloud({ publicUrl: 'http://id.example.test' });
  const { email } = await enrolled(cloud);
  const { challengeId } = await challenge(cloud, email);
  await cloud
    .agent()
    .post('/api/v1/sign-in/lost-device')
    .set('Host', 'evil.test')
    .set('X-Forwarded-Host', 'evil.test')
    .send({ challengeId })
    .expect(202);
  const mail = (await cloud.mail(email)).find(({ subject }) => subject.startsWith('Turn off'))!;
  expect(mail.links[0]).toMatch(/^http:\/\/id\.example\.test\/two-factor\/off#/);
  expect(mail.text + mail.html).not.toContain('evil');
});
