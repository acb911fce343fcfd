import { SoapFault } from './fault.ts';
import { namespaces, type Prefix } from './namespaces.ts';
import { parseXml, XmlError, type XmlLimits, type XmlRefusal } from './parse-xml.ts';
import { Xml, type XmlElement } from './xml.ts';

/** A SOAP 1.2 message: its header blocks, and the one element the body carries. */
export interface Envelope {
  header: XmlElement[];
  body: XmlElement;
}

const soap11 = 'http://schemas.xmlsoap.org/soap/envelope/';

const refusalSubcode: Record<XmlRefusal, string> = {
  malformed: 'ter:WellFormed',
  doctype: 'ter:WellFormed',
  'too-deep': 'ter:WellFormed',
  'too-large': 'ter:WellFormed',
  'tag-mismatch': 'ter:TagMismatch',
  'unbound-prefix': 'ter:Namespace',
};

/** Read a message; throws the SoapFault that belongs to what is wrong (Core §5.8.2.3). */
export function parseEnvelope(text: string, limits: Partial<XmlLimits> = {}): Envelope {
  const root = parsed(text, limits);
  if (root.name !== 'Envelope') throw new SoapFault(['ter:Tag'], `<${root.name}> is not a SOAP envelope`);
  if (root.ns !== namespaces.s) {
    if (root.ns === soap11 || root.ns.startsWith('http://www.w3.org/')) {
      throw new SoapFault([], 'SOAP 1.2 is spoken here', { code: 'VersionMismatch', header: upgrade });
    }
    throw new SoapFault(['ter:Namespace'], `"${root.ns}" is not a SOAP envelope namespace`);
  }
  const parts = root.children;
  const head = parts[0]?.name === 'Header' && parts[0].ns === namespaces.s ? parts[0] : undefined;
  const body = parts[head ? 1 : 0];
  if (body?.name !== 'Body' || body.ns !== namespaces.s || parts.length !== (head ? 2 : 1)) {
    throw new SoapFault(['ter:Tag'], 'an envelope holds an optional Header and one Body');
  }
  for (const block of [root, body, ...(head?.children ?? [])]) {
    if (block.attributes[`{${namespaces.s}}encodingStyle`] === undefined) continue;
    if (block.attributes[`{${namespaces.s}}encodingStyle`] !== `${namespaces.s}/encoding/none`) {
      throw new SoapFault([], 'only literal encoding is spoken here', { code: 'DataEncodingUnknown' });
    }
  }
  const content = body.children[0];
  if (!content) throw new SoapFault(['ter:Tag'], 'the body is empty');
  if (body.children.length > 1) throw new SoapFault(['ter:Tag'], 'the body carries more than one element');
  return { header: head?.children ?? [], body: content };
}

const upgrade = new Xml(
  `<s:Upgrade><s:SupportedEnvelope qname="s12:Envelope" xmlns:s12="${namespaces.s}"/></s:Upgrade>`,
);

function parsed(text: string, limits: Partial<XmlLimits>): XmlElement {
  try {
    return parseXml(text, limits);
  } catch (error) {
    if (error instanceof XmlError) {
      throw new SoapFault([refusalSubcode[error.reason]], error.message, { cause: error });
    }
    throw error;
  }
}

/** Must a node that is the final receiver understand this header block? */
export const mustUnderstand = (block: XmlElement): boolean => {
  const flag = block.attributes[`{${namespaces.s}}mustUnderstand`]?.trim();
  if (flag !== '1' && flag !== 'true') return false;
  const role = block.attributes[`{${namespaces.s}}role`];
  return (
    role === undefined || role === '' || role === `${namespaces.s}/role/next` || role.endsWith('/ultimateReceiver')
  );
};

const heads = new WeakMap<readonly Prefix[], string>();

function headFor(prefixes: readonly Prefix[]): string {
  let head = heads.get(prefixes);
  if (head === undefined) {
    const declared = prefixes
      .filter((prefix) => prefix !== 's')
      .map((prefix) => ` xmlns:${prefix}="${namespaces[prefix]}"`);
    head = `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${namespaces.s}"${declared.join('')}>`;
    heads.set(prefixes, head);
  }
  return head;
}

/** Write a message. `prefixes` are the ones that header and body use. */
export const formatEnvelope = (body: Xml, prefixes: readonly Prefix[], header?: Xml): string =>
  `${headFor(prefixes)}${header ? `<s:Header>${header.markup}</s:Header>` : ''}<s:Body>${body.markup}</s:Body></s:Envelope>`;
