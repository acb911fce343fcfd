import { namespaces } from './namespaces.ts';
import { escapeXml, type Xml } from './xml.ts';

export type FaultCode = 'Sender' | 'Receiver' | 'VersionMismatch' | 'MustUnderstand' | 'DataEncodingUnknown';

/** HTTP status by fault code (SOAP 1.2 part 2, table 20). 401 stands for a missing sign-in where HTTP digest is offered. */
export const faultStatus: Record<FaultCode, number> = {
  Sender: 400,
  Receiver: 500,
  VersionMismatch: 500,
  MustUnderstand: 500,
  DataEncodingUnknown: 500,
};

/** First subcodes that blame the receiver (Core §5.8.2.3). */
const receiverSubcodes = new Set(['ter:ActionNotSupported', 'ter:Action', 'ter:OutofMemory', 'ter:CriticalError']);

export interface FaultOptions {
  /** Only where the specification departs from what the first subcode says. */
  code?: FaultCode;
  /** Children of env:Detail. */
  detail?: Xml;
  /** Header blocks that go with the fault. */
  header?: Xml;
  /** Only where the status does not follow from the code. */
  status?: number;
  cause?: unknown;
}

/** A SOAP 1.2 fault: subcodes as QNames from the outer to the inner one, a reason in English. */
export class SoapFault extends Error {
  override name = 'SoapFault';
  readonly code: FaultCode;
  readonly status: number;
  readonly detail: Xml | undefined;
  readonly header: Xml | undefined;
  constructor(
    readonly subcodes: readonly string[],
    reason: string,
    options: FaultOptions = {},
  ) {
    super(reason, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = options.code ?? (receiverSubcodes.has(subcodes[0] ?? '') ? 'Receiver' : 'Sender');
    this.status = options.status ?? faultStatus[this.code];
    this.detail = options.detail;
    this.header = options.header;
  }
}

const subcodeMarkup = (subcodes: readonly string[]): string => {
  const [first, ...rest] = subcodes;
  return first === undefined
    ? ''
    : `<s:Subcode><s:Value>${escapeXml(first)}</s:Value>${subcodeMarkup(rest)}</s:Subcode>`;
};

/** The whole answer, with every prefix a subcode may use bound on the envelope. */
export function formatFault(fault: SoapFault, addressing?: Xml): string {
  const header = `${addressing?.markup ?? ''}${fault.header?.markup ?? ''}`;
  return (
    `<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="${namespaces.s}" xmlns:ter="${namespaces.ter}"` +
    ` xmlns:wsa="${namespaces.wsa}" xmlns:wsnt="${namespaces.wsnt}" xmlns:wsrf-bf="${namespaces['wsrf-bf']}"` +
    ` xmlns:wsrf-rw="${namespaces['wsrf-rw']}" xmlns:tev="${namespaces.tev}">` +
    `${header ? `<s:Header>${header}</s:Header>` : ''}<s:Body><s:Fault><s:Code><s:Value>s:${fault.code}</s:Value>` +
    `${subcodeMarkup(fault.subcodes)}</s:Code><s:Reason><s:Text xml:lang="en">${escapeXml(fault.message)}</s:Text>` +
    `</s:Reason>${fault.detail ? `<s:Detail>${fault.detail.markup}</s:Detail>` : ''}</s:Fault></s:Body></s:Envelope>`
  );
}
