import { formatLabelSecret } from '../core/pairing/label-secret.ts';
import { urlHost } from '../core/runtime/listen.ts';
import { openApiEnabled } from './open-api/switch.ts';
import { adminName, type SimCamera } from './sim-camera.ts';

/** One camera in the ready line (DESIGN §13). */
export interface ReadyCamera {
  name: string;
  model: string;
  serial: string;
  mac: string;
  uuid: string;
  state: 'uninitialized' | 'initialized' | 'paired';
  host: string;
  onvifUrl: string;
  httpsUrl: string;
  openApiUrl: string | null;
  rtspUrls: string[];
  snapshotUrl: string;
  /** The admin account; null until the camera is activated. */
  username: string | null;
  password: string | null;
  /** As it stands on the label. */
  labelSecret: string;
}

export interface ReadyLine {
  type: 'ready';
  cameras: ReadyCamera[];
  control?: { url: string; token: string };
  console?: { url: string; token: string };
}

export const stateOf = ({ state }: SimCamera): ReadyCamera['state'] =>
  state.pairing ? 'paired' : state.initialized ? 'initialized' : 'uninitialized';

export function readyCamera(camera: SimCamera, snapshotPath: string): ReadyCamera {
  const { identity, profile, address, state } = camera;
  // A fleet on every address is reached on this machine by the usual loopback one.
  const host = address.host === '0.0.0.0' ? '127.0.0.1' : address.host === '::' ? '::1' : address.host;
  const { http, https, rtsp } = address.ports;
  const admin = state.users.find(({ username }) => username === adminName);
  const at = urlHost(host);
  return {
    name: camera.name,
    model: profile.model,
    serial: identity.serial,
    mac: identity.mac,
    uuid: identity.uuid,
    state: stateOf(camera),
    host,
    onvifUrl: `http://${at}:${http}${profile.servicePaths.device}`,
    httpsUrl: `https://${at}:${https}/`,
    openApiUrl: openApiEnabled(camera) ? `https://${at}:${address.ports.openApi}/` : null,
    rtspUrls: profile.streams.map(({ path }) => `rtsp://${at}:${rtsp}/${path}`),
    snapshotUrl: `http://${at}:${http}${snapshotPath}`,
    username: admin?.username ?? null,
    password: admin?.password ?? null,
    labelSecret: formatLabelSecret(identity.labelSecret),
  };
}

/** The console's address with its token in the fragment, which browsers keep to themselves; the page takes it out. */
export const consoleLink = ({ url, token }: { url: string; token: string }) => `${url}#token=${token}`;

/** The fleet as a table for a person. */
export function formatFleet({ cameras, control, console: page }: ReadyLine): string {
  const head = ['NAME', 'MODEL', 'STATE', 'ONVIF', 'RTSP', 'PASSWORD', 'LABEL'];
  const rows = cameras.map((one) => [
    one.name,
    one.model,
    one.state,
    one.onvifUrl,
    one.rtspUrls[0] ?? '',
    one.password ?? '-',
    one.labelSecret,
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]!.length)));
  const line = (cells: string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at]!))
      .join('  ')
      .trimEnd();
  return [
    line(head),
    ...rows.map(line),
    '',
    `${cameras.length} simulated camera${cameras.length === 1 ? '' : 's'}; the account of each is "${adminName}".`,
    ...(control ? [`Control API ${control.url} with token ${control.token}`] : []),
    ...(page ? [`Fleet console ${consoleLink(page)}`] : ['See them in a browser: add --console-port 7500']),
    'Ctrl-C ends them.',
  ].join('\n');
}
