import { parseXsDateTime, parseXsDuration } from '../../core/onvif/duration.ts';
import { SoapFault } from '../../core/soap/fault.ts';
import type { XmlElement } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';

const missing = (name: string) => new SoapFault(['ter:InvalidArgs'], `${name} is missing`);
const wrongType = (name: string, wanted: string) => new SoapFault(['ter:InvalidArgs'], `${name} is not ${wanted}`);

/** A value that is of the right type but will not do (Core §5.8.2.3). */
export const invalidValue = (reason: string, subcode?: string) =>
  new SoapFault(['ter:InvalidArgVal', ...(subcode ? [subcode] : [])], reason);

/**
 * The arguments of one request, or a part of them: every read checks type and presence and faults as the specification
 * says. Direct arguments must be in the service's namespace; deeper down names are taken in any.
 */
export class Arguments {
  constructor(
    readonly element: XmlElement,
    private readonly ns?: string,
  ) {}

  private find(name: string): XmlElement | undefined {
    let stranger = false;
    for (const child of this.element.children) {
      if (child.name !== name) continue;
      if (this.ns === undefined || child.ns === this.ns) return child;
      stranger = true;
    }
    if (stranger) throw new SoapFault(['ter:TagMismatch'], `${name} is not in the namespace ${this.ns}`);
    return undefined;
  }

  has(name: string): boolean {
    return this.find(name) !== undefined;
  }

  /** Text that must be there; it may be empty. */
  text(name: string): string {
    const found = this.find(name);
    if (!found) throw missing(name);
    return found.text.trim();
  }
  optionalText(name: string): string | undefined {
    return this.find(name)?.text.trim();
  }
  texts(name: string): string[] {
    this.find(name);
    return this.element.children.filter((child) => child.name === name).map((child) => child.text.trim());
  }

  /** One word of a list the schema gives. */
  oneOf<const V extends string>(name: string, values: readonly V[]): V {
    return wordOf(name, this.text(name), values);
  }
  optionalOneOf<const V extends string>(name: string, values: readonly V[]): V | undefined {
    const text = this.optionalText(name);
    return text === undefined ? undefined : wordOf(name, text, values);
  }

  flag(name: string): boolean {
    return flagOf(name, this.text(name));
  }
  optionalFlag(name: string): boolean | undefined {
    const text = this.optionalText(name);
    return text === undefined ? undefined : flagOf(name, text);
  }

  int(name: string): number {
    return intOf(name, this.text(name));
  }
  optionalInt(name: string): number | undefined {
    const text = this.optionalText(name);
    return text === undefined ? undefined : intOf(name, text);
  }

  float(name: string): number {
    return floatOf(name, this.text(name));
  }
  optionalFloat(name: string): number | undefined {
    const text = this.optionalText(name);
    return text === undefined ? undefined : floatOf(name, text);
  }

  /** xs:duration in milliseconds. */
  duration(name: string, camera: Camera): number {
    return durationOf(name, this.text(name), camera);
  }
  optionalDuration(name: string, camera: Camera): number | undefined {
    const text = this.optionalText(name);
    return text === undefined || text === '' ? undefined : durationOf(name, text, camera);
  }

  dateTime(name: string): number {
    const at = parseXsDateTime(this.text(name));
    if (at === undefined) throw wrongType(name, 'an xs:dateTime');
    return at;
  }

  /** A structure that must be there. */
  part(name: string): Arguments {
    const found = this.find(name);
    if (!found) throw missing(name);
    return new Arguments(found);
  }
  optionalPart(name: string): Arguments | undefined {
    const found = this.find(name);
    return found && new Arguments(found);
  }
  parts(name: string): Arguments[] {
    this.find(name);
    return this.element.children.filter((child) => child.name === name).map((child) => new Arguments(child));
  }

  attribute(name: string): string {
    const value = this.element.attributes[name];
    if (value === undefined) throw new SoapFault(['ter:MissingAttr'], `the attribute ${name} is missing`);
    return value.trim();
  }
  optionalAttribute(name: string): string | undefined {
    return this.element.attributes[name]?.trim();
  }
  intAttribute(name: string): number {
    return intOf(name, this.attribute(name));
  }
  floatAttribute(name: string): number {
    return floatOf(name, this.attribute(name));
  }
}

function wordOf<const V extends string>(name: string, text: string, values: readonly V[]): V {
  const found = values.find((value) => value === text);
  if (found === undefined) throw invalidValue(`${name} is "${text}", not one of ${values.join(', ')}`);
  return found;
}

function flagOf(name: string, text: string): boolean {
  if (text === 'true' || text === '1') return true;
  if (text === 'false' || text === '0') return false;
  throw wrongType(name, 'an xs:boolean');
}

function intOf(name: string, text: string): number {
  if (!/^[+-]?\d{1,10}$/.test(text) || Math.abs(Number(text)) > 0x7fffffff) throw wrongType(name, 'an xs:int');
  return Number(text);
}

function floatOf(name: string, text: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(Number(text)))
    throw wrongType(name, 'an xs:float');
  return Number(text);
}

/** Some firmware knows whole seconds only (quirk `no-fractional-durations`). */
export function durationOf(name: string, text: string, camera: Camera): number {
  const ms = parseXsDuration(text);
  if (ms === undefined) throw wrongType(name, 'an xs:duration');
  if (text.includes('.') && camera.quirk('no-fractional-durations'))
    throw invalidValue(`${name} is "${text}": whole seconds only`);
  return ms;
}
