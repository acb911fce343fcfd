/**
 * Ways to sign in over ONVIF. A camera takes all of them unless it is told otherwise: clients differ in the one they
 * know, and some cameras in the one they take.
 */
export const signInWays = ['password-text', 'password-digest', 'http-md5', 'http-sha256'] as const;
export type SignInWay = (typeof signInWays)[number];

/** The way by which an algorithm of HTTP digest goes. */
export const wayOf = { MD5: 'http-md5', 'SHA-256': 'http-sha256' } as const;
