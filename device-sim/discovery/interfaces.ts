import { BlockList, isIPv4 } from 'node:net';
import { networkInterfaces } from 'node:os';

/** One IPv4 address of this machine. */
export interface LocalAddress {
  interfaceName: string;
  address: string;
  internal: boolean;
  /** Is the other address in the same network? */
  reaches(peer: string): boolean;
}

/** IPv4 addresses of the machine, or of one of its interfaces. */
export function localAddresses(interfaceName?: string): LocalAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    interfaceName !== undefined && name !== interfaceName
      ? []
      : addresses
          .filter(({ family }) => family === 'IPv4')
          .map(({ address, internal, cidr }) => {
            const network = new BlockList();
            network.addSubnet(address, Number(cidr?.split('/')[1] ?? 32), 'ipv4');
            return {
              interfaceName: name,
              address,
              internal,
              reaches: (peer: string) => isIPv4(peer) && network.check(peer, 'ipv4'),
            };
          }),
  );
}

/** The address by which a peer can reach a camera that listens on all of them. */
export function addressFor(peer: string | undefined, addresses: readonly LocalAddress[]): string {
  const near = peer === undefined ? undefined : addresses.find((one) => one.reaches(peer));
  return (near ?? addresses.find(({ internal }) => !internal) ?? addresses[0])?.address ?? '127.0.0.1';
}
