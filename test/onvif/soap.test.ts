import { describe, expect, test } from 'vitest';
import { formatEnvelope, parseEnvelope } from '../../core/soap/envelope.ts';
import { formatFault, SoapFault } from '../../core/soap/fault.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { parseXml, XmlError } from '../../core/soap/parse-xml.ts';
import {
  formatUsernameToken,
  parseUsernameToken,
  passwordDigest,
  provesPassword,
} from '../../core/soap/ws-security.ts';
import { escapeXml, resolveQName, textAt, xml } from '../../core/soap/xml.ts';

const envelope = (body: string, header = '') =>
  `<s:Envelope xmlns:s="${namespaces.s}">${header}<s:Body>${body}</s:Body></s:Envelope>`;

describe('XML', () => {
  test('splits names and keeps the prefixes in scope', () => {
    const root = parseXml('<a:x xmlns:a="urn:a" xmlns="urn:d" k="1" a:k="2"><y>a:b</y></a:x>');
    expect(root).toMatchObject({ name: 'x', ns: 'urn:a', attributes: { k: '1', '{urn:a}k': '2' } });
    expect(root.children[0]).toMatchObject({ name: 'y', ns: 'urn:d', text: 'a:b' });
    expect(resolveQName('a:b', root.children[0]!.prefixes)).toEqual({ ns: 'urn:a', name: 'b' });
    expect(resolveQName('b', root.children[0]!.prefixes)).toEqual({ ns: 'urn:d', name: 'b' });
    expect(resolveQName('z:b', root.children[0]!.prefixes)).toBeUndefined();
  });

  test.each([
    ['malformed', ''],
    ['malformed', 'no xml'],
    ['malformed', '<a b="1" b="2"/>'],
    ['malformed', '<a/><b/>'],
    ['malformed', '<a>&nbsp;</a>'],
    ['malformed', '<a>\u0000</a>'],
    ['tag-mismatch', '<a><b></a></b>'],
    ['tag-mismatch', '<a>'],
    ['unbound-prefix', '<p:a/>'],
    ['doctype', '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
    ['too-deep', '<a>'.repeat(65) + '</a>'.repeat(65)],
    ['too-large', `<a>${' '.repeat(600_000)}</a>`],
    ['too-large', `<a>${'<b/>'.repeat(20_001)}</a>`],
  ])('refuses what is %s (%#)', (reason, text) => {
    expect(() => parseXml(text)).toThrow(expect.objectContaining({ reason }));
    expect(() => parseXml(text)).toThrow(XmlError);
  });

  test('writes what it can read again', () => {
    const nasty = `<&>"' \t\n\r ä 😀`;
    const read = parseXml(xml`<a b="${nasty}">${nasty}</a>`.markup);
    expect(read.text).toBe(nasty);
    expect(read.attributes['b']).toBe(nasty);
    expect(escapeXml('a\u0001\ud800b')).toBe('a\ufffd\ufffdb');
  });

  test('joins lists and leaves out what is missing', () => {
    const items = [1, 2].map((n) => xml`<i>${n}</i>`);
    expect(xml`<a>${items}${undefined}${false}</a>`.markup).toBe('<a><i>1</i><i>2</i></a>');
  });
});

describe('SOAP', () => {
  test('reads header and body', () => {
    const { header, body } = parseEnvelope(envelope('<q xmlns="urn:q"><n>1</n></q>', '<s:Header><h/></s:Header>'));
    expect(header.map((block) => block.name)).toEqual(['h']);
    expect(textAt(body, 'n')).toBe('1');
  });

  test.each([
    [['ter:WellFormed'], 'Sender', '<a'],
    [['ter:WellFormed'], 'Sender', '<!DOCTYPE a><a/>'],
    [['ter:TagMismatch'], 'Sender', '<a><b></a>'],
    [['ter:Namespace'], 'Sender', '<p:a/>'],
    [['ter:Tag'], 'Sender', '<a/>'],
    [['ter:Tag'], 'Sender', envelope('')],
    [['ter:Tag'], 'Sender', envelope('<a/><b/>')],
    [['ter:Namespace'], 'Sender', '<Envelope xmlns="urn:x"/>'],
    [[], 'VersionMismatch', '<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"/>'],
    [[], 'DataEncodingUnknown', envelope('<a/>').replace('<s:Body', '<s:Body s:encodingStyle="urn:x"')],
  ])('answers %s (%s)', (subcodes, code, text) => {
    expect(() => parseEnvelope(text)).toThrow(expect.objectContaining({ subcodes, code }));
  });

  test('a fault carries nested subcodes and the status of its code', () => {
    const sender = new SoapFault(['ter:InvalidArgVal', 'ter:NoToken'], 'no preset <x>');
    const read = parseXml(formatFault(sender));
    expect(sender.status).toBe(400);
    expect(textAt(read, 'Body', 'Fault', 'Code', 'Subcode', 'Subcode', 'Value')).toBe('ter:NoToken');
    expect(textAt(read, 'Body', 'Fault', 'Reason', 'Text')).toBe('no preset <x>');
    expect(new SoapFault(['ter:Action', 'ter:TooManyScopes'], '').status).toBe(500);
  });

  test('formats what it parses', () => {
    const text = formatEnvelope(xml`<tds:GetHostname/>`, ['tds'], xml`<tds:h/>`);
    expect(parseEnvelope(text).body).toMatchObject({ name: 'GetHostname', ns: namespaces.tds });
  });
});

describe('WS-UsernameToken', () => {
  test('agrees with the example of the ONVIF programmer guide', () => {
    const nonce = Buffer.from('LKqI6G/AikKCQrN0zqZFlg==', 'base64');
    expect(passwordDigest(nonce, '2010-09-16T07:50:45Z', 'userpassword')).toBe('tuOSpGlFlIXsozq4HFNeeGeFLEI=');
  });

  test('what is made is accepted, with that password only', () => {
    const given = { username: 'ad<min', password: 'p&w', nonce: Buffer.alloc(16, 7), created: '2026-01-01T00:00:00Z' };
    const { header } = parseEnvelope(envelope('<a/>', xml`<s:Header>${formatUsernameToken(given)}</s:Header>`.markup));
    const token = parseUsernameToken(header);
    if (!token || token === 'malformed') throw new Error('no token');
    expect(token.username).toBe('ad<min');
    expect(provesPassword(token, 'p&w')).toBe(true);
    expect(provesPassword(token, 'other')).toBe(false);
    expect(provesPassword({ ...token, nonce: undefined }, 'p&w')).toBe(false);
    expect(provesPassword({ ...token, created: undefined }, 'p&w')).toBe(false);
  });

  test('no Security header is no token, an empty username is a bad one', () => {
    expect(parseUsernameToken([])).toBeUndefined();
    const security = parseXml(
      `<S:Security xmlns:S="${namespaces.wsse}"><S:UsernameToken><S:Username/><S:Password>x</S:Password></S:UsernameToken></S:Security>`,
    );
    expect(parseUsernameToken([security])).toBe('malformed');
  });
});
