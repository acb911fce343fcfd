import { createServer, type Socket } from 'node:net';
import request from 'supertest';
import { expect, test } from 'vitest';
import { letters } from '../../cloud-mock/mail/letters.ts';
import { listen } from '../../core/runtime/listen.ts';
import { register, signIn, startTestCloud } from './cloud.ts';
import { until } from './gateway.ts';

test('the mailbox lists mails by address and text, shows one, and is emptied', async () => {
  await using cloud = await startTestCloud();
  const [ann, ben] = [await register(cloud, 'ann@example.test'), await register(cloud, 'ben@example.test')];
  await cloud
    .agent()
    .post('/api/v1/sign-up')
    .send({ email: ben, name: 'B', password: 'another long password' })
    .expect(201);
  const list = async (query: object) =>
    (await cloud.agent().get('/api/v1/mailbox').query(query).expect(200)).body.messages;
  expect(await list({})).toHaveLength(3);
  expect(await list({ to: 'Ann@example.test' })).toMatchObject([{ to: ann, subject: 'Your TP-Link ID is ready' }]);
  expect(await list({ q: 'ALREADY' })).toHaveLength(1);
  expect(await list({ q: 'nothing like this' })).toEqual([]);
  const [newest] = await list({ to: ben });
  expect((await cloud.agent().get(`/api/v1/mailbox/${newest.id}`).expect(200)).body).toEqual(newest);
  const page = await cloud.agent().get(`/api/v1/mailbox/${newest.id}/html`).expect(200);
  expect(page.headers['content-security-policy']).toContain('sandbox');
  expect(page.text).toContain('You already have a TP-Link ID');
  await cloud.agent().get('/api/v1/mailbox/mail_none').expect(404);
  await cloud.agent().delete('/api/v1/mailbox').query({ to: ben }).expect(204);
  expect(await list({})).toHaveLength(1);
  await cloud.agent().delete('/api/v1/mailbox').expect(204);
  expect(await list({})).toEqual([]);
});

test('the mailbox opens on this machine under its own names, elsewhere only with its password', async () => {
  await using cloud = await startTestCloud();
  const get = (headers: Record<string, string>) => cloud.agent().get('/api/v1/mailbox').set(headers);
  await get({}).expect(200);
  await get({ Host: 'localhost' }).expect(200);
  // A name that resolves to us (DNS rebinding), a page on another port of this host.
  expect((await get({ Host: 'evil.test' }).expect(403)).body.code).toBe('mailbox_refused');
  await get({ Host: '127.0.0.1.evil.test' }).expect(403);
  await get({ 'Sec-Fetch-Site': 'same-site' }).expect(403);
  await get({ 'Sec-Fetch-Site': 'cross-site' }).expect(403);
  // A reverse proxy on this machine that nobody told us of: who is behind it is not here.
  for (const name of ['X-Forwarded-For', 'X-Forwarded-Host', 'X-Real-IP', 'Forwarded', 'Via'])
    await get({ [name]: '127.0.0.1' }).expect(403);
  await get({ Host: 'evil.test', Authorization: `Bearer ${cloud.mailboxPassword}` }).expect(200);
  await get({ Host: 'evil.test', Authorization: 'Bearer guessed' }).expect(403);
});

test('a mail reads alike as text and HTML, and nothing in it becomes markup', () => {
  const letter = letters.turnOffLink('<b>Ann</b>', 'https://id.test/two-factor/off#abc', 10, {
    at: Date.UTC(2026, 0, 2, 3, 4, 5),
    address: '192.0.2.7',
    userAgent: '<script>alert(1)</script>',
  });
  expect(letter.text).toContain('https://id.test/two-factor/off#abc');
  expect(letter.text).toContain('When: 2026-01-02 03:04:05 UTC');
  expect(letter.html).toContain('href="https://id.test/two-factor/off#abc"');
  expect(letter.html).not.toMatch(/<script|<b>/);
  expect(letter.html).toContain('&lt;b&gt;Ann&lt;/b&gt;');
  expect(letter.text).toContain('Not affiliated with TP-Link');
});

/** The least of a mail server: takes everything, or nothing. */
async function mailServer(answers: { refuse: boolean }) {
  const messages: string[] = [];
  const server = createServer((socket: Socket) => {
    let data = false;
    let text = '';
    socket.on('error', () => undefined);
    socket.write('220 test\r\n');
    socket.setEncoding('utf8').on('data', (part) => {
      text += part;
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        if (data) {
          if (line !== '.') messages[messages.length - 1] += `${line}\n`;
          else {
            data = false;
            socket.write('250 taken\r\n');
          }
        } else if (/^DATA/i.test(line)) {
          data = true;
          messages.push('');
          socket.write('354 go on\r\n');
        } else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
        else socket.write(/^MAIL/i.test(line) && answers.refuse ? '451 later\r\n' : '250 ok\r\n');
      }
    });
  });
  const listening = await listen(server, 0);
  return Object.assign(listening, { messages });
}

test('mails go out by SMTP as well; a server that refuses delays them and no sign-in', async () => {
  const answers = { refuse: true };
  await using smtp = await mailServer(answers);
  await using cloud = await startTestCloud({ smtpUrl: `smtp://127.0.0.1:${smtp.port}` });
  const email = await register(cloud);
  await signIn(cloud, email);
  expect(await cloud.mail(email)).toHaveLength(1);
  await until(() => cloud.clock.sleeping > 1, 'the wait after the first refusal');
  expect(smtp.messages).toEqual([]);
  answers.refuse = false;
  for (let tries = 0; smtp.messages.length === 0 && tries < 200; tries++) await cloud.clock.advance('10s');
  expect(smtp.messages).toHaveLength(1);
  expect(smtp.messages[0]).toContain(`To: ${email}`);
  expect(smtp.messages[0]).toContain('Subject: Your TP-Link ID is ready');
});

test('what is waiting for the mail server goes out after a restart', async () => {
  const first = await startTestCloud({ keep: true, smtpUrl: 'smtp://127.0.0.1:1' });
  const email = await register(first);
  await first[Symbol.asyncDispose]();
  await using smtp = await mailServer({ refuse: false });
  await first.clock.advance('1h');
  await using second = await startTestCloud({
    dataDir: first.dataDir,
    clock: first.clock,
    smtpUrl: `smtp://127.0.0.1:${smtp.port}`,
  });
  await until(() => smtp.messages.length === 1, 'the delivery');
  expect(smtp.messages[0]).toContain(`To: ${email}`);
  expect((await request(second.url).get('/api/v1/mailbox')).body.messages).toHaveLength(1);
});
