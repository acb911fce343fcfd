import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toFile } from 'qrcode';
import { describe, expect, test } from 'vitest';
import { has, output } from '../lab/foreign.ts';
import { createTotpSample } from './totp-sample.ts';

const here = has('oathtool', 'oathtool') && has('zbarimg', 'zbar-tools');

describe.skipIf(!here)('other people’s authenticators', () => {
  test('zbarimg reads the enrolment’s QR, and the code of oathtool confirms it', async () => {
    await using sample = await createTotpSample();
    const folder = mkdtempSync(join(tmpdir(), 'vigil-qr-'));
    const picture = join(folder, 'qr.png');
    await toFile(picture, sample.uri, { margin: 4, scale: 6 });
    const read = (await output('zbarimg', ['--quiet', '--raw', picture])).trim();
    rmSync(folder, { recursive: true });
    expect(read).toBe(sample.uri);
    const secret = new URL(read).searchParams.get('secret')!;
    const code = (
      await output('oathtool', ['--totp', '--base32', `--now=@${Math.floor(sample.now() / 1000)}`, secret])
    ).trim();
    expect((await sample.confirm(code)).recoveryCodes).toHaveLength(10);
  });
});
