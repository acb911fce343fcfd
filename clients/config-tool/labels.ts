import { readFileSync } from 'node:fs';
import { formatLabel, parseLabel, parseLabelSecret } from '../../core/pairing/label-secret.ts';
import { UsageError } from '../../core/runtime/settings.ts';

/** Label secrets by serial, as text for the gateway. */
export type Labels = Map<string, string>;

interface ReadyCamera {
  serial?: string;
  labelSecret?: string;
}

/** Cameras of a simulator's ready line, alone or inside the line of `up`. */
function readyCameras(line: string): ReadyCamera[] {
  try {
    const parsed = JSON.parse(line) as { cameras?: ReadyCamera[]; sim?: { cameras?: ReadyCamera[] } };
    return parsed.cameras ?? parsed.sim?.cameras ?? [];
  } catch {
    return [];
  }
}

/** Read labels: what a QR says (`VIGIL1:<serial>:<secret>`), one a line, or the ready line of the simulator. */
export function readLabels(texts: string[], source: string): Labels {
  const labels: Labels = new Map();
  for (const text of texts) {
    const cameras = text.trimStart().startsWith('{') ? readyCameras(text) : [];
    for (const { serial, labelSecret } of cameras) {
      const secret = labelSecret && parseLabelSecret(labelSecret);
      if (serial && secret) labels.set(serial, formatLabel(serial, secret).split(':')[2]!);
    }
    if (cameras.length > 0 || text.trim() === '' || text.startsWith('#')) continue;
    const label = parseLabel(text);
    if (!label)
      throw new UsageError(
        `${source}: "${text.slice(0, 40)}" is no camera label: its text looks like VIGIL1:SIM0000000001:ABCDEFG-…`,
      );
    labels.set(label.serial, formatLabel(label.serial, label.secret).split(':')[2]!);
  }
  return labels;
}

export function readLabelFile(path: string): Labels {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new UsageError(`the label file ${path} cannot be read`);
  }
  // up.json is one object over many lines; a list of labels is one a line.
  return readLabels(text.trimStart().startsWith('{') ? [text.replaceAll('\n', ' ')] : text.split('\n'), path);
}
