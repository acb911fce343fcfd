import { isIPv4, isIPv6 } from 'node:net';
import { formatXsDuration } from '../../core/onvif/duration.ts';
import { type Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { addressFilter } from '../onvif/address-filter.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import type { Behavior } from '../onvif/behavior.ts';
import { kept } from '../onvif/kept.ts';
import { deviceService } from './device-service.ts';

export const interfaceToken = 'eth0';
const mtuRange = [576, 1500] as const;

interface Host {
  type: 'IPv4' | 'IPv6' | 'DNS';
  text: string;
}

const network = kept('network.interface', () => ({ enabled: true, dhcp: false, mtu: 1500, prefixLength: 24 }));
const hostnameFromDhcp = kept('network.hostname-from-dhcp', () => false);
const dns = kept('network.dns', (): { fromDhcp: boolean; search: string[]; manual: string[] } => ({
  fromDhcp: false,
  search: [],
  manual: [],
}));
export const ntp = kept('network.ntp', (): { fromDhcp: boolean; manual: Host[] } => ({
  fromDhcp: false,
  manual: [{ type: 'DNS', text: 'pool.ntp.org' }],
}));
const dynamicDns = kept('network.dynamic-dns', (): { type: DynamicDnsType; name?: string; ttlMs?: number } => ({
  type: 'NoUpdate',
}));
const gateway = kept('network.gateway', (camera) => ({
  ipv4: isIPv4(camera.address.host) ? [camera.address.host.replace(/\d+$/, '1')] : [],
}));
const zeroConfiguration = kept('network.zero-configuration', () => false);

const dynamicDnsTypes = ['NoUpdate', 'ServerUpdates', 'ClientUpdates'] as const;
type DynamicDnsType = (typeof dynamicDnsTypes)[number];

/** Network settings. The camera's address and ports are the fleet's to give: they can be read and confirmed, not moved. */
export const deviceNetwork: Behavior = {
  name: 'device-network',
  service: deviceService,
  operations: {
    GetHostname: (camera) =>
      xml`<tds:HostnameInformation><tt:FromDHCP>${String(hostnameFromDhcp.read(camera))}</tt:FromDHCP><tt:Name>${camera.state.hostname}</tt:Name></tds:HostnameInformation>`,

    SetHostname(camera, args) {
      const name = args.text('Name');
      if (name !== '' && !isHostname(name)) throw invalidValue(`"${name}" is no host name`, 'ter:InvalidHostname');
      if (name !== '') camera.state.hostname = name;
      hostnameFromDhcp.write(camera, name === '');
      return undefined;
    },

    SetHostnameFromDHCP(camera, args) {
      hostnameFromDhcp.write(camera, args.flag('FromDHCP'));
      return xml`<tds:RebootNeeded>false</tds:RebootNeeded>`;
    },

    GetDNS(camera) {
      const { fromDhcp, search, manual } = dns.read(camera);
      return xml`<tds:DNSInformation><tt:FromDHCP>${String(fromDhcp)}</tt:FromDHCP>${search.map((domain) => xml`<tt:SearchDomain>${domain}</tt:SearchDomain>`)}${manual.map((address) => xml`<tt:DNSManual>${addressMarkup(address)}</tt:DNSManual>`)}</tds:DNSInformation>`;
    },

    SetDNS(camera, args) {
      const fromDhcp = args.flag('FromDHCP');
      const manual = args.parts('DNSManual').map(addressOf);
      dns.write(camera, { fromDhcp, search: args.texts('SearchDomain'), manual: fromDhcp ? [] : manual });
      return undefined;
    },

    GetNTP(camera) {
      const { fromDhcp, manual } = ntp.read(camera);
      return xml`<tds:NTPInformation><tt:FromDHCP>${String(fromDhcp)}</tt:FromDHCP>${manual.map((host) => xml`<tt:NTPManual>${hostMarkup(host)}</tt:NTPManual>`)}</tds:NTPInformation>`;
    },

    SetNTP(camera, args) {
      const fromDhcp = args.flag('FromDHCP');
      const manual = args.parts('NTPManual').map(hostOf);
      if (!fromDhcp && manual.length === 0 && camera.state.dateTimeType === 'NTP') {
        throw invalidValue('the clock follows NTP and needs a server', 'ter:TimeSyncedToNtp');
      }
      ntp.write(camera, { fromDhcp, manual: fromDhcp ? [] : manual.slice(0, 2) });
      return undefined;
    },

    GetDynamicDNS(camera) {
      const { type, name, ttlMs } = dynamicDns.read(camera);
      return xml`<tds:DynamicDNSInformation><tt:Type>${type}</tt:Type>${name !== undefined && xml`<tt:Name>${name}</tt:Name>`}${ttlMs !== undefined && xml`<tt:TTL>${formatXsDuration(ttlMs)}</tt:TTL>`}</tds:DynamicDNSInformation>`;
    },

    SetDynamicDNS(camera, args) {
      const name = args.optionalText('Name');
      if (name && !isHostname(name)) throw invalidValue(`"${name}" is no DNS name`);
      dynamicDns.write(camera, {
        type: args.oneOf('Type', dynamicDnsTypes),
        ...(name ? { name } : {}),
        ttlMs: args.optionalDuration('TTL', camera),
      });
      return undefined;
    },

    GetNetworkInterfaces(camera) {
      const { enabled, dhcp, mtu, prefixLength } = network.read(camera);
      const address = xml`<tt:Address>${ipv4Of(camera)}</tt:Address><tt:PrefixLength>${prefixLength}</tt:PrefixLength>`;
      const link = xml`<tt:AutoNegotiation>true</tt:AutoNegotiation><tt:Speed>100</tt:Speed><tt:Duplex>Full</tt:Duplex>`;
      return xml`<tds:NetworkInterfaces token="${interfaceToken}"><tt:Enabled>${String(enabled)}</tt:Enabled><tt:Info><tt:Name>eth0</tt:Name><tt:HwAddress>${camera.identity.mac}</tt:HwAddress><tt:MTU>${mtu}</tt:MTU></tt:Info><tt:Link><tt:AdminSettings>${link}</tt:AdminSettings><tt:OperSettings>${link}</tt:OperSettings><tt:InterfaceType>6</tt:InterfaceType></tt:Link><tt:IPv4><tt:Enabled>true</tt:Enabled><tt:Config>${dhcp ? xml`<tt:FromDHCP>${address}</tt:FromDHCP>` : xml`<tt:Manual>${address}</tt:Manual>`}<tt:DHCP>${String(dhcp)}</tt:DHCP></tt:Config></tt:IPv4></tds:NetworkInterfaces>`;
    },

    SetNetworkInterfaces(camera, args) {
      needInterface(args.text('InterfaceToken'));
      const wanted = args.part('NetworkInterface');
      const before = network.read(camera);
      const mtu = wanted.optionalInt('MTU') ?? before.mtu;
      if (mtu < mtuRange[0] || mtu > mtuRange[1])
        throw invalidValue(`an MTU of ${mtu} will not do`, 'ter:InvalidMtuValue');
      const speed = wanted.optionalPart('Link')?.optionalInt('Speed');
      if (speed !== undefined && speed !== 10 && speed !== 100) {
        throw invalidValue(`a speed of ${speed} will not do`, 'ter:InvalidInterfaceSpeed');
      }
      const ipv4 = wanted.optionalPart('IPv4');
      let { prefixLength } = before;
      for (const manual of ipv4?.parts('Manual') ?? []) {
        const address = manual.text('Address');
        prefixLength = manual.int('PrefixLength');
        if (!isIPv4(address) || prefixLength < 0 || prefixLength > 32) {
          throw invalidValue(`"${address}" is no IPv4 address`, 'ter:InvalidIPv4Address');
        }
        // A simulated camera answers at the address the fleet gave it: another one would only be claimed.
        if (address !== ipv4Of(camera)) {
          throw invalidValue(`the address ${ipv4Of(camera)} is given by the fleet`, 'ter:InvalidIPv4Address');
        }
      }
      network.write(camera, { ...before, mtu, prefixLength, dhcp: ipv4?.optionalFlag('DHCP') ?? before.dhcp });
      return xml`<tds:RebootNeeded>false</tds:RebootNeeded>`;
    },

    GetNetworkProtocols(camera) {
      return xml`${protocols(camera).map(([name, port]) => xml`<tds:NetworkProtocols><tt:Name>${name}</tt:Name><tt:Enabled>true</tt:Enabled><tt:Port>${port}</tt:Port></tds:NetworkProtocols>`)}`;
    },

    SetNetworkProtocols(camera, args) {
      const given = protocols(camera);
      for (const wanted of args.parts('NetworkProtocols')) {
        const name = wanted.text('Name');
        const [, port] = given.find(([known]) => known === name) ?? [];
        if (port === undefined) throw invalidValue(`there is no protocol ${name}`, 'ter:ServiceNotSupported');
        const ports = wanted.texts('Port').map(Number);
        const enabled = wanted.flag('Enabled');
        if (!enabled || ports.some((one) => one !== port)) {
          throw invalidValue(
            `${name} on port ${port} is given by the fleet`,
            enabled ? 'ter:PortAlreadyInUse' : undefined,
          );
        }
      }
      return undefined;
    },

    GetNetworkDefaultGateway: (camera) =>
      xml`<tds:NetworkGateway>${gateway.read(camera).ipv4.map((address) => xml`<tt:IPv4Address>${address}</tt:IPv4Address>`)}</tds:NetworkGateway>`,

    SetNetworkDefaultGateway(camera, args) {
      const ipv4 = args.texts('IPv4Address');
      for (const address of ipv4) {
        if (!isIPv4(address)) throw invalidValue(`"${address}" is no IPv4 address`, 'ter:InvalidIPv4Address');
      }
      if (args.texts('IPv6Address').length > 0) throw invalidValue('IPv6 is not spoken here', 'ter:InvalidIPv6Address');
      gateway.write(camera, { ipv4 });
      return undefined;
    },

    GetZeroConfiguration(camera) {
      const enabled = zeroConfiguration.read(camera);
      return xml`<tds:ZeroConfiguration><tt:InterfaceToken>${interfaceToken}</tt:InterfaceToken><tt:Enabled>${String(enabled)}</tt:Enabled>${enabled && xml`<tt:Addresses>${linkLocal(camera)}</tt:Addresses>`}</tds:ZeroConfiguration>`;
    },

    SetZeroConfiguration(camera, args) {
      needInterface(args.text('InterfaceToken'));
      zeroConfiguration.write(camera, args.flag('Enabled'));
      return undefined;
    },

    GetIPAddressFilter(camera) {
      const { type, addresses } = addressFilter.read(camera);
      const markup = (version: 4 | 6) =>
        addresses
          .filter(({ address }) => isIPv4(address) === (version === 4))
          .map(({ address, prefixLength }) => {
            const inside = xml`<tt:Address>${address}</tt:Address><tt:PrefixLength>${prefixLength}</tt:PrefixLength>`;
            return version === 4
              ? xml`<tt:IPv4Address>${inside}</tt:IPv4Address>`
              : xml`<tt:IPv6Address>${inside}</tt:IPv6Address>`;
          });
      return xml`<tds:IPAddressFilter><tt:Type>${type}</tt:Type>${markup(4)}${markup(6)}</tds:IPAddressFilter>`;
    },

    SetIPAddressFilter(camera, args) {
      const filter = args.part('IPAddressFilter');
      addressFilter.write(camera, { type: filter.oneOf('Type', ['Allow', 'Deny']), addresses: prefixesOf(filter) });
      return undefined;
    },

    AddIPAddressFilter(camera, args) {
      const { type, addresses } = addressFilter.read(camera);
      const all = [...addresses, ...prefixesOf(args.part('IPAddressFilter'))];
      if (all.length > maxFilters) throw invalidValue(`at most ${maxFilters} filters`, 'ter:IPFilterListIsFull');
      addressFilter.write(camera, { type, addresses: all });
      return undefined;
    },

    RemoveIPAddressFilter(camera, args) {
      const { type, addresses } = addressFilter.read(camera);
      const gone = prefixesOf(args.part('IPAddressFilter'));
      const same = (a: Prefix, b: Prefix) => a.address === b.address && a.prefixLength === b.prefixLength;
      for (const one of gone) {
        if (!addresses.some((kept) => same(kept, one))) {
          throw invalidValue(
            `${one.address} is not in the filter`,
            isIPv4(one.address) ? 'ter:NoIPv4Address' : 'ter:NoIPv6Address',
          );
        }
      }
      addressFilter.write(camera, {
        type,
        addresses: addresses.filter((kept) => !gone.some((one) => same(kept, one))),
      });
      return undefined;
    },
  },
};

const maxFilters = 32;
interface Prefix {
  address: string;
  prefixLength: number;
}

function needInterface(token: string) {
  if (token !== interfaceToken) throw invalidValue(`there is no interface "${token}"`, 'ter:InvalidNetworkInterface');
}

/** RFC 1123 §2.1: labels of letters, digits and hyphens. */
export const isHostname = (name: string) =>
  name.length <= 253 && name.split('.').every((label) => /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)$/.test(label));

const ipv4Of = (camera: Camera) => (isIPv4(camera.address.host) ? camera.address.host : '127.0.0.1');

const protocols = ({ address: { ports } }: Camera): [name: string, port: number][] => [
  ['HTTP', ports.http],
  ['HTTPS', ports.https],
  ['RTSP', ports.rtsp],
];

/** An RFC 3927 address that follows from the MAC. */
const linkLocal = ({ identity }: Camera) => {
  const [high, low] = identity.mac
    .split(':')
    .slice(4)
    .map((byte) => Number.parseInt(byte, 16)) as [number, number];
  return `169.254.${1 + (high % 254)}.${low}`;
};

function addressOf(part: Arguments): string {
  const version = part.oneOf('Type', ['IPv4', 'IPv6']);
  const address = part.text(`${version}Address`);
  if (!(version === 'IPv4' ? isIPv4(address) : isIPv6(address))) {
    throw invalidValue(`"${address}" is no ${version} address`, `ter:Invalid${version}Address`);
  }
  return address;
}

const addressMarkup = (address: string): Xml =>
  isIPv4(address)
    ? xml`<tt:Type>IPv4</tt:Type><tt:IPv4Address>${address}</tt:IPv4Address>`
    : xml`<tt:Type>IPv6</tt:Type><tt:IPv6Address>${address}</tt:IPv6Address>`;

function hostOf(part: Arguments): Host {
  const type = part.oneOf('Type', ['IPv4', 'IPv6', 'DNS']);
  if (type !== 'DNS') return { type, text: addressOf(part) };
  const text = part.text('DNSname');
  if (!isHostname(text)) throw invalidValue(`"${text}" is no DNS name`, 'ter:InvalidDnsName');
  return { type, text };
}

const hostMarkup = ({ type, text }: Host): Xml =>
  type === 'DNS' ? xml`<tt:Type>DNS</tt:Type><tt:DNSname>${text}</tt:DNSname>` : addressMarkup(text);

const prefixesOf = (filter: Arguments): Prefix[] => [
  ...filter.parts('IPv4Address').map((part) => prefixOf(part, 'IPv4')),
  ...filter.parts('IPv6Address').map((part) => prefixOf(part, 'IPv6')),
];

function prefixOf(part: Arguments, version: 'IPv4' | 'IPv6'): Prefix {
  const address = part.text('Address');
  const prefixLength = part.int('PrefixLength');
  const good = version === 'IPv4' ? isIPv4(address) && prefixLength <= 32 : isIPv6(address) && prefixLength <= 128;
  if (!good || prefixLength < 0) {
    throw invalidValue(`"${address}/${prefixLength}" is no ${version} prefix`, `ter:Invalid${version}Address`);
  }
  return { address, prefixLength };
}
