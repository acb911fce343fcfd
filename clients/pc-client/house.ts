import { lookup as resolveName } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { hint, UsageError } from '../../core/runtime/settings.ts';
import { ProblemError } from '../terminal/http.ts';
import { readJson, send } from '../terminal/request.ts';
import { cookiesOf, createVms, openLocally, type Vms, type VmsCamera } from '../terminal/vms.ts';
import type { CloudSession } from './cloud-session.ts';

/** All VMS Locals a person looks at, opened; dispose it to leave them. */
export interface House extends AsyncDisposable {
  readonly all: readonly Vms[];
  /** Those that cannot be opened now, and why. */
  readonly missing: readonly { name: string; reason: string; offline: boolean }[];
}

interface BoundGateway {
  id: string;
  name: string;
  online: boolean;
}

const house = (all: Vms[], missing: House['missing'] = []): House => ({
  all,
  missing,
  async [Symbol.asyncDispose]() {
    await Promise.all(all.map((vms) => vms[Symbol.asyncDispose]()));
  },
});

/** Everything the TP-Link ID may see, each VMS Local through its tunnel. `only` names one. */
export async function openRemotely(session: CloudSession, only?: string): Promise<House> {
  const { gateways } = await session.call((cloud) => cloud.get<{ gateways: BoundGateway[] }>('/gateways'));
  const chosen = only === undefined ? gateways : gateways.filter(({ id, name }) => id === only || name === only);
  if (only !== undefined && chosen.length === 0)
    throw new UsageError(
      `there is no VMS Local "${only}"${hint(
        only,
        gateways.map(({ name }) => name),
      )}`,
    );
  const missing: { name: string; reason: string; offline: boolean }[] = [];
  const opened = await Promise.all(
    chosen.map(async ({ id, name, online }) => {
      if (!online) {
        missing.push({ name, reason: 'it is not connected to the cloud', offline: true });
        return [];
      }
      try {
        return [await openThroughRelay(session, { id, name })];
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        missing.push({ name, reason: reasonOf(error), offline: error.code === 'gateway_offline' });
        return [];
      }
    }),
  );
  return house(opened.flat(), missing);
}

async function openThroughRelay(session: CloudSession, gateway: { id: string; name: string }): Promise<Vms> {
  const what = `the relay of VMS Local "${gateway.name}"`;
  const { openUrl, ticket } = await session.call((cloud) =>
    cloud.post<{ openUrl: string; ticket: string }>(`/gateways/${encodeURIComponent(gateway.id)}/open`, {}),
  );
  const answered = await send(openUrl, { what, method: 'POST', json: { ticket } });
  const { url } = (await readJson(answered, what)) as { url: string };
  return createVms({ name: gateway.name, base: url, cookie: cookiesOf(answered.headers) });
}

const reasonOf = ({ code, message }: ProblemError) =>
  code === 'reauthentication_required'
    ? 'it asks for a sign-in with the 6-digit code: `pc-client sign-out`, then sign in again'
    : message;

/** Addresses of a house's own network: never a way out into the internet (RFC 1918, 3927, 4193, 4291, 6598). */
const ownNetworks = new BlockList();
for (const [net, prefix] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['169.254.0.0', 16],
  ['127.0.0.0', 8],
  ['100.64.0.0', 10],
] as const)
  ownNetworks.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of [
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
] as const)
  ownNetworks.addSubnet(net, prefix, 'ipv6');

/** "Use without login": VMS Locals of this network by address and local account. Nothing of the cloud is asked. */
export async function openOnThisNetwork(
  urls: readonly string[],
  account: { username: string; password: string },
): Promise<House> {
  const opened: Vms[] = [];
  for (const given of urls) {
    const url = /^https?:\/\//i.test(given) ? given : `http://${given}`;
    if (!URL.canParse(url)) throw new UsageError(`"${given}" is no address: write http://HOST:PORT`);
    const host = new URL(url).hostname.replace(/^\[|\]$/g, '');
    const address = isIP(host)
      ? host
      : await resolveName(host).then(
          (found) => found.address,
          () => undefined,
        );
    if (!address) throw new UsageError(`there is no host ${host}: is the name right?`);
    if (!ownNetworks.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4'))
      throw new UsageError(
        `${host} is not of this network: without a sign-in only devices of the own network are reached; sign in to reach others`,
      );
    opened.push(await openLocally(url, account));
  }
  return house(opened);
}

/** One camera of a house, with the VMS Local it belongs to. */
export interface Found {
  vms: Vms;
  camera: VmsCamera;
}

/** All cameras, in the order of VMS Local and name. */
export async function camerasOf({ all }: House): Promise<Found[]> {
  const lists = await Promise.all(
    all.map(async (vms) => (await vms.cameras()).map((camera): Found => ({ vms, camera }))),
  );
  return lists
    .flat()
    .sort(
      (a, b) =>
        a.vms.name.localeCompare(b.vms.name) || a.camera.name.localeCompare(b.camera.name, 'en', { numeric: true }),
    );
}

/** The camera somebody means: by name, serial or id, with `VMS/` before it where two are named alike. */
export async function findCamera(from: House, wanted: string): Promise<Found> {
  const known = await camerasOf(from);
  const namesOf = ({ vms, camera }: Found) => {
    const own = [camera.name, camera.serial ?? camera.id, camera.id];
    return [...own, ...own.map((name) => `${vms.name}/${name}`)].map((name) => name.toLowerCase());
  };
  const exact = known.filter((one) => namesOf(one).includes(wanted.toLowerCase()));
  const fitting =
    exact.length > 0
      ? exact
      : known.filter((one) => namesOf(one).some((name) => name.startsWith(wanted.toLowerCase())));
  if (fitting.length === 1) return fitting[0]!;
  if (fitting.length > 1) {
    const words = fitting
      .slice(0, 4)
      .map(({ vms, camera }) => `${vms.name}/${camera.serial ?? camera.id} (${camera.name})`);
    throw new UsageError(`"${wanted}" fits ${fitting.length} cameras: name one of ${words.join(', ')}`);
  }
  const near = hint(
    wanted,
    known.map(({ camera }) => camera.name),
  );
  throw new UsageError(
    known.length === 0
      ? 'no camera is in any VMS Local that answers; `pc-client devices` lists them'
      : `there is no camera "${wanted}"${near}; \`pc-client devices\` lists them`,
  );
}
