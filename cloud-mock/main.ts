import { readFileSync } from 'node:fs';
import type { Program } from '../core/runtime/program.ts';
import { setting, UsageError } from '../core/runtime/settings.ts';
import { isHostPattern } from './access/relay-origins.ts';
import { parseProxies } from './api/client-address.ts';
import { email } from './api/schemas.ts';
import { type CloudConfig, startCloud } from './index.ts';
import { parseSealKey } from './sign-in/seal.ts';

const fields = {
  port: setting.port('port of portal and API', 7300),
  relayPort: setting.port('port of the relay to VMS Locals', 7301),
  publicUrl: setting.optionalText('address browsers and gateways reach the portal by', 'URL'),
  publicRelayUrl: setting.optionalText(
    'address browsers reach the relay by; https://*.host gives each VMS Local a host name instead of a port',
    'URL',
  ),
  relayPorts: setting.port('lowest port that VMS Locals get at the relay, one each', 7310),
  smtpUrl: setting.optionalText('mail server to deliver through as well: smtp://user:password@host:587', 'URL', {
    secret: true,
  }),
  sealKey: setting.optionalText(
    '32 bytes as Base64 that seal secrets at rest, instead of the key file; give it by env',
    'KEY',
    {
      secret: true,
    },
  ),
  tlsCert: setting.optionalText('certificate chain (PEM file): serve HTTPS', 'FILE'),
  tlsKey: setting.optionalText('its private key (PEM file)', 'FILE'),
  trustedProxies: setting.optionalText(
    'reverse proxies whose X-Forwarded-For is believed: addresses or networks, by commas',
    'LIST',
  ),
  control: setting.toggle('open the lab control API on a loopback port'),
  firstAccount: setting.optionalText('make this account when there is none yet', 'EMAIL'),
};

function readTls(cert: string | undefined, key: string | undefined): CloudConfig['tls'] {
  if (cert === undefined && key === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw new UsageError('--tls-cert and --tls-key go together: name both files');
  const read = (flag: string, path: string) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      throw new UsageError(`${flag}: the file ${path} cannot be read`);
    }
  };
  return { cert: read('--tls-cert', cert), key: read('--tls-key', key) };
}

/** `vigil cloud` */
export const program: Program<typeof fields> = {
  name: 'cloud',
  summary: 'Mock of the TP-Link ID cloud: accounts, two-factor authentication, Cloud Access, relay',
  fields,
  examples: 'Example:\n  vigil cloud --first-account owner@vigil.test --data-dir .vigil/cloud',
  async run(settings, deps, output) {
    const {
      host,
      port,
      relayPort,
      relayPorts,
      dataDir,
      publicUrl,
      publicRelayUrl,
      smtpUrl,
      sealKey,
      control,
      firstAccount,
    } = settings;
    for (const [name, given] of [
      ['--public-url', publicUrl],
      ['--public-relay-url', publicRelayUrl],
    ] as const) {
      const isPattern = name === '--public-relay-url' && given !== undefined && isHostPattern(given);
      if (given !== undefined && !isPattern && (!/^https?:\/\/[^*]+$/.test(given) || !URL.canParse(given))) {
        throw new UsageError(`${name}: "${given}" is not an http or https address`);
      }
    }
    if (smtpUrl !== undefined && !(URL.canParse(smtpUrl) && /^smtps?:\/\/./.test(smtpUrl))) {
      throw new UsageError('--smtp-url: write it as smtp://user:password@host:587, or smtps:// for TLS from the start');
    }
    if (firstAccount !== undefined && !email.safeParse(firstAccount).success) {
      throw new UsageError(`--first-account: "${firstAccount}" is no e-mail address`);
    }
    const trustedProxies = settings.trustedProxies?.split(',').map((one) => one.trim());
    try {
      parseProxies(trustedProxies ?? []);
    } catch (error) {
      throw new UsageError(`--trusted-proxies: ${(error as Error).message}`);
    }
    if (sealKey !== undefined) {
      try {
        parseSealKey(sealKey);
      } catch (error) {
        throw new UsageError(`VIGIL_CLOUD_SEAL_KEY: ${(error as Error).message}`);
      }
    }
    const tls = readTls(settings.tlsCert, settings.tlsKey);
    const config: CloudConfig = {
      host,
      port,
      relayPort,
      relayPorts,
      dataDir,
      control,
      ...(trustedProxies ? { trustedProxies } : {}),
      ...(publicUrl ? { publicUrl } : {}),
      ...(publicRelayUrl ? { publicRelayUrl } : {}),
      ...(tls ? { tls } : {}),
      ...(smtpUrl ? { smtpUrl } : {}),
      ...(sealKey ? { sealKey } : {}),
      ...(firstAccount ? { firstAccount: { email: firstAccount, name: 'Owner' } } : {}),
    };
    const cloud = await startCloud(config, deps).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EACCES' || error.code === 'EROFS' || error.code === 'ENOTDIR') {
        throw new UsageError(`data folder ${dataDir} cannot be written: ${error.code}`);
      }
      throw error;
    });
    const { url, issuer, relayUrl, mailUrl, apiDocs, mailboxPassword } = cloud;
    output.say(
      {
        type: 'ready',
        url,
        issuer,
        relayUrl,
        mailUrl,
        apiDocs,
        ...(cloud.firstAccount ? { firstAccount: cloud.firstAccount } : {}),
        ...(cloud.control ? { control: cloud.control } : {}),
        mailboxPassword,
      },
      [
        `TP-Link ID (Vigil mock)  ${url}`,
        `Relay                    ${relayUrl}`,
        `Mailbox                  ${mailUrl}  (from elsewhere: password ${mailboxPassword})`,
        `API                      ${apiDocs}`,
        ...(cloud.control ? [`Control                  ${cloud.control.url}  (token ${cloud.control.token})`] : []),
        ...(cloud.firstAccount
          ? [
              `First account            ${cloud.firstAccount.email}  password ${cloud.firstAccount.password}  (shown once)`,
            ]
          : []),
      ].join('\n'),
    );
    return cloud;
  },
};
