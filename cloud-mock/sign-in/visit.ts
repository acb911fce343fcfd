import type { DoorId } from '../doors.ts';

/** Who comes in, and where: goes into the audit log and into mails. */
export interface Visit {
  door: DoorId;
  address: string;
  userAgent: string;
}
