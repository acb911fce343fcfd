import type { Program } from '../core/runtime/program.ts';
import { setting } from '../core/runtime/settings.ts';
import { startAll } from '../core/runtime/start-all.ts';
import { consoleLink } from '../device-sim/ready.ts';
import { isLoopbackAddress } from '../gateway/addresses.ts';
import { cloudUrlOf } from './up/cloud-url.ts';
import { openDataDir } from './up/data-dir.ts';
import { formatPanel } from './up/panel.ts';
import { type PartProcess, type ReadyLine, startPart } from './up/part-process.ts';

const fields = {
  cameras: setting.count('how many cameras to simulate', 4, { max: 5000 }),
  profile: setting.list('camera model, may be given several times; a mix without it', 'MODEL'),
  fresh: setting.toggle('forget everything kept in the data directory first'),
  lan: setting.toggle('listen beyond this machine: TLS by a local CA, whose fingerprint is printed'),
  cloudPort: setting.port('port of the TP-Link ID cloud', 7300),
  relayPort: setting.port("port of the cloud's relay to VMS Locals", 7301),
  gatewayPort: setting.port('port of VMS Local', 7400),
  appPort: setting.port('port of the App for phones', 7600),
  mqttPort: setting.port('port of MQTT on this machine', 1883),
  mqttsPort: setting.port('port of MQTT over TLS', 8883),
  pairingPort: setting.port('port where cameras pair', 8884),
  basePort: setting.port('first port of the cameras, ten for each', 9000),
  consolePort: setting.port('port of the fleet console, on this machine only', 7500),
  traffic: setting.choice('how much moves before the cameras by itself', ['off', 'calm', 'busy'] as const, 'calm'),
};

type Flags = Record<string, string | number | boolean | undefined>;

const portOf = (url: unknown) => (typeof url === 'string' ? Number(new URL(url).port) || undefined : undefined);

const args = (flags: Flags) =>
  Object.entries(flags).flatMap(([name, value]) =>
    value === undefined || value === false ? [] : value === true ? [`--${name}`] : [`--${name}`, String(value)],
  );

export const program: Program<typeof fields> = {
  name: 'up',
  summary: 'Start cloud, gateway, cameras and the App together. `npm start` does this.',
  fields,
  examples: [
    'Examples:',
    '  npm start -- --cameras 16',
    '  npm start -- --lan --cameras 8 --profile c340',
    '  npm start -- --fresh --data-dir /tmp/vigil',
  ].join('\n'),
  async run(settings, deps, output) {
    const { clock } = deps;
    const startedAt = clock.now();
    const dataDir = openDataDir(settings.dataDir, settings.fresh);
    output.note('Starting cloud, gateway and cameras …');
    const host = settings.lan && settings.host === '127.0.0.1' ? '0.0.0.0' : settings.host;
    let parts: Record<'cloud' | 'gateway' | 'sim' | 'app', PartProcess> | undefined;
    /** Ready lines as they are now: a part that was started again has new tokens. */
    const stateOf = ({ cloud, gateway, sim, app }: NonNullable<typeof parts>) => ({
      pid: process.pid,
      cloud: cloud.ready,
      gateway: gateway.ready,
      sim: sim.ready,
      app: app.ready,
    });
    const keepState = () => {
      if (!parts) return;
      const state = stateOf(parts);
      // What is shown once is for whoever started it; no other command needs it.
      const { firstAccount: _, mailboxPassword: __, ...cloud } = state.cloud;
      dataDir.writeState({ ...state, cloud: { ...cloud, type: 'ready' } });
    };
    const events = {
      died: (name: string, how: string) =>
        output.note(`${name} ended unexpectedly (${how}); starting it again. Log: ${dataDir.logFile(name)}`),
      restarted(name: string) {
        keepState();
        const page = name === 'sim' && (parts?.sim.ready['console'] as { url: string; token: string } | undefined);
        output.note(`${name} is back.${page ? ` Its console is at ${consoleLink(page)} now.` : ''}`);
      },
      gaveUp: (name: string) => {
        output.note(`${name} ends again and again; giving up. Log: ${dataDir.logFile(name)}`);
        process.kill(process.pid, 'SIGTERM');
      },
    };

    // Beyond this machine everything is encrypted; the parts and our own commands trust the one local CA.
    // Loaded only then: the certificate library would cost every start a quarter of a second.
    const tls = isLoopbackAddress(host)
      ? undefined
      : await (await import('./up/certificate.ts')).houseCertificate(dataDir, host, deps);

    return startAll(async (own) => {
      own({
        [Symbol.dispose]() {
          parts = undefined;
          dataDir.removeState();
        },
      });
      const part = (name: string, flags: (previous?: ReadyLine) => Flags, more: string[] = []) =>
        startPart(
          {
            name,
            args: (previous) => [
              ...args({ host, 'data-dir': dataDir.part(name), 'log-level': settings.logLevel, ...flags(previous) }),
              ...more,
            ],
            logFile: dataDir.logFile(name),
            ...(tls ? { env: { NODE_EXTRA_CA_CERTS: tls.caFile } } : {}),
          },
          events,
          deps,
        );
      // All at once; what has started is owned even when another fails. The gateway waits only to learn a port.
      const cloudPart = part('cloud', (previous) => ({
        port: portOf(previous?.['url']) ?? settings.cloudPort,
        'relay-port': portOf(previous?.['relayUrl']) ?? settings.relayPort,
        'relay-ports': settings.relayPort && settings.relayPort + 9,
        'first-account': 'owner@vigil.test',
        // The App stands before all phones: it tells whose wrong passwords they are.
        ...(tls
          ? { 'tls-cert': tls.certFile, 'tls-key': tls.keyFile, 'trusted-proxies': tls.addresses.join(',') }
          : {}),
      }));
      const cloudUrl = (settings.cloudPort === 0 ? cloudPart : Promise.resolve(undefined)).then((cloud) =>
        cloud ? String(cloud.ready['url']) : cloudUrlOf({ host, port: settings.cloudPort, certificateName: tls?.name }),
      );
      const gatewayPart = cloudUrl.then((url) =>
        part('gateway', (previous) => ({
          port: portOf(previous?.['url']) ?? settings.gatewayPort,
          'mqtt-port': portOf(previous?.['mqttUrl']) ?? settings.mqttPort,
          'mqtts-port': portOf(previous?.['mqttsUrl']) ?? settings.mqttsPort,
          'pairing-port': (previous?.['pairingPort'] as number | undefined) ?? settings.pairingPort,
          'cloud-url': url,
        })),
      );
      const appPart = cloudUrl.then((url) =>
        part('app', (previous) => ({
          port: portOf(previous?.['url']) ?? settings.appPort,
          'cloud-url': url,
          ...(tls
            ? {
                'tls-cert': tls.certFile,
                'tls-key': tls.keyFile,
                'public-url': `https://${tls.name}:${portOf(previous?.['url']) ?? settings.appPort}`,
              }
            : {}),
        })),
      );
      const simPart = part(
        'sim',
        (previous) => ({
          cameras: settings.cameras,
          'base-port': settings.basePort,
          traffic: settings.traffic,
          control: true,
          'console-port': portOf((previous?.['console'] as { url: string } | undefined)?.url) ?? settings.consolePort,
        }),
        settings.profile.flatMap((name) => ['--profile', name]),
      );
      const starting = [cloudPart, gatewayPart, simPart, appPart];
      const settled = await Promise.allSettled(starting);
      // All at once: a terminal's Ctrl-C reaches the parts too, and one that ends must not be taken for one that died.
      const running = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      own({
        async [Symbol.asyncDispose]() {
          await Promise.all(running.map((one) => one[Symbol.asyncDispose]()));
        },
      });
      const failed = settled.find((result) => result.status === 'rejected');
      if (failed) throw failed.reason;
      const [cloud, gateway, sim, app] = settled.map(
        (result) => (result as PromiseFulfilledResult<Awaited<(typeof starting)[0]>>).value,
      );
      parts = { cloud: cloud!, gateway: gateway!, sim: sim!, app: app! };
      const state = stateOf(parts);
      keepState();
      output.say(
        { type: 'ready', cloud: state.cloud, gateway: state.gateway, sim: state.sim, app: state.app },
        formatPanel({ ...state, dataDir: dataDir.path, seconds: (clock.now() - startedAt) / 1000, lan: settings.lan }),
      );
      return {};
    });
  },
};
