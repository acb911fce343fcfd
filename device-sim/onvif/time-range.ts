/** ONVIF_SET_WRONG_TIME of the Tapo code list (O14). The range itself is not public: what 32 bits of seconds hold. */
export const wrongTime = -69061;
const range = [Date.UTC(2000, 0, 1), Date.UTC(2038, 0, 1)] as const;

/** Does a camera with the quirk `time-in-range` take this instant? */
export const withinRange = (at: number): boolean => at >= range[0] && at < range[1];
