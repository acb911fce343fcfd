import type { Program } from '../core/runtime/program.ts';
import { UsageError } from '../core/runtime/settings.ts';
import { startGateway } from './index.ts';
import { forgetSecondFactor } from './people/forget-second-factor.ts';
import { gatewayFields } from './settings.ts';

/** `vigil gateway`. */
export const program: Program<typeof gatewayFields> = {
  name: 'gateway',
  summary: 'The VMS Local gateway: cameras, events, pages and API.',
  fields: gatewayFields,
  examples: [
    'Examples:',
    '  npm run -s vigil -- gateway --port 7400 --data-dir .vigil/gateway',
    '  npm run -s vigil -- gateway --host 0.0.0.0        https, by a CA of its own',
  ].join('\n'),
  async run(settings, deps, output) {
    if (settings.publicUrl !== undefined && !/^https?:\/\//.test(settings.publicUrl))
      throw new UsageError(`--public-url: "${settings.publicUrl}" will not do: write it with http:// or https://`);
    if (settings.forgetSecondFactor !== undefined) {
      const name = settings.forgetSecondFactor;
      await forgetSecondFactor(settings.dataDir, name, deps);
      output.say({ type: 'second-factor-off', user: name }, `The second factor of ${name} is off.`);
      return 0;
    }
    const gateway = await startGateway(settings, deps);
    const { url, apiDocs, mqttUrl, mqttsUrl, pairingPort, gatewayId, setupCode, caFingerprint, control } = gateway;
    const ready = {
      type: 'ready',
      url,
      apiDocs,
      mqttUrl,
      mqttsUrl,
      pairingPort,
      gatewayId,
      ...(setupCode ? { setupCode } : {}),
      caFingerprint,
      ...(control ? { control: { url: control.url, token: control.token } } : {}),
    };
    const lines = [
      `VMS Local   ${url}`,
      `API         ${apiDocs}`,
      `MQTT        ${mqttsUrl}   (this machine: ${mqttUrl})`,
      ...(setupCode ? [`Set-up code ${setupCode}   (makes the first administrator; good once)`] : []),
      `Local CA    SHA-256 ${caFingerprint}`,
    ];
    output.say(ready, lines.join('\n'));
    return gateway;
  },
};
