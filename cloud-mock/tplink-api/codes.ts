/** Error codes of the TP-Link cloud, as public clients know them (facts/vigi.md §5.3). */
export const tplinkCodes = {
  generic: -10000,
  parameterMissing: -20104,
  emailFormat: -20200,
  wrongRegion: -20212,
  unbindFailed: -20503,
  boundElsewhere: -20506,
  accountNotFound: -20600,
  wrongPassword: -20601,
  accountNotActive: -20602,
  wrongVerificationCode: -20607,
  passwordFormat: -20615,
  emailExists: -20621,
  tokenExpired: -20651,
  refreshTokenExpired: -20655,
  accountLockedV1: -20661,
  accountLockedV2: -20675,
  mfaRequired: -20677,
  deviceCloudClient: -51200,
  deviceTimeout: -51215,
  deviceOffline: -51218,
} as const;

/** A refusal in TP-Link's form: always HTTP 200, `error_code` not 0. */
export class TplinkRefusal extends Error {
  override name = 'TplinkRefusal';
  constructor(
    readonly errorCode: number,
    message: string,
    readonly result?: object,
  ) {
    super(message);
  }
}
