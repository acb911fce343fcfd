import { readFileSync } from 'node:fs';
import type { Program } from '../../core/runtime/program.ts';
import { setting, UsageError } from '../../core/runtime/settings.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import { findDevices } from '../config-tool/discover.ts';
import { readWhereabouts } from '../terminal/whereabouts.ts';
import { startApp } from './server.ts';

const searchMs = 2_000;

const fields = {
  port: setting.port('port of the App', 7600),
  cloudUrl: setting.optionalText('the TP-Link ID cloud; that of a running `up` otherwise', 'URL'),
  publicUrl: setting.optionalText('address phones reach the App by', 'URL'),
  tlsCert: setting.optionalText('certificate chain (PEM file): serve HTTPS', 'FILE'),
  tlsKey: setting.optionalText('its private key (PEM file)', 'FILE'),
  interface: setting.optionalText('network interface to look for cameras on; all of them otherwise', 'NAME'),
};

function readPem(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    throw new UsageError(`${flag}: the file ${path} cannot be read`);
  }
}

/** `vigil app` */
export const program: Program<typeof fields> = {
  name: 'app',
  summary: 'VIGI App: a page for phones, to be installed on their home screen',
  fields,
  examples: 'Example:\n  vigil app --cloud-url http://127.0.0.1:7300',
  async run(settings, deps, output) {
    const cloudUrl = settings.cloudUrl ?? readWhereabouts(settings.dataDir)?.cloudUrl;
    if (!cloudUrl) throw new UsageError('which TP-Link ID cloud? Name its address with --cloud-url URL');
    if (!/^https?:\/\//.test(cloudUrl) || !URL.canParse(cloudUrl))
      throw new UsageError(`--cloud-url: "${cloudUrl}" is not an http or https address`);
    if ((settings.tlsCert === undefined) !== (settings.tlsKey === undefined))
      throw new UsageError('--tls-cert and --tls-key go together: name both files');
    return startAll(async (own) => {
      const { url } = own(
        await startApp(
          {
            host: settings.host,
            port: settings.port,
            cloudUrl,
            ...(settings.publicUrl === undefined ? {} : { publicUrl: settings.publicUrl }),
            ...(settings.tlsCert === undefined
              ? {}
              : {
                  tls: {
                    cert: readPem('--tls-cert', settings.tlsCert),
                    key: readPem('--tls-key', settings.tlsKey!),
                  },
                }),
            findDevices: () => findDevices({ waitMs: searchMs, interfaceName: settings.interface, addresses: [] }),
          },
          deps,
        ),
      );
      output.say(
        { type: 'ready', url },
        `VIGI App: ${url}\nOpen it on a phone and add it to the home screen. Ctrl-C ends it.`,
      );
      return {};
    });
  },
};
