import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectionOptions } from 'node:tls';
import { startLab } from '../../test/lab/index.ts';
import { type Child, startProgram } from './child.ts';
import { type MqttPublisher, openPublisher } from './load/mqtt-publisher.ts';

/** A paired camera, as far as its MQTT link goes. */
export interface PairedCamera {
  clientId: string;
  topicPrefix: string;
  tls: ConnectionOptions;
}

/** A gateway's data folder with an administrator and paired cameras, for a gateway process to run on. */
export interface House extends Disposable {
  dataDir: string;
  admin: { username: string; password: string };
  cameras: readonly PairedCamera[];
  /** The gateway as a process; ports are free ones. */
  startGateway(logLevel?: string): Promise<Child>;
  /** All cameras' MQTT connections to it. */
  connect(mqttsPort: number): Promise<MqttPublisher[]>;
}

/** Makes one house by the public way (accounts, Cloud Access, pairing); `house()` gives out copies of it. */
export interface HouseMaker extends Disposable {
  house(): Promise<House>;
}

export function createHouseMaker(cameraCount = 8): HouseMaker {
  const folder = mkdtempSync(join(tmpdir(), 'vigil-bench-'));
  const original = join(folder, 'original');
  let made: Promise<Pick<House, 'admin' | 'cameras'>> | undefined;
  let copies = 0;

  async function make(): Promise<Pick<House, 'admin' | 'cameras'>> {
    await using lab = await startLab({ cameras: cameraCount });
    const cameras = lab.fleet.cameras.map(({ camera }) => {
      const { clientId, topicPrefix, privateKey, certificate, caCertificate } = camera.state.pairing!;
      return { clientId, topicPrefix, tls: { key: privateKey, cert: certificate, ca: caCertificate } };
    });
    // Its end writes all that SQLite still holds in memory; ending it once more with the lab does nothing.
    await (lab.gateway as unknown as AsyncDisposable)[Symbol.asyncDispose]();
    cpSync(join(lab.dataDir, 'gateway'), original, { recursive: true });
    return { admin: lab.people.admin, cameras };
  }

  return {
    async house() {
      made ??= make();
      const { admin, cameras } = await made;
      const dataDir = join(folder, String(++copies));
      cpSync(original, dataDir, { recursive: true });
      return {
        dataDir,
        admin,
        cameras,
        startGateway: (logLevel = 'silent') => startGateway(dataDir, logLevel),
        connect: (port) => Promise.all(cameras.map(({ clientId, tls }) => openPublisher({ ...tls, port }, clientId))),
        [Symbol.dispose]: () => rmSync(dataDir, { recursive: true, force: true }),
      };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

const startGateway = (dataDir: string, logLevel: string) =>
  startProgram(
    'gateway',
    ...['--data-dir', dataDir, '--port', '0', '--mqtt-port', '0', '--mqtts-port', '0', '--pairing-port', '0'],
    ...['--log-level', logLevel],
  );

export const mqttsPortOf = ({ ready }: Child): number => Number(new URL(ready.mqttsUrl.replace(/^mqtts/, 'http')).port);

/** What a browser has after sign-in. */
export interface Browser {
  get(path: string): Promise<Response>;
  post(path: string, body: object): Promise<Response>;
  cookie: string;
}

/** Sign in at the gateway as its administrator. */
export async function signIn(gateway: Child, admin: House['admin']): Promise<Browser> {
  const { url } = gateway.ready as { url: string };
  const ask = (method: string, path: string, body?: object, cookie = '') =>
    fetch(`${url}/api/v1${path}`, {
      method,
      headers: { origin: url, cookie, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  const answer = await ask('POST', '/auth/sign-in', admin);
  if (!answer.ok) throw new Error(`the sign-in was answered ${answer.status}`);
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
  return {
    cookie,
    get: (path) => ask('GET', path, undefined, cookie),
    post: (path, body) => ask('POST', path, body, cookie),
  };
}
