import { formatLabel, formatLabelSecret } from '../core/pairing/label-secret.ts';
import type { Camera } from './camera.ts';

/** What is printed on the label at the back of a camera. */
export interface CameraLabel {
  name: string;
  marketName: string;
  serial: string;
  mac: string;
  /** In groups of seven, as a person types it. */
  labelSecret: string;
  /** What the QR says. */
  label: string;
}

export const labelOf = ({ name, profile, identity }: Camera): CameraLabel => ({
  name,
  marketName: profile.marketName,
  serial: identity.serial,
  mac: identity.mac,
  labelSecret: formatLabelSecret(identity.labelSecret),
  label: formatLabel(identity.serial, identity.labelSecret),
});
