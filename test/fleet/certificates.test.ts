import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, type Agent as PlainAgent, request as plainRequest } from 'node:http';
import { type RequestOptions, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realClock } from '../../core/runtime/clock.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { parseXml } from '../../core/soap/parse-xml.ts';
import { formatUsernameToken } from '../../core/soap/ws-security.ts';
import { childOf, childrenOf, textAt, type XmlElement } from '../../core/soap/xml.ts';
import type { Fleet } from '../../device-sim/index.ts';
import { has, outcome, output } from '../lab/foreign.ts';
import { checkMessages } from '../xsd/checked.ts';
import { fleetDeps, startCameras } from './lab.ts';

const password = 'Front door 1';
const checked = checkMessages();
const realDeps = () => ({ ...fleetDeps(), clock: realClock, random: secureRandom });
const start = (more = {}) =>
  startCameras(
    [{ name: 'door', profile: 'generic', initialized: true, password }],
    more,
    realDeps() as unknown as ReturnType<typeof fleetDeps>,
  );

interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  bytes: Buffer;
  body: XmlElement;
  fault: string | undefined;
}

function fetchRaw(
  url: string,
  body: string | undefined,
  more: RequestOptions = {},
): Promise<Omit<Reply, 'body' | 'fault'>> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? request : plainRequest;
    const sent = send(
      url,
      {
        method: body === undefined ? 'GET' : 'POST',
        rejectUnauthorized: false,
        agent: false as unknown as PlainAgent,
        headers: { 'content-type': 'application/soap+xml; charset=utf-8' },
        ...more,
      } as RequestOptions,
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }),
        );
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** Ask a service as the administrator. */
async function ask(url: string, operation: string, args = '', more: RequestOptions = {}): Promise<Reply> {
  const [prefix] = operation.split(':') as ['tds'];
  const { markup } = formatUsernameToken({
    username: 'admin',
    password,
    nonce: secureRandom.bytes(16),
    created: new Date(realClock.now()).toISOString(),
  });
  const reply = await fetchRaw(
    url,
    `<s:Envelope xmlns:s="${namespaces.s}" xmlns:tt="${namespaces.tt}" xmlns:${prefix}="${namespaces[prefix]}"><s:Header>${markup}</s:Header><s:Body><${operation}>${args}</${operation}></s:Body></s:Envelope>`,
    more,
  );
  const text = reply.bytes.toString();
  checked.check(text);
  const body = childOf(parseXml(text), 'Body')!.children[0]!;
  const subcodes: string[] = [];
  for (let at = childOf(childOf(body, 'Code'), 'Subcode'); at; at = childOf(at, 'Subcode'))
    subcodes.push(textAt(at, 'Value')!);
  return { ...reply, body, fault: body.name === 'Fault' ? subcodes.join(' ') : undefined };
}

const at = (fleet: Fleet) => {
  const { ports } = fleet.camera('door').camera.address;
  const service = '/onvif/device_service';
  return {
    https: ports.https,
    plain: `http://127.0.0.1:${ports.http}${service}`,
    secure: `https://127.0.0.1:${ports.https}${service}`,
  };
};
const status = (id: string, on: boolean) =>
  `<tds:CertificateStatus><tt:CertificateID>${id}</tt:CertificateID><tt:Status>${on}</tt:Status></tds:CertificateStatus>`;
const named = (tag: string, id: string, data: string) =>
  `<tds:${tag}><tt:CertificateID>${id}</tt:CertificateID><tt:Certificate><tt:Data>${data}</tt:Data></tt:Certificate></tds:${tag}>`;

test('the services of the HTTP port are at the HTTPS port, too, and the addresses they hand out say so', async () => {
  await using fleet = await start();
  const { secure, https } = at(fleet);
  const services = await ask(secure, 'tds:GetServices', '<tds:IncludeCapability>true</tds:IncludeCapability>');
  const addresses = childrenOf(services.body, 'Service').map((one) => textAt(one, 'XAddr')!);
  expect(addresses.length).toBeGreaterThan(5);
  for (const address of addresses) expect(address).toMatch(`https://127.0.0.1:${https}/`);
  const still = await ask(
    addresses.find((address) => address.endsWith('media_service'))!,
    'tr2:GetSnapshotUri',
    '<tr2:ProfileToken>main</tr2:ProfileToken>',
  );
  const uri = textAt(still.body, 'Uri')!;
  expect(uri).toMatch(`https://127.0.0.1:${https}/`);
  const picture = await fetchRaw(uri, undefined, { headers: { authorization: `Basic ${btoa(`admin:${password}`)}` } });
  expect([picture.status, picture.bytes.subarray(0, 2).toString('hex')]).toEqual([200, 'ffd8']);
  const pull = await ask(
    addresses.find((address) => address.endsWith('event_service'))!,
    'tev:CreatePullPointSubscription',
  );
  expect(textAt(pull.body, 'SubscriptionReference', 'Address')).toMatch(`https://127.0.0.1:${https}/`);
});

describe.skipIf(!has('openssl', 'openssl'))('certificates of the HTTPS port, by openssl', () => {
  let folder: string;
  const file = (name: string) => join(folder, name);
  /** A certificate as ONVIF carries it: the Base64 of its DER, which is the inside of its PEM. */
  const der = (name: string) => readFileSync(file(name), 'utf8').replace(/-----[^-]+-----|\s/g, '');
  const make = (...args: string[]) => output('openssl', args);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'certificates-'));
    await make(
      'req',
      '-x509',
      ...newKey,
      '-keyout',
      file('ca.key'),
      '-out',
      file('ca.pem'),
      '-subj',
      '/CN=Lab CA',
      '-days',
      '2',
    );
    await make(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      file('own.key'),
      '-out',
      file('own.pem'),
      '-subj',
      '/CN=loaded',
      '-days',
      '2',
    );
    await make(
      'req',
      '-new',
      ...newKey,
      '-keyout',
      file('client.key'),
      '-out',
      file('client.csr'),
      '-subj',
      '/CN=recorder',
    );
    await make(
      'x509',
      '-req',
      '-in',
      file('client.csr'),
      '-CA',
      file('ca.pem'),
      '-CAkey',
      file('ca.key'),
      '-CAcreateserial',
      '-out',
      file('client.pem'),
      '-days',
      '2',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** What a client of TLS sees: whom the certificate names, and whether it holds by our CA. */
  async function seen(port: number, ...args: string[]) {
    const { stdout, stderr } = await outcome('openssl', [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-CAfile',
      file('ca.pem'),
      ...args,
    ]);
    return {
      subject: /^subject=(.*)$/m.exec(stdout)?.[1] ?? '',
      verified: /Verify(?: return)? code: 0 \(ok\)|Verification: OK/.test(stdout),
      stderr,
    };
  }

  test('a loaded certificate is served from the next connection on, also after a restart, until it is deleted', async () => {
    const dataDir = file('state');
    {
      await using fleet = await start({ dataDir });
      const { plain, https } = at(fleet);
      const { serial } = fleet.camera('door').camera.identity;
      expect((await seen(https)).subject).toContain(serial);
      const key = readFileSync(file('own.key'), 'utf8');
      const load = `<tds:CertificateWithPrivateKey><tt:CertificateID>front</tt:CertificateID><tt:Certificate><tt:Data>${der('own.pem')}</tt:Data></tt:Certificate><tt:PrivateKey><tt:Data>${btoa(key)}</tt:Data></tt:PrivateKey></tds:CertificateWithPrivateKey>`;
      expect((await ask(plain, 'tds:LoadCertificateWithPrivateKey', load)).fault).toBeUndefined();
      expect((await seen(https)).subject).toContain(serial);
      expect((await ask(plain, 'tds:SetCertificatesStatus', status('front', true))).fault).toBeUndefined();
      expect((await seen(https)).subject).toContain('loaded');
      expect((await ask(plain, 'tds:LoadCertificateWithPrivateKey', load)).fault).toBe(
        'ter:InvalidArgVal ter:CertificateID',
      );
    }
    await using fleet = await start({ dataDir });
    const { secure, https } = at(fleet);
    expect((await seen(https)).subject).toContain('loaded');
    const information = await ask(
      secure,
      'tds:GetCertificateInformation',
      '<tds:CertificateID>front</tds:CertificateID>',
    );
    expect(textAt(information.body, 'CertificateInformation', 'SubjectDN')).toBe('CN=loaded');
    expect(textAt(information.body, 'CertificateInformation', 'KeyLength')).toBe('2048');
    const told = await ask(secure, 'tds:GetCertificatesStatus');
    expect(
      childrenOf(told.body, 'CertificateStatus').map(
        (one) => `${textAt(one, 'CertificateID')} ${textAt(one, 'Status')}`,
      ),
    ).toEqual(['self-signed false', 'front true']);
    expect(
      (await ask(secure, 'tds:DeleteCertificates', '<tds:CertificateID>front</tds:CertificateID>')).fault,
    ).toBeUndefined();
    expect((await seen(https)).subject).toContain(fleet.camera('door').camera.identity.serial);
  });

  test('a key made in the camera gets its certificate from a CA, and clients of that CA trust it', async () => {
    await using fleet = await start();
    const { plain, https } = at(fleet);
    const made = await ask(
      plain,
      'tds:CreateCertificate',
      '<tds:CertificateID>web</tds:CertificateID><tds:Subject>CN=door, O=Lab</tds:Subject>',
    );
    expect(textAt(made.body, 'NvtCertificate', 'CertificateID')).toBe('web');
    const asked = await ask(
      plain,
      'tds:GetPkcs10Request',
      '<tds:CertificateID>web</tds:CertificateID><tds:Subject>CN=door.example</tds:Subject>',
    );
    writeFileSync(file('web.der'), Buffer.from(textAt(asked.body, 'Pkcs10Request', 'Data')!, 'base64'));
    await make(
      'x509',
      '-req',
      '-inform',
      'DER',
      '-in',
      file('web.der'),
      '-CA',
      file('ca.pem'),
      '-CAkey',
      file('ca.key'),
      '-CAcreateserial',
      '-out',
      file('web.pem'),
      '-days',
      '2',
    );
    expect(
      (await ask(plain, 'tds:LoadCertificates', named('NVTCertificate', 'web', der('web.pem')))).fault,
    ).toBeUndefined();
    expect((await seen(https)).verified).toBe(false);
    await ask(plain, 'tds:SetCertificatesStatus', status('web', true));
    expect(await seen(https)).toMatchObject({
      subject: expect.stringContaining('door.example') as string,
      verified: true,
    });
  });

  test('with client certificates asked for, who has none by the loaded CA stays outside', async () => {
    await using fleet = await start();
    const { plain, secure } = at(fleet);
    const mode = (on: boolean) => ask(plain, 'tds:SetClientCertificateMode', `<tds:Enabled>${on}</tds:Enabled>`);
    expect((await mode(true)).fault).toBe('ter:InvalidArgVal ter:ClientAuth');
    await ask(plain, 'tds:LoadCACertificates', named('CACertificate', 'lab', der('ca.pem')));
    expect((await mode(true)).fault).toBeUndefined();
    await expect(ask(secure, 'tds:GetSystemDateAndTime')).rejects.toThrow();
    const own = { key: readFileSync(file('client.key')), cert: readFileSync(file('client.pem')) };
    const reply = await ask(secure, 'tds:GetClientCertificateMode', '', own);
    expect(textAt(reply.body, 'Enabled')).toBe('true');
    expect((await ask(plain, 'tds:DeleteCertificates', '<tds:CertificateID>lab</tds:CertificateID>')).fault).toBe(
      'ter:OperationProhibited',
    );
    await mode(false);
    expect((await ask(secure, 'tds:GetSystemDateAndTime')).status).toBe(200);
  });

  test('what does not go together is refused and leaves everything as it was', async () => {
    await using fleet = await start();
    const { plain, https } = at(fleet);
    const fault = async (operation: string, args: string) => (await ask(plain, `tds:${operation}`, args)).fault;
    const id = (name: string) => `<tds:CertificateID>${name}</tds:CertificateID>`;
    const stranger = der('own.pem');
    const withKey = (cert: string, key: string) =>
      `<tds:CertificateWithPrivateKey><tt:Certificate><tt:Data>${cert}</tt:Data></tt:Certificate><tt:PrivateKey><tt:Data>${key}</tt:Data></tt:PrivateKey></tds:CertificateWithPrivateKey>`;
    const otherKey = btoa(readFileSync(file('client.key'), 'utf8'));
    expect(await fault('LoadCertificates', named('NVTCertificate', 'x', stranger))).toBe(
      'ter:InvalidArgVal ter:KeysNotMatching',
    );
    expect(await fault('LoadCertificates', named('NVTCertificate', 'x', btoa('no certificate')))).toBe(
      'ter:InvalidArgVal ter:CertificateFormat',
    );
    expect(await fault('LoadCertificates', named('NVTCertificate', 'x', '%%%'))).toBe('ter:InvalidArgs');
    expect(await fault('LoadCertificates', '')).toBe('ter:InvalidArgs');
    expect(await fault('LoadCertificateWithPrivateKey', withKey(stranger, otherKey))).toBe(
      'ter:InvalidArgVal ter:KeysNotMatching',
    );
    expect(await fault('LoadCertificateWithPrivateKey', withKey(stranger, btoa('no key')))).toBe(
      'ter:InvalidArgVal ter:CertificateFormat',
    );
    expect(await fault('LoadCACertificates', named('CACertificate', 'x', der('client.pem')))).toBe(
      'ter:InvalidArgVal ter:CertificateFormat',
    );
    for (const operation of ['GetPkcs10Request', 'GetCertificateInformation', 'DeleteCertificates'])
      expect([operation, await fault(operation, id('nobody'))]).toEqual([
        operation,
        'ter:InvalidArgVal ter:CertificateID',
      ]);
    expect(await fault('SetCertificatesStatus', status('nobody', true))).toBe('ter:InvalidArgVal ter:CertificateID');
    expect(await fault('SetCertificatesStatus', status('self-signed', false))).toBe(
      'ter:InvalidArgVal ter:CertificateID',
    );
    expect(await fault('DeleteCertificates', id('self-signed'))).toBe('ter:OperationProhibited');
    expect(await fault('CreateCertificate', '<tds:Subject>nobody knows</tds:Subject>')).toBe('ter:InvalidArgVal');
    const all = await ask(plain, 'tds:GetCertificates');
    expect(childrenOf(all.body, 'NvtCertificate').map((one) => textAt(one, 'CertificateID'))).toEqual(['self-signed']);
    expect((await seen(https)).subject).toContain(fleet.camera('door').camera.identity.serial);
  });

  test('a private key does not show in the wire timeline', async () => {
    const deps = realDeps() as unknown as ReturnType<typeof fleetDeps>;
    await using fleet = await startCameras(
      [{ name: 'door', profile: 'generic', initialized: true, password }],
      { control: true },
      deps,
    );
    const key = btoa(readFileSync(file('own.key'), 'utf8'));
    await ask(
      at(fleet).plain,
      'tds:LoadCertificateWithPrivateKey',
      `<tds:CertificateWithPrivateKey><tt:Certificate><tt:Data>${der('own.pem')}</tt:Data></tt:Certificate><tt:PrivateKey><tt:Data>${key}</tt:Data></tt:PrivateKey></tds:CertificateWithPrivateKey>`,
    );
    const { id } = fleet.camera('door').received('LoadCertificateWithPrivateKey').at(-1)!;
    const { url, token } = fleet.control!;
    const shown = await fetchRaw(`${url}/cameras/door/received/${id}`, undefined, {
      headers: { authorization: `Bearer ${token}` },
    });
    const text = shown.bytes.toString();
    expect(text).toContain('LoadCertificateWithPrivateKey');
    expect(text).toContain('PrivateKey');
    expect(text).not.toContain(key.slice(100, 160));
  });
});
