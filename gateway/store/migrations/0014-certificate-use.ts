import type { Migration } from './migration.ts';

export const certificateUse: Migration = {
  name: '0014-certificate-use',
  statements: [
    // When the camera first came with it. Until then nobody knows whether the certificate arrived.
    'ALTER TABLE device_certificates ADD COLUMN used_at INTEGER',
    'UPDATE device_certificates SET used_at = issued_at',
  ],
};
