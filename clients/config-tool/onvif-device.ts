import { request } from 'node:http';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { parseXml } from '../../core/soap/parse-xml.ts';
import { formatUsernameToken } from '../../core/soap/ws-security.ts';
import { childOf, childrenOf, escapeXml, textAt, type XmlElement } from '../../core/soap/xml.ts';
import { DeviceRefusal } from './local-api.ts';

const soap = 'http://www.w3.org/2003/05/soap-envelope';
const largestAnswerBytes = 256 * 1024;
const answerWithinMs = 15_000;

/** How a camera gets its IPv4 address. */
export type Ipv4Plan = { dhcp: true } | { dhcp: false; address: string; prefix: number; gateway?: string };

/**
 * What VIGI's local API has no public call for, by ONVIF's device service (ONVIF Core §8.1–8.3), as the admin. Every camera
 * that speaks ONVIF understands it. Throws DeviceRefusal.
 */
export interface OnvifDevice {
  setIpv4(plan: Ipv4Plan): Promise<{ rebootNeeded: boolean }>;
  reboot(): Promise<void>;
  /** Everything goes: users, settings, pairing. The address stays with `keepAddress`. */
  factoryReset(keepAddress: boolean): Promise<void>;
}

export async function openOnvifDevice(
  url: string,
  password: string,
  { clock, random }: { clock: Clock; random: Random },
): Promise<OnvifDevice> {
  // Signed with the camera's own time: a token that is minutes off is refused as a wrong password would be.
  const offsetMs = await readClock(url, clock);
  const call = async (body: string): Promise<XmlElement> => {
    const token = formatUsernameToken({
      username: 'admin',
      password,
      nonce: random.bytes(16),
      created: new Date(clock.now() + offsetMs).toISOString(),
    }).markup;
    return ask(url, `<s:Header>${token}</s:Header>`, body);
  };
  const device = (operation: string, inner = '') =>
    call(`<${operation} xmlns="${namespaces.tds}">${inner}</${operation}>`);
  return {
    async setIpv4(plan) {
      const interfaces = (await device('GetNetworkInterfaces')).children[0];
      const token = childrenOf(interfaces, 'NetworkInterfaces')[0]?.attributes['token'];
      if (!token) throw new DeviceRefusal(-1, 'the camera names no network interface');
      const manual = plan.dhcp
        ? ''
        : `<Manual xmlns="${namespaces.tt}"><Address>${escapeXml(plan.address)}</Address><PrefixLength>${plan.prefix}</PrefixLength></Manual>`;
      const answer = await device(
        'SetNetworkInterfaces',
        `<InterfaceToken>${escapeXml(token)}</InterfaceToken><NetworkInterface><Enabled xmlns="${namespaces.tt}">true</Enabled><IPv4 xmlns="${namespaces.tt}"><Enabled>true</Enabled>${manual}<DHCP>${plan.dhcp}</DHCP></IPv4></NetworkInterface>`,
      );
      if (!plan.dhcp && plan.gateway !== undefined)
        await device('SetNetworkDefaultGateway', `<IPv4Address>${escapeXml(plan.gateway)}</IPv4Address>`);
      return { rebootNeeded: textAt(answer.children[0], 'RebootNeeded')?.trim() === 'true' };
    },
    async reboot() {
      await device('SystemReboot');
    },
    async factoryReset(keepAddress) {
      await device('SetSystemFactoryDefault', `<FactoryDefault>${keepAddress ? 'Soft' : 'Hard'}</FactoryDefault>`);
    },
  };
}

async function readClock(url: string, clock: Clock): Promise<number> {
  const body = await ask(url, '', `<GetSystemDateAndTime xmlns="${namespaces.tds}"/>`);
  const utc = childOf(childOf(body.children[0], 'SystemDateAndTime'), 'UTCDateTime');
  const number = (...path: string[]) => Number(textAt(utc, ...path) ?? Number.NaN);
  const at = Date.UTC(
    number('Date', 'Year'),
    number('Date', 'Month') - 1,
    number('Date', 'Day'),
    number('Time', 'Hour'),
    number('Time', 'Minute'),
    number('Time', 'Second'),
  );
  return Number.isNaN(at) ? 0 : at - clock.now();
}

/** One SOAP call; the body of the answer. */
function ask(url: string, header: string, body: string): Promise<XmlElement> {
  return new Promise((resolve, reject) => {
    const text = `<s:Envelope xmlns:s="${soap}">${header}<s:Body>${body}</s:Body></s:Envelope>`;
    const outgoing = request(
      url,
      {
        method: 'POST',
        agent: false,
        timeout: answerWithinMs,
        headers: { 'content-type': 'application/soap+xml; charset=utf-8', 'content-length': Buffer.byteLength(text) },
      },
      (incoming) => {
        const parts: Buffer[] = [];
        let size = 0;
        incoming.on('data', (part: Buffer) => {
          size += part.length;
          if (size > largestAnswerBytes) outgoing.destroy(new Error('the camera answers without end'));
          else parts.push(part);
        });
        incoming.on('end', () => {
          try {
            resolve(bodyOf(Buffer.concat(parts).toString('utf8'), incoming.statusCode ?? 0));
          } catch (error) {
            reject(error);
          }
        });
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('error', (error: NodeJS.ErrnoException) =>
      reject(new DeviceRefusal(-1, `the camera does not answer by ONVIF (${error.code ?? error.message})`)),
    );
    outgoing.end(text);
  });
}

function bodyOf(text: string, status: number): XmlElement {
  let body: XmlElement | undefined;
  try {
    body = childOf(parseXml(text), 'Body');
  } catch {
    // Said below: what cannot be read is no answer.
  }
  const fault = childOf(body, 'Fault');
  const codes = JSON.stringify(childOf(fault, 'Code') ?? '');
  if (status === 401 || codes.includes('NotAuthorized')) throw new DeviceRefusal(-40401, 'the password is wrong');
  if (fault) {
    const reason = textAt(fault, 'Reason', 'Text')?.trim();
    throw new DeviceRefusal(-1, `the camera refuses: ${reason || 'without a reason'}`);
  }
  if (!body) throw new DeviceRefusal(-1, 'the camera does not answer like an ONVIF device');
  return body;
}
