import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  ParseOption,
  XmlBufferInputProvider,
  XmlDocument,
  XmlElement,
  XsdValidator,
  xmlRegisterInputProvider,
} from 'libxml2-wasm';
import { packageRoot } from '../../core/runtime/package-root.ts';

/**
 * Checks SOAP messages against the ONVIF, OASIS and W3C schemas. The schema files are not part of the project (their
 * notice grants no right to modify or relicense them): they are read from VIGIL_ONVIF_WSDL, or from
 * ../shared/onvif/wsdl beside the checkout, and changed in memory only.
 */
export const schemaFolder: string | undefined = [
  process.env['VIGIL_ONVIF_WSDL'],
  resolve(packageRoot, '../shared/onvif/wsdl'),
].find((folder) => folder !== undefined && existsSync(join(folder, 'ver10/schema/onvif.xsd')));

/** What a skipped test says aloud. */
export const schemasMissing =
  'the ONVIF schemas are not here: set VIGIL_ONVIF_WSDL to a folder with ver10/, ver20/ and external/ to check answers against them';

const xs = { xs: 'http://www.w3.org/2001/XMLSchema' };
const onvif = 'http://www.onvif.org';

/** Schema documents by target namespace; several files of one namespace are included together. */
const sources: Record<string, string[]> = {
  [`${onvif}/ver10/schema`]: ['ver10/schema/common.xsd', 'ver10/schema/onvif.xsd', 'ver10/schema/metadatastream.xsd'],
  [`${onvif}/ver20/analytics/humanface`]: ['ver20/analytics/humanface.xsd'],
  [`${onvif}/ver20/analytics/humanbody`]: ['ver20/analytics/humanbody.xsd'],
  [`${onvif}/ver20/analytics`]: ['ver20/analytics/rules.xsd'],
  [`${onvif}/ver10/device/wsdl`]: ['ver10/device/wsdl/devicemgmt.wsdl'],
  [`${onvif}/ver10/media/wsdl`]: ['ver10/media/wsdl/media.wsdl'],
  [`${onvif}/ver20/media/wsdl`]: ['ver20/media/wsdl/media.wsdl'],
  [`${onvif}/ver10/events/wsdl`]: ['ver10/events/wsdl/event.wsdl'],
  [`${onvif}/ver10/deviceIO/wsdl`]: ['ver10/deviceio.wsdl'],
  [`${onvif}/ver20/imaging/wsdl`]: ['ver20/imaging/wsdl/imaging.wsdl'],
  [`${onvif}/ver20/ptz/wsdl`]: ['ver20/ptz/wsdl/ptz.wsdl'],
  [`${onvif}/ver20/analytics/wsdl`]: ['ver20/analytics/wsdl/analytics.wsdl'],
  [`${onvif}/ver10/recording/wsdl`]: ['ver10/recording.wsdl'],
  [`${onvif}/ver10/search/wsdl`]: ['ver10/search.wsdl'],
  [`${onvif}/ver10/replay/wsdl`]: ['ver10/replay.wsdl'],
  'http://docs.oasis-open.org/wsn/b-2': ['external/b-2.xsd'],
  'http://docs.oasis-open.org/wsn/t-1': ['external/t-1.xsd'],
  'http://docs.oasis-open.org/wsrf/bf-2': ['external/bf-2.xsd'],
  'http://docs.oasis-open.org/wsrf/r-2': ['external/r-2.xsd'],
  'http://www.w3.org/2005/08/addressing': ['external/ws-addr.xsd'],
  'http://www.w3.org/2003/05/soap-envelope': ['external/soap-envelope.xsd'],
  'http://www.w3.org/2005/05/xmlmime': ['external/xmlmime.xsd'],
  'http://www.w3.org/2004/08/xop/include': ['external/xop-include.xsd'],
  'http://www.w3.org/XML/1998/namespace': ['external/xml.xsd'],
  'http://schemas.xmlsoap.org/ws/2005/04/discovery': ['external/ws-discovery.xsd'],
  'http://schemas.xmlsoap.org/ws/2004/08/addressing': ['external/ws-addressing-2004-08.xsd'],
};

const plain = (text: string) => text.replace(/[^A-Za-z0-9]+/g, '-');
const namespaceFile = (ns: string) => `vigil-ns-${plain(ns)}.xsd`;
const partFile = (path: string) => `vigil-part-${plain(path)}.xsd`;

/** The schema of an XSD or WSDL file, with imports leading to our files and ambiguous wildcards gone. */
function readSchema(folder: string, path: string): string {
  const file = XmlDocument.fromBuffer(readFileSync(join(folder, path)), { option: ParseOption.XML_PARSE_NONET });
  try {
    const schema = file.get('//xs:schema[@targetNamespace]', xs);
    if (!(schema instanceof XmlElement)) throw new Error(`${path} holds no schema`);
    for (const link of schema.find('.//xs:import | .//xs:include', xs) as XmlElement[]) link.remove();
    // libxml2 refuses content models in which a wildcard may stand for the element beside it; without the wildcard
    // what a device sends is checked more strictly.
    const ambiguous =
      './/xs:any[not(@namespace) or @namespace="##any" or @namespace="##targetNamespace"]' +
      '[preceding-sibling::xs:element or following-sibling::xs:element or preceding-sibling::xs:choice]';
    for (const wildcard of schema.find(ambiguous, xs)) wildcard.remove();
    if (path.endsWith('soap-envelope.xsd')) {
      // What a body carries must be known, or a misspelt answer would pass as "anything".
      for (const wildcard of schema.find('.//xs:complexType[@name="Body"]//xs:any', xs)) {
        (wildcard as XmlElement).attrs.find(({ name }) => name === 'processContents')!.value = 'strict';
      }
    }
    const imports = Object.keys(sources)
      .filter((ns) => !sources[ns]!.includes(path))
      .map((ns) => `<xs:import xmlns:xs="${xs.xs}" namespace="${ns}" schemaLocation="${namespaceFile(ns)}"/>`);
    return withScope(schema).replace(/(<(?:\w+:)?schema\b[^>]*>)/, (open) => `${open}${imports.join('')}`);
  } finally {
    file.dispose();
  }
}

/** An element's markup with the namespace declarations of its ancestors, which its QNames may need. */
function withScope(element: XmlElement): string {
  const declared = new Map<string, string>(Object.entries(element.nsDeclarations));
  for (let at = element.parent; at instanceof XmlElement; at = at.parent) {
    for (const [prefix, uri] of Object.entries(at.nsDeclarations)) {
      if (!declared.has(prefix)) {
        declared.set(prefix, uri);
        element.addNsDeclaration(uri, prefix || undefined);
      }
    }
  }
  return element.toString({ format: false });
}

export interface Validator extends Disposable {
  /** Why a message is not valid, one line a reason; empty when it is. */
  problems(message: string): string[];
}

/** Compile all schemas (about a second). Undefined when they are not on this machine. */
export function openValidator(): Validator | undefined {
  if (schemaFolder === undefined) return undefined;
  const files: Record<string, Uint8Array> = {};
  const add = (name: string, text: string) => {
    files[name] = Buffer.from(text);
  };
  for (const [ns, paths] of Object.entries(sources)) {
    if (paths.length === 1) {
      add(namespaceFile(ns), readSchema(schemaFolder, paths[0]!));
      continue;
    }
    for (const path of paths) add(partFile(path), readSchema(schemaFolder, path));
    add(
      namespaceFile(ns),
      // Topics carry a MessageDescription, for which the schema has a type but no element.
      `<xs:schema xmlns:xs="${xs.xs}" xmlns:own="${ns}" targetNamespace="${ns}">${paths
        .map((path) => `<xs:include schemaLocation="${partFile(path)}"/>`)
        .join('')}<xs:element name="MessageDescription" type="own:MessageDescription"/></xs:schema>`,
    );
  }
  xmlRegisterInputProvider(new XmlBufferInputProvider(files));
  const driver = XmlDocument.fromString(
    `<xs:schema xmlns:xs="${xs.xs}">${Object.keys(sources)
      .map((ns) => `<xs:import namespace="${ns}" schemaLocation="${namespaceFile(ns)}"/>`)
      .join('')}</xs:schema>`,
    { url: 'vigil-driver.xsd' },
  );
  const validator = XsdValidator.fromDoc(driver);
  return {
    problems(message) {
      let document: XmlDocument | undefined;
      try {
        document = XmlDocument.fromString(message, { option: ParseOption.XML_PARSE_NONET });
        validator.validate(document);
        return [];
      } catch (error) {
        return (error as Error).message.split('\n').filter((line) => line !== '');
      } finally {
        document?.dispose();
      }
    },
    [Symbol.dispose]() {
      validator.dispose();
      driver.dispose();
    },
  };
}
