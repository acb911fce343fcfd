import { parseXml, XmlError } from '../../core/soap/parse-xml.ts';
import { childOf, textAt, type XmlElement } from '../../core/soap/xml.ts';
import { OnvifError, type OnvifFailure } from './errors.ts';

/** Bounds on what a camera may make us hold and walk: a GetProfiles of a large recorder is about 200 kB. */
export const answerLimits = { maxBytes: 1024 * 1024, maxDepth: 48, maxNodes: 20_000 } as const;

/** The body element of a SOAP answer. A fault, and whatever is no SOAP, is thrown as OnvifError. */
export function readAnswer(status: number, text: string): XmlElement {
  let root: XmlElement;
  try {
    root = parseXml(text, { ...answerLimits, maxLength: answerLimits.maxBytes });
  } catch (error) {
    if (!(error instanceof XmlError)) throw error;
    throw (
      httpFailure(status) ?? new OnvifError('answer_invalid', `not readable: ${error.message}`, [], { cause: error })
    );
  }
  const body = root.name === 'Envelope' ? childOf(root, 'Body') : undefined;
  const content = body?.children[0];
  if (content?.name === 'Fault') throw faultError(content);
  const failure = httpFailure(status);
  if (failure) throw failure;
  if (!body) throw new OnvifError('answer_invalid', 'the answer is not SOAP');
  return body;
}

/** What a bare HTTP status says; undefined for success and for statuses that carry a fault. */
function httpFailure(status: number): OnvifError | undefined {
  if (status === 401 || status === 403)
    return new OnvifError('refused', 'the camera does not accept this user name and password');
  if (status === 423 || status === 429) return new OnvifError('locked', 'the camera accepts no sign-in for now');
  if (status === 404 || status === 405)
    return new OnvifError('answer_invalid', `no ONVIF service at this path (HTTP ${status})`);
  if (status >= 300) return new OnvifError('answer_invalid', `HTTP ${status} instead of an answer`);
  return undefined;
}

const failureBySubcode: Record<string, OnvifFailure> = {
  NotAuthorized: 'refused',
  FailedAuthentication: 'refused',
  InvalidSecurity: 'refused',
  InvalidSecurityToken: 'refused',
  ActionNotSupported: 'unsupported',
  NoSuchService: 'unsupported',
  UnknownAction: 'unsupported',
};

function faultError(fault: XmlElement): OnvifError {
  const subcodes: string[] = [];
  for (let at = childOf(childOf(fault, 'Code'), 'Subcode'); at; at = childOf(at, 'Subcode')) {
    const value = textAt(at, 'Value');
    if (value) subcodes.push(value.slice(value.indexOf(':') + 1).slice(0, 64));
  }
  const reason = (textAt(fault, 'Reason', 'Text') || textAt(fault, 'faultstring') || 'a fault without a reason').slice(
    0,
    200,
  );
  let failure = subcodes.map((code) => failureBySubcode[code]).find((known) => known) ?? 'fault';
  if (failure === 'refused' || failure === 'fault') {
    if (/not (yet |been )*(initiali[sz]ed|activated)|uninitiali[sz]ed/i.test(reason)) failure = 'uninitialized';
    else if (/\block(ed|out)?\b/i.test(reason)) failure = 'locked';
  }
  return new OnvifError(failure, reason, subcodes);
}

type Shaped = string | { [name: string]: Shaped[] | Record<string, string> | string };

/**
 * An element as the `onvif` package expects it from its own XML reader (xml2js): lists of children under their local
 * name with a small first letter, attributes under `$`. The package never sees a text from a camera itself: its reader
 * has no bound on depth, and it strips namespaces with a pattern that a hostile text makes quadratic.
 */
export function shapeForPackage(element: XmlElement): Shaped {
  const attributes = Object.entries(element.attributes);
  const text = element.text.trim() === '' ? '' : element.text;
  if (attributes.length === 0 && element.children.length === 0) return text;
  const shaped: { [name: string]: Shaped[] | Record<string, string> | string } = Object.create(null);
  if (attributes.length > 0) {
    const plain: Record<string, string> = Object.create(null);
    for (const [name, value] of attributes) plain[name.replace(/^\{.*\}/, '')] = value;
    shaped['$'] = plain;
  }
  if (text !== '') shaped['_'] = text;
  for (const child of element.children) {
    const name = smallFirst(child.name);
    if (name === '__proto__' || name === 'constructor' || name === 'prototype') continue;
    const list = shaped[name];
    if (Array.isArray(list)) list.push(shapeForPackage(child));
    else shaped[name] = [shapeForPackage(child)];
  }
  return shaped;
}

/** `UTCDateTime` and other names that begin with two capitals stay. */
const smallFirst = (name: string) => {
  const second = name.charAt(1);
  return second && second.toUpperCase() !== second ? name.charAt(0).toLowerCase() + name.slice(1) : name;
};
