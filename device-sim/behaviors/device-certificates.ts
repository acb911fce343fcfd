import { createPrivateKey, X509Certificate } from 'node:crypto';
import { formatXsDateTime } from '../../core/onvif/duration.ts';
import { SoapFault } from '../../core/soap/fault.ts';
import { type Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { namesOf, serverCertificate, validMs } from '../local-api/certificate.ts';
import {
  certificateBook,
  maxCertificates,
  type OwnCertificate,
  readCertificate,
  readPrivateKey,
  selfSignedId,
  servesTls,
} from '../local-api/certificates.ts';
import { isDistinguishedName, requestFor, selfSigned, signatureAlgorithmOf } from '../local-api/sign-certificate.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import type { Behavior, Call } from '../onvif/behavior.ts';
import { deviceService } from './device-service.ts';

const unknown = (id: string) => invalidValue(`there is no certificate "${id}"`, 'ter:CertificateID');
const taken = (id: string) => invalidValue(`there is a certificate "${id}" already`, 'ter:CertificateID');
const badFormat = (id: string) => invalidValue(`"${id}" is no certificate this device reads`, 'ter:CertificateFormat');
const notMatching = (id: string) =>
  invalidValue(`no private key of this device belongs to "${id}"`, 'ter:KeysNotMatching');

/**
 * Certificates of the HTTPS port (device management service). One serves: the one switched on last, else the camera's
 * self-signed one. Keys are made here or loaded, and never given out.
 */
export const deviceCertificates: Behavior = {
  name: 'device-certificates',
  service: deviceService,
  operations: {
    async CreateCertificate(camera, args, call) {
      const book = certificateBook.read(camera);
      const id = args.optionalText('CertificateID') || freeId(camera);
      if (idInUse(camera, id)) throw taken(id);
      const now = camera.clock.now();
      const subject = args.optionalText('Subject') || `CN=${camera.identity.serial}`;
      if (!isDistinguishedName(subject)) throw invalidValue(`"${subject}" is no distinguished name`);
      const notBefore = args.has('ValidNotBefore') ? args.dateTime('ValidNotBefore') : now;
      const notAfter = args.has('ValidNotAfter') ? args.dateTime('ValidNotAfter') : notBefore + validMs;
      if (notAfter <= notBefore) throw invalidValue('a certificate cannot end before it begins');
      needRoom(book.own.length + book.authorities.length + 1);
      const made = await selfSigned({ subject, notBefore, notAfter, names: namesOf(camera) }, call.onvif.deps.random);
      // Meanwhile another client may have taken the name.
      if (idInUse(camera, id)) throw taken(id);
      const before = certificateBook.read(camera);
      certificateBook.write(camera, { ...before, own: [...before.own, { id, ...made }] });
      return certificateMarkup('tds:NvtCertificate', id, made.cert);
    },

    async GetCertificates(camera, _args, call) {
      return xml`${(await ownOf(camera, call)).map(({ id, cert }) => certificateMarkup('tds:NvtCertificate', id, cert))}`;
    },

    GetCACertificates: (camera) =>
      xml`${certificateBook.read(camera).authorities.map(({ id, cert }) => certificateMarkup('tds:CACertificate', id, cert))}`,

    GetCertificatesStatus(camera) {
      const { own, enabled } = certificateBook.read(camera);
      const status = (id: string, on: boolean) =>
        xml`<tds:CertificateStatus><tt:CertificateID>${id}</tt:CertificateID><tt:Status>${String(on)}</tt:Status></tds:CertificateStatus>`;
      return xml`${status(selfSignedId, enabled === undefined)}${own.map(({ id }) => status(id, id === enabled))}`;
    },

    SetCertificatesStatus(camera, args) {
      const book = certificateBook.read(camera);
      const wanted = args
        .parts('CertificateStatus')
        .map((part) => ({ id: part.text('CertificateID'), on: part.flag('Status') }));
      for (const { id } of wanted) if (!isOwn(camera, id)) throw unknown(id);
      const on = wanted.filter((one) => one.on).map(({ id }) => id);
      const off = wanted.filter((one) => !one.on).map(({ id }) => id);
      if (on.length > 1) throw invalidValue('HTTPS is served with one certificate', 'ter:CertificateID');
      const serving = book.enabled ?? selfSignedId;
      let next = serving;
      if (on[0] !== undefined) next = on[0];
      else if (off.includes(serving)) next = selfSignedId;
      if (off.includes(next)) throw invalidValue('HTTPS needs a certificate: switch another on', 'ter:CertificateID');
      const { enabled: _before, ...rest } = book;
      certificateBook.write(camera, { ...rest, ...(next === selfSignedId ? {} : { enabled: next }) });
      return undefined;
    },

    async GetPkcs10Request(camera, args, call) {
      const id = args.text('CertificateID');
      const found = (await ownOf(camera, call)).find((one) => one.id === id);
      if (!found) throw unknown(id);
      if (args.has('Attributes')) throw invalidValue('a request is made without further attributes');
      const certificate = new X509Certificate(found.cert);
      const subject = args.optionalText('Subject') || nameText(certificate.subject);
      if (!isDistinguishedName(subject)) throw invalidValue(`"${subject}" is no distinguished name`);
      const request = await requestFor(subject, createPrivateKey(found.key), certificate);
      if (!request) throw new SoapFault(['ter:Action', 'ter:Signature'], 'this kind of key signs no request');
      return xml`<tds:Pkcs10Request><tt:Data>${request.toString('base64')}</tt:Data></tds:Pkcs10Request>`;
    },

    async LoadCertificates(camera, args, call) {
      const given = loaded(args, 'NVTCertificate');
      const keys = await ownOf(camera, call);
      let { own } = certificateBook.read(camera);
      for (const { id, certificate } of given) {
        if (id === selfSignedId) throw taken(id);
        const match = ({ key }: OwnCertificate) => certificate.checkPrivateKey(createPrivateKey(key));
        const same = own.find((one) => one.id === id);
        if (same && !match(same)) throw taken(id);
        const key = (same ?? keys.find(match))?.key;
        if (key === undefined) throw notMatching(id);
        own = [...own.filter((one) => one !== same), { id, key, cert: certificate.toString() }];
      }
      keepOwn(camera, own);
      return undefined;
    },

    LoadCertificateWithPrivateKey(camera, args) {
      let { own } = certificateBook.read(camera);
      const parts = args.parts('CertificateWithPrivateKey');
      if (parts.length === 0) throw new SoapFault(['ter:InvalidArgs'], 'CertificateWithPrivateKey is missing');
      for (const part of parts) {
        const id = part.optionalText('CertificateID') || freeId(camera, own);
        if (idInUse(camera, id) || own.some((one) => one.id === id)) throw taken(id);
        const certificate = readCertificate(bytesOf(part.part('Certificate')));
        const key = readPrivateKey(bytesOf(part.part('PrivateKey')));
        if (!certificate || !key) throw badFormat(id);
        if (!certificate.checkPrivateKey(key)) throw notMatching(id);
        const pem = { key: key.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: certificate.toString() };
        if (!servesTls(pem.key, pem.cert)) throw badFormat(id);
        own = [...own, { id, ...pem }];
      }
      keepOwn(camera, own);
      return undefined;
    },

    LoadCACertificates(camera, args) {
      const book = certificateBook.read(camera);
      const given = loaded(args, 'CACertificate');
      const authorities = [...book.authorities];
      for (const { id, certificate } of given) {
        if (idInUse(camera, id) || authorities.some((one) => one.id === id)) throw taken(id);
        if (!certificate.ca) throw badFormat(id);
        authorities.push({ id, cert: certificate.toString() });
      }
      needRoom(book.own.length + authorities.length);
      certificateBook.write(camera, { ...book, authorities });
      return undefined;
    },

    async GetCertificateInformation(camera, args, call) {
      const id = args.text('CertificateID');
      const { authorities } = certificateBook.read(camera);
      const found = [...(await ownOf(camera, call)), ...authorities].find((one) => one.id === id);
      if (!found) throw unknown(id);
      return informationMarkup(id, found.cert);
    },

    DeleteCertificates(camera, args) {
      const ids = args.texts('CertificateID');
      if (ids.length === 0) throw new SoapFault(['ter:InvalidArgs'], 'CertificateID is missing');
      const { enabled, ...book } = certificateBook.read(camera);
      for (const id of ids) {
        if (id === selfSignedId)
          throw new SoapFault(['ter:OperationProhibited'], 'the self-signed certificate stays with the device');
        if (!idInUse(camera, id)) throw unknown(id);
      }
      const stays = ({ id }: { id: string }) => !ids.includes(id);
      const authorities = book.authorities.filter(stays);
      if (book.clientMode && authorities.length === 0)
        throw new SoapFault(['ter:OperationProhibited'], 'clients are asked for a certificate by this authority');
      certificateBook.write(camera, {
        ...book,
        authorities,
        own: book.own.filter(stays),
        ...(enabled !== undefined && !ids.includes(enabled) ? { enabled } : {}),
      });
      return undefined;
    },

    GetClientCertificateMode: (camera) =>
      xml`<tds:Enabled>${String(certificateBook.read(camera).clientMode)}</tds:Enabled>`,

    SetClientCertificateMode(camera, args) {
      const clientMode = args.flag('Enabled');
      const book = certificateBook.read(camera);
      if (clientMode && book.authorities.length === 0)
        throw invalidValue('load the CA certificate of the clients first', 'ter:ClientAuth');
      certificateBook.write(camera, { ...book, clientMode });
      return undefined;
    },
  },
};

/** The camera's own certificates, the self-signed one first. */
async function ownOf(camera: Camera, call: Call): Promise<OwnCertificate[]> {
  const made = await serverCertificate(camera, call.onvif.deps);
  return [{ id: selfSignedId, ...made }, ...certificateBook.read(camera).own];
}

const isOwn = (camera: Camera, id: string) =>
  id === selfSignedId || certificateBook.read(camera).own.some((one) => one.id === id);
const idInUse = (camera: Camera, id: string) =>
  isOwn(camera, id) || certificateBook.read(camera).authorities.some((one) => one.id === id);

function freeId(camera: Camera, more: readonly OwnCertificate[] = []): string {
  for (let number = 1; ; number++) {
    const id = `certificate-${number}`;
    if (!idInUse(camera, id) && !more.some((one) => one.id === id)) return id;
  }
}

function needRoom(count: number) {
  if (count > maxCertificates)
    throw new SoapFault(['ter:Action', 'ter:MaxCertificates'], `${maxCertificates} certificates are kept`);
}

function keepOwn(camera: Camera, own: OwnCertificate[]) {
  const book = certificateBook.read(camera);
  needRoom(own.length + book.authorities.length);
  certificateBook.write(camera, { ...book, own });
}

function loaded(args: Arguments, name: string): { id: string; certificate: X509Certificate }[] {
  const parts = args.parts(name);
  if (parts.length === 0) throw new SoapFault(['ter:InvalidArgs'], `${name} is missing`);
  return parts.map((part) => {
    const id = part.text('CertificateID');
    if (id === '') throw invalidValue('CertificateID is empty', 'ter:CertificateID');
    const certificate = readCertificate(bytesOf(part.part('Certificate')));
    if (!certificate) throw badFormat(id);
    return { id, certificate };
  });
}

/** What a tt:BinaryData carries. */
function bytesOf(part: Arguments): Buffer {
  const text = part.text('Data').replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(text)) throw new SoapFault(['ter:InvalidArgs'], 'Data is not an xs:base64Binary');
  return Buffer.from(text, 'base64');
}

const base64Of = (pem: string) => new X509Certificate(pem).raw.toString('base64');

function certificateMarkup(tag: 'tds:NvtCertificate' | 'tds:CACertificate', id: string, pem: string): Xml {
  const inside = xml`<tt:CertificateID>${id}</tt:CertificateID><tt:Certificate><tt:Data>${base64Of(pem)}</tt:Data></tt:Certificate>`;
  return tag === 'tds:NvtCertificate'
    ? xml`<tds:NvtCertificate>${inside}</tds:NvtCertificate>`
    : xml`<tds:CACertificate>${inside}</tds:CACertificate>`;
}

/** A name as Node prints it, one attribute a line, in one line. */
const nameText = (lines: string) => lines.split('\n').join(', ');

const curveBits: Record<string, number> = { prime256v1: 256, secp384r1: 384, secp521r1: 521 };

function informationMarkup(id: string, pem: string): Xml {
  const certificate = new X509Certificate(pem);
  const { modulusLength, namedCurve = '' } = certificate.publicKey.asymmetricKeyDetails ?? {};
  const bits = modulusLength ?? curveBits[namedCurve];
  const instant = (text: string) => formatXsDateTime(Date.parse(text));
  return xml`<tds:CertificateInformation><tt:CertificateID>${id}</tt:CertificateID><tt:IssuerDN>${nameText(certificate.issuer)}</tt:IssuerDN><tt:SubjectDN>${nameText(certificate.subject)}</tt:SubjectDN>${bits !== undefined && xml`<tt:KeyLength>${bits}</tt:KeyLength>`}<tt:SerialNum>${certificate.serialNumber}</tt:SerialNum><tt:SignatureAlgorithm>${signatureAlgorithmOf(pem)}</tt:SignatureAlgorithm><tt:Validity><tt:From>${instant(certificate.validFrom)}</tt:From><tt:Until>${instant(certificate.validTo)}</tt:Until></tt:Validity></tds:CertificateInformation>`;
}
