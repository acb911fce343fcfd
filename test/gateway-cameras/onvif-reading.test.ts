import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseXml } from '../../core/soap/parse-xml.ts';
import { onOwnHost, parseDeviceAddress } from '../../gateway/onvif/address.ts';
import { answerLimits, readAnswer, shapeForPackage } from '../../gateway/onvif/answer.ts';
import { chooseChallenge, formatAuthorization, parseDigestChallenge } from '../../gateway/onvif/digest.ts';
import { isOnvifError } from '../../gateway/onvif/errors.ts';
import { parseNotifications } from '../../gateway/onvif/notification.ts';

test.each([
  ['192.168.1.7', { host: '192.168.1.7' }],
  ['192.168.1.7:2020', { host: '192.168.1.7', port: 2020 }],
  ['192.168.1.7:80', { host: '192.168.1.7', port: 80 }],
  ['http://Camera.lan/onvif/service', { host: 'camera.lan', path: '/onvif/service' }],
  ['http://camera.lan:80/onvif/service?x=1', { host: 'camera.lan', port: 80, path: '/onvif/service?x=1' }],
  ['  10.0.0.1 ', { host: '10.0.0.1' }],
  ['fd00::7', { host: 'fd00::7' }],
  ['[fd00::7]:8080', { host: 'fd00::7', port: 8080 }],
])('the address %s is read', (text, expected) => {
  expect(parseDeviceAddress(text)).toEqual(expected);
});

test.each([
  '',
  ' ',
  'https://camera',
  'rtsp://camera',
  'http://u:p@camera',
  '239.255.255.250',
  '0.0.0.0',
  '::',
  'ff02::1',
  'a b',
  'http://',
  'x'.repeat(600),
])('the address "%s" is refused', (text) => {
  expect(parseDeviceAddress(text)).toBeUndefined();
});

const own = { host: '192.168.1.7', port: 2020 };
test.each([
  ['http://192.168.1.7:2020/a', { port: 2020, path: '/a' }],
  ['http://192.168.1.7:1025/event-1025', { port: 1025, path: '/event-1025' }],
  ['http://192.168.1.7/a?b=c', { port: 80, path: '/a?b=c' }],
  // Another host: its path on ours.
  ['http://evil.test:8080/steal', { port: 2020, path: '/steal' }],
  ['http://192.168.1.7.evil.test/steal', { port: 2020, path: '/steal' }],
  // Another service of the same machine.
  ['http://192.168.1.7:22/a', { port: 2020, path: '/a' }],
  ['/relative', { port: 2020, path: '/relative' }],
])('an address a device gives, %s, stays on its host', (given, expected) => {
  expect(onOwnHost(own, given)).toEqual(expected);
});

test.each(['https://192.168.1.7/a', 'file:///etc/passwd', 'http://[', 'x'.repeat(2000)])(
  'an address a device gives, %s, leads nowhere',
  (given) => {
    expect(onOwnHost(own, given)).toBeUndefined();
  },
);

test('HTTP Digest answers as RFC 7616 §3.9.1 has it, by the stronger hash', () => {
  const nonce = '7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v';
  const common = `realm="http-auth@example.org", qop="auth, auth-int", nonce="${nonce}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;
  const headers = [
    'Date',
    'x',
    'WWW-Authenticate',
    `Digest ${common}, algorithm=MD5`,
    'www-authenticate',
    `Digest ${common}, algorithm=SHA-256`,
  ];
  const challenge = chooseChallenge(headers)!;
  expect(challenge.algorithm).toBe('SHA-256');
  const authorization = formatAuthorization(challenge, {
    username: 'Mufasa',
    password: 'Circle of Life',
    method: 'GET',
    path: '/dir/index.html',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    count: 1,
  });
  expect(authorization).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"');
  expect(authorization).toContain('nc=00000001');
});

test('the old form without qop is answered in the old form, and no algorithm is added unasked', () => {
  const challenge = parseDigestChallenge('Digest realm="TP-LINK IP-Camera", nonce="abc"')!;
  const authorization = formatAuthorization(challenge, {
    username: 'admin',
    password: 'p',
    method: 'GET',
    path: '/x',
    cnonce: 'c',
    count: 1,
  });
  const md5 = (text: string) => createHash('md5').update(text).digest('hex');
  expect(authorization).toContain(`response="${md5(`${md5('admin:TP-LINK IP-Camera:p')}:abc:${md5('GET:/x')}`)}"`);
  expect(authorization).not.toMatch(/algorithm|qop|cnonce/);
});

test.each([
  'Basic realm="x"',
  'Digest realm="x"',
  'Digest nonce="x", realm="y", qop="auth-int"',
  'Digest nonce="x", realm="y", algorithm=SHA-512-256',
  `Digest realm="${'x'.repeat(4000)}", nonce="a"`,
])('the challenge %s is passed over', (header) => {
  expect(parseDigestChallenge(header)).toBeUndefined();
});

const envelope = (body: string) =>
  `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:ter="http://www.onvif.org/ver10/error"><s:Body>${body}</s:Body></s:Envelope>`;
const fault = (reason: string, ...subcodes: string[]) =>
  envelope(
    `<s:Fault><s:Code><s:Value>s:Sender</s:Value>${subcodes.reduceRight((inner, code) => `<s:Subcode><s:Value>${code}</s:Value>${inner}</s:Subcode>`, '')}</s:Code><s:Reason><s:Text xml:lang="en">${reason}</s:Text></s:Reason></s:Fault>`,
  );
const failureOf = (status: number, text: string) => {
  try {
    readAnswer(status, text);
    return undefined;
  } catch (error) {
    if (!isOnvifError(error)) throw error;
    return error.failure;
  }
};

test.each([
  [400, fault('no', 'ter:NotAuthorized'), 'refused'],
  [401, fault('no', 'ter:NotAuthorized'), 'refused'],
  [500, fault('no', 'x:FailedAuthentication'), 'refused'],
  [401, '<html>Unauthorized</html>', 'refused'],
  [403, '', 'refused'],
  [400, fault('the account is locked', 'ter:NotAuthorized'), 'locked'],
  [429, '', 'locked'],
  [400, fault('the device is not activated', 'ter:NotAuthorized'), 'uninitialized'],
  [500, fault('no', 'ter:ActionNotSupported', 'ter:NoSuchService'), 'unsupported'],
  [500, fault('no', 'wsrf-rw:ResourceUnknownFault'), 'fault'],
  [404, 'nothing here', 'answer_invalid'],
  [302, '', 'answer_invalid'],
  [200, '<html><body>hello</body></html>', 'answer_invalid'],
  [200, 'not xml', 'answer_invalid'],
  [200, '', 'answer_invalid'],
])('an answer with status %d means what it says', (status, text, failure) => {
  expect(failureOf(status, text)).toBe(failure);
});

test.each([
  ['nested a thousand deep', envelope('<a>'.repeat(1000) + '</a>'.repeat(1000))],
  ['of thirty thousand elements', envelope('<a/>'.repeat(30_000))],
  ['larger than a megabyte', envelope(`<a>${'x'.repeat(answerLimits.maxBytes)}</a>`)],
  ['with a document type', `<!DOCTYPE x [<!ENTITY a "b">]>${envelope('<a>&a;</a>')}`],
  ['with a hundred thousand namespace words', envelope(`<a>${'xmlns'.repeat(100_000)}</a>`).replace('</s:Body>', '')],
])('an answer %s is refused in a moment', (_, text) => {
  const startedAt = performance.now();
  expect(failureOf(200, text)).toBe('answer_invalid');
  expect(performance.now() - startedAt).toBeLessThan(1_500);
});

test('names that mean something to JavaScript do not reach the package', () => {
  const shaped = shapeForPackage(
    parseXml('<a><__proto__><polluted>1</polluted></__proto__><constructor/><B x="1">t</B></a>'),
  );
  expect(Object.keys(shaped)).toEqual(['B']);
  expect(shaped).toEqual({ B: [{ $: { x: '1' }, _: 't' }] });
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

const notification = (topic: string, message: string) =>
  parseNotifications(
    parseXml(
      `<tev:PullMessagesResponse xmlns:tev="http://www.onvif.org/ver10/events/wsdl" xmlns:wsnt="http://docs.oasis-open.org/wsn/b-2" xmlns:tt="http://www.onvif.org/ver10/schema" xmlns:tns1="http://www.onvif.org/ver10/topics" xmlns:t="http://www.onvif.org/ver10/topics" xmlns:v="urn:vendor"><wsnt:NotificationMessage><wsnt:Topic>${topic}</wsnt:Topic><wsnt:Message>${message}</wsnt:Message></wsnt:NotificationMessage></tev:PullMessagesResponse>`,
    ),
  );
const message = (attributes: string, inside = '') => `<tt:Message ${attributes}>${inside}</tt:Message>`;

test.each([
  ['tns1:RuleEngine/CellMotionDetector/Motion', 'tns1:RuleEngine/CellMotionDetector/Motion'],
  ['t:RuleEngine/t:CellMotionDetector/Motion', 'tns1:RuleEngine/CellMotionDetector/Motion'],
  ['RuleEngine/CellMotionDetector/Motion', 'tns1:RuleEngine/CellMotionDetector/Motion'],
  ['tns1:RuleEngine/v:Own', 'tns1:RuleEngine/v:Own'],
  ['v:Own/Thing', 'v:Own/Thing'],
])('the topic %s is one topic whatever its prefix', (topic, expected) => {
  expect(notification(topic, message('UtcTime="2026-01-01T00:00:00Z"'))[0]?.topic).toBe(expected);
});

test('a notification gives time, operation, source, key and data', () => {
  const [event] = notification(
    'tns1:RuleEngine/CellMotionDetector/Motion',
    message(
      'UtcTime="2026-01-01T00:00:00.250Z" PropertyOperation="Changed"',
      '<tt:Source><tt:SimpleItem Name="Rule" Value="r &amp; s"/></tt:Source><tt:Key><tt:SimpleItem Name="k" Value="1"/></tt:Key><tt:Data><tt:SimpleItem Name="IsMotion" Value="true"/></tt:Data>',
    ),
  );
  expect(event).toEqual({
    topic: 'tns1:RuleEngine/CellMotionDetector/Motion',
    utcTime: Date.UTC(2026, 0, 1) + 250,
    operation: 'Changed',
    source: { Rule: 'r & s' },
    key: { k: '1' },
    data: { IsMotion: 'true' },
  });
});

test.each([
  ['no time', 'tns1:A', message('')],
  ['a time that is none', 'tns1:A', message('UtcTime="soon"')],
  ['no topic', '', message('UtcTime="2026-01-01T00:00:00Z"')],
  ['no message', 'tns1:A', ''],
  ['a topic without end', Array.from({ length: 40 }, () => 'a').join('/'), message('UtcTime="2026-01-01T00:00:00Z"')],
])('a notification with %s is passed over', (_, topic, inside) => {
  expect(notification(topic, inside)).toEqual([]);
});
