import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAnyXml } from '../../core/soap/parse-xml.ts';
import { parsePlainXml } from '../../core/soap/plain-xml.ts';
import type { Prefixes, XmlElement } from '../../core/soap/xml.ts';

const [depth, nodes] = [6, 1000];
const read = (text: string) => parsePlainXml(text, depth, nodes);
const whole = (text: string) => {
  try {
    return parseAnyXml(text, depth, nodes);
  } catch {
    return undefined;
  }
};

/** All an element says, as plain values. */
const told = ({ prefixes, children, attributes, ...rest }: XmlElement): unknown => ({
  ...rest,
  attributes: Object.entries(attributes).sort(),
  scope: scopeOf(prefixes),
  children: children.map(told),
});
const scopeOf = (prefixes: Prefixes | undefined): unknown[] =>
  prefixes ? [Object.entries(prefixes.declared).sort(), ...scopeOf(prefixes.outer)] : [];

const usual = `<?xml version="1.0" encoding="utf-8"?>
<s:Envelope xmlns:s="urn:s" xmlns="urn:d"><s:Header><h s:mustUnderstand="1" a='2'>tëxt</h></s:Header>
  <s:Body ><g xmlns="" xml:lang="en"/><t xmlns:t="urn:t"><t:u/>t:v</t></s:Body>\t</s:Envelope>
`;

describe('XML read the short way', () => {
  test('says what the whole parser says', () => {
    expect(told(read(usual)!)).toEqual(told(whole(usual)!));
  });

  test.each([
    ['a comment', '<a><!-- b --></a>'],
    ['an entity', '<a>&amp;</a>'],
    ['a CDATA section', '<a><![CDATA[b]]></a>'],
    ['a processing instruction', '<a><?b c?></a>'],
    ['line ends of Windows', '<a>\r\n</a>'],
    ['a name beyond ASCII', '<ä/>'],
    ['many nodes', `<a>${'<b/>'.repeat(nodes)}</a>`],
  ])('leaves %s to the whole parser', (_what, text) => {
    expect(read(text)).toBeUndefined();
    expect(parsePlainXml('<a/>', depth, nodes)).toBeDefined();
  });

  const pieces = [
    ...[
      '<a',
      '<s:b',
      '<xml:c',
      '<xmlns:d',
      '<t:e',
      '</a',
      '</s:b',
      '<',
      '</',
      '/>',
      '>',
      ' ',
      '\n',
      '\t',
      '=',
      '"',
      "'",
    ],
    ...['<a>', '</a>', '<s:b>', '</s:b>', '<a/>', '<s:b />', '<:a/>', '<a:/>', '<a:b:c/>', '<1a/>', '<_a/>', '<é/>'],
    ...[
      ' k="1"',
      " k='2'",
      ' s:k="3"',
      ' t:k="4"',
      ' xml:k="5"',
      ' k="a\nb"',
      ' k="<"',
      ' k="]]>"',
      ' :k="6"',
      'k="7"',
    ],
    ...[' xmlns="urn:d"', ' xmlns=""', ' xmlns:t=" urn:t "', ' xmlns:t=""', ' xmlns:s="urn:s"', ' xmlns:="urn:x"'],
    ...[' xmlns:xml="urn:x"', ' xmlns:xmlns="urn:x"', ' xmlns:t="http://www.w3.org/2000/xmlns/"', ' toString="8"'],
    ...['<?xml version="1.0"?>', "<?xml version='1.1'?>", '<!DOCTYPE a>', '<!-- -->', '&lt;', '&', ']]>', ']', '\r'],
    ...['\ufeff', '\u00a0', '\u0001', '\ud800', '\u{1f600}', '\uffff', '\u007f', 'text'],
  ];
  const spoilt = fc
    .tuple(
      fc.constantFrom(usual, '<a xmlns:s="urn:s"><s:b k="1">t</s:b></a>'),
      fc.array(fc.tuple(fc.nat(), fc.nat(6), fc.constantFrom(...pieces)), { maxLength: 3 }),
    )
    .map(([text, changes]) =>
      changes.reduce<string>((before, [where, gone, piece]) => {
        const at = where % (before.length + 1);
        return before.slice(0, at) + piece + before.slice(at + gone);
      }, text),
    );
  const assembled = fc.array(fc.constantFrom(...pieces), { maxLength: 12 }).map((parts) => parts.join(''));

  test('reads nothing the whole parser refuses or reads differently', () => {
    fc.assert(
      fc.property(fc.oneof(spoilt, assembled), (text) => {
        const short = read(text);
        if (!short) return;
        const long = whole(text);
        expect(long && told(long)).toEqual(told(short));
      }),
      { numRuns: 5000 },
    );
  });
});
