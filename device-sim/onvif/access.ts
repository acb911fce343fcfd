import type { CameraUser, UserLevel } from '../camera.ts';
import type { AccessClass } from './behavior.ts';

/** The default access policy (Core §5.9.4.4). */
const levelsOf: Record<AccessClass, ReadonlySet<UserLevel>> = {
  PRE_AUTH: new Set(['Administrator', 'Operator', 'User']),
  READ_SYSTEM: new Set(['Administrator', 'Operator', 'User']),
  READ_SYSTEM_SENSITIVE: new Set(['Administrator', 'Operator']),
  READ_SYSTEM_SECRET: new Set(['Administrator']),
  WRITE_SYSTEM: new Set(['Administrator']),
  UNRECOVERABLE: new Set(['Administrator']),
  READ_MEDIA: new Set(['Administrator', 'Operator', 'User']),
  ACTUATE: new Set(['Administrator', 'Operator']),
};

export const mayUse = (user: CameraUser, access: AccessClass): boolean => levelsOf[access].has(user.level);
