import { consoleLink } from '../../device-sim/ready.ts';
import type { ReadyLine } from './part-process.ts';

export interface PanelFacts {
  cloud: ReadyLine;
  gateway: ReadyLine;
  sim: ReadyLine;
  app: ReadyLine;
  dataDir: string;
  seconds: number;
  lan: boolean;
}

const text = (value: unknown) => (typeof value === 'string' ? value : '');

interface CameraLine {
  state: string;
  model: string;
}

function camerasLine(sim: ReadyLine): string {
  const cameras = (sim['cameras'] ?? []) as CameraLine[];
  if (cameras.length === 0) return 'none';
  const states = new Map<string, number>();
  for (const { state } of cameras) states.set(state, (states.get(state) ?? 0) + 1);
  const models = [...new Set(cameras.map(({ model }) => model))].slice(0, 6).join(', ');
  return `${cameras.length} (${[...states].map(([state, n]) => `${n} ${state}`).join(', ')}): ${models}`;
}

/** What a person sees when everything answers: where to look, the secrets shown once, and what to do next. */
export function formatPanel(facts: PanelFacts): string {
  const { cloud, gateway, sim, app } = facts;
  const account = cloud['firstAccount'] as { email: string; password: string } | undefined;
  const setupCode = text(gateway['setupCode']);
  const page = sim['console'] as { url: string; token: string } | undefined;
  const rows: [string, string][] = [
    ['VMS Local', text(gateway['url'])],
    ['TP-Link ID cloud', text(cloud['url'])],
    ['VIGI App (phone)', text(app['url'])],
    ['Mailbox', text(cloud['mailUrl'])],
    ['MQTT', [gateway['mqttUrl'], gateway['mqttsUrl']].map(text).filter(Boolean).join('  ')],
    ['Cameras', camerasLine(sim)],
    ['Fleet console', page ? consoleLink(page) : 'off'],
    ['Data', facts.dataDir],
  ];
  if (facts.lan && text(gateway['caFingerprint'])) rows.push(['Local CA', `SHA-256 ${text(gateway['caFingerprint'])}`]);
  const secrets: [string, string][] = [];
  if (setupCode) secrets.push(['Set-up code of VMS Local', setupCode]);
  if (account) secrets.push(['First TP-Link ID', account.email], ['  its password', account.password]);
  const width = Math.max(...rows.map(([name]) => name.length), ...secrets.map(([name]) => name.length)) + 2;
  const line = ([name, value]: [string, string]) => `  ${name.padEnd(width)}${value}`;
  const next = setupCode
    ? [
        `Open ${text(gateway['url'])} and make the first admin with the set-up code.`,
        'There, under Cloud Access, bind it to the TP-Link ID; switch two-factor authentication on in the cloud.',
        'npm run -s vigil -- config-tool discover    finds the cameras; activate and add them.',
        'npm run -s vigil -- tour                    plays the whole story and ticks off each step.',
      ]
    : [
        `Open ${text(gateway['url'])} and sign in.`,
        'npm run -s vigil -- config-tool discover    finds the cameras; activate and add them.',
      ];
  return [
    '',
    `Vigil is running (ready in ${facts.seconds.toFixed(1)} s). Ctrl-C ends it.`,
    '',
    ...rows.map(line),
    ...(secrets.length > 0 ? ['', 'Shown this once:', ...secrets.map(line)] : []),
    '',
    'What next:',
    ...next.map((sentence, index) => `  ${index + 1}. ${sentence}`),
    '',
    'Not affiliated with TP-Link; VIGI is their trademark; no ONVIF conformance is claimed.',
    '',
  ].join('\n');
}
