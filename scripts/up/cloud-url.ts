import { urlHost } from '../../core/runtime/listen.ts';

/** Where the cloud will be, told to the other parts before it stands: under its certificate's name, or at the address it listens on. */
export const cloudUrlOf = (at: { host: string; port: number; certificateName: string | undefined }): string =>
  at.certificateName ? `https://${at.certificateName}:${at.port}` : `http://${urlHost(at.host)}:${at.port}`;
