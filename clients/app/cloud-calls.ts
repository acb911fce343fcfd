/** The calls of the cloud that the App may make through its server; nothing else of the cloud is reached this way. */
const calls: readonly [method: string, path: RegExp][] = [
  [
    'POST',
    /^\/api\/v2\/account\/(login|checkMFACodeAndLogin|refreshToken|logout|getMFAFeatureStatus|getAccountStatusAndUrl)$/,
  ],
  ['POST', /^\/api\/v2\/common\/(getDeviceList|helloCloud)$/],
  ['POST', /^\/api\/v1\/sign-in\/lost-device$/],
  ['POST', /^\/api\/v1\/elevations$/],
];

export const isCloudCall = (method: string, path: string) =>
  calls.some(([verb, pattern]) => verb === method && pattern.test(path));
