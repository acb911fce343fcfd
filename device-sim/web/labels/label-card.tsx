import { Qr } from '../parts/qr.tsx';
import type { CameraLabel } from '../wire.ts';
import classes from './labels.module.css';

/** The label of one camera: dark on white in both schemes, as on paper. */
export const LabelCard = ({ label }: { label: CameraLabel }) => (
  <div className={classes.label}>
    <Qr text={label.label} label={`QR code of the label of ${label.name}`} size={148} />
    <div>
      <b>{label.marketName}</b>
      <span>{label.name}</span>
      <span>S/N {label.serial}</span>
      <span>MAC {label.mac}</span>
      <span className={classes.labelSecret}>{label.labelSecret}</span>
    </div>
  </div>
);
