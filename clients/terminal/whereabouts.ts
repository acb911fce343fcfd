import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Labels, readLabels } from '../config-tool/labels.ts';

/** What a running `up` left in its data directory: saves typing addresses and labels in the lab. */
export interface Whereabouts {
  cloudUrl: string;
  gatewayUrl: string;
  labels: Labels;
}

export function readWhereabouts(dataDir: string): Whereabouts | undefined {
  try {
    const text = readFileSync(join(dataDir, 'up.json'), 'utf8');
    const { cloud, gateway } = JSON.parse(text) as { cloud: { url: string }; gateway: { url: string } };
    return {
      cloudUrl: cloud.url,
      gatewayUrl: gateway.url,
      labels: readLabels([text.replaceAll('\n', ' ')], 'up.json'),
    };
  } catch {
    return undefined;
  }
}
