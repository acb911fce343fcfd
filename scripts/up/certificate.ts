import { writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { urlHost } from '../../core/runtime/listen.ts';
import { namesOf } from '../../gateway/addresses.ts';
import { openAuthority } from '../../gateway/tls/authority.ts';
import type { DataDir } from './data-dir.ts';

export interface HouseCertificate {
  /** The name or address to show in URLs. */
  name: string;
  /** This machine's own. */
  addresses: string[];
  caFile: string;
  certFile: string;
  keyFile: string;
}

/** One certificate for this machine by the gateway's local CA: the cloud serves it too, so a browser trusts one CA. */
export async function houseCertificate(dataDir: DataDir, host: string, deps: RuntimeDeps): Promise<HouseCertificate> {
  const authority = await openAuthority(join(dataDir.part('gateway'), 'tls'), deps);
  const names = namesOf(host);
  const { cert, key } = await authority.issueServer(names);
  const keep = (path: string, text: string, mode: number) => {
    writeFileSync(path, text, { mode });
    return path;
  };
  return {
    name: urlHost(names[0]!),
    addresses: names.filter((name) => isIP(name) !== 0),
    caFile: keep(join(dataDir.path, 'ca.pem'), authority.caPem, 0o644),
    certFile: keep(join(dataDir.part('cloud'), 'tls-cert.pem'), cert, 0o600),
    keyFile: keep(join(dataDir.part('cloud'), 'tls-key.pem'), key, 0o600),
  };
}
