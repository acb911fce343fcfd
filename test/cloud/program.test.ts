import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { program } from '../../cloud-mock/main.ts';
import { runProgram } from '../../core/runtime/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'vigil-cloud-program-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  [['--prot', '1'], "unknown option '--prot'; did you mean --port?"],
  [['--port', 'abc'], '--port: "abc" will not do: write a port from 0 to 65535'],
  [['--relay-port', '70000'], '--relay-port: "70000" will not do: write a port from 0 to 65535'],
  [['--public-url', 'cloud.example.test'], '--public-url: "cloud.example.test" is not an http or https address'],
  [['--smtp-url', 'http://mail.test'], '--smtp-url: write it as smtp://user:password@host:587'],
  [['--smtp-url', 'secret-word@mail'], '--smtp-url: write it as smtp://user:password@host:587'],
  [['--first-account', 'owner'], '--first-account: "owner" is no e-mail address'],
  [['--trusted-proxies', '10.0.0.0/99'], '--trusted-proxies: "10.0.0.0/99" is no address or network'],
  [['--tls-cert', '/no/such.pem'], '--tls-cert and --tls-key go together'],
  [['--tls-cert', '/no/such.pem', '--tls-key', '/no/such.key'], '--tls-cert: the file /no/such.pem cannot be read'],
  [['--data-dir', '/proc/vigil'], '/proc/vigil'],
])('bad flags %j end with exit code 2 and one sentence', async (argv, sentence) => {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    const given = argv.includes('--data-dir') ? argv : [...argv, '--data-dir', folder];
    expect(await runProgram(program, given)).toBe(2);
    const printed = write.mock.calls.map(([text]) => String(text)).join('');
    expect(printed).toContain(sentence);
    expect(printed).not.toContain('secret-word');
    expect(printed.trim().split('\n')).toHaveLength(1);
  } finally {
    write.mockRestore();
  }
});
