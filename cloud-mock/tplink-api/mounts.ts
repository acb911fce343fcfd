import express, { type Request, type RequestHandler } from 'express';
import { z } from 'zod';
import type { Log } from '../../core/runtime/log.ts';
import { homeRegion, isRegion } from '../accounts/accounts.ts';
import { toCloudError } from '../api/answer-errors.ts';
import { type Mount, visitOf } from '../api/app.ts';
import { codeBodyLimitBytes } from '../api/route.ts';
import type { DoorId } from '../doors.ts';
import type { Visit } from '../sign-in/visit.ts';
import { type Asked, codeBody, loginBody, refreshBody, regionPath, type TplinkAccount } from './account.ts';
import { TplinkRefusal, tplinkCodes } from './codes.ts';
import type { TplinkDevices } from './devices.ts';

type Params = Record<string, unknown>;
interface Call {
  visit: Visit;
  params: Params;
  token: string | undefined;
  asked: Asked;
}
type Method = (call: Call) => Promise<object>;

/** Parameters by schema; TP-Link has one code for what is missing or unreadable. */
function parse<T extends z.ZodType>(schema: T, params: Params): z.infer<T> {
  const result = schema.safeParse(params);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join('.') ?? 'params';
  throw new TplinkRefusal(tplinkCodes.parameterMissing, `${where} is missing or not valid`);
}

/** Which part of a list: how public clients count is not known; here `index` is the place of the first. */
const pageBody = z.looseObject({
  index: z
    .int()
    .min(0)
    .nullish()
    .transform((given) => given ?? 0),
  limit: z.int().min(1).nullish(),
});

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);

/**
 * TP-Link's JSON API as public clients speak it: v2 by path, v1 by `method` on one address. Every answer is HTTP 200 with
 * `error_code`. Signatures (`X-Authorization`) are let through unread: any AccessKey is good here.
 */
export function tplinkMounts(deps: {
  account: TplinkAccount;
  devices: TplinkDevices;
  publicUrl: string;
  log: Log;
}): Mount[] {
  const { account, devices, publicUrl, log } = deps;

  const accountStatus: Method = async ({ params, asked }) => {
    parse(z.looseObject({ cloudUserName: z.string().max(254) }), params);
    return account.status(asked);
  };
  const notOffered: Method = async () => {
    throw new TplinkRefusal(
      tplinkCodes.generic,
      'Codes by push or e-mail are not offered: use the authenticator app (type 3)',
    );
  };
  const deviceList: Method = async ({ token }) => ({ deviceList: await devices.list(await account.sessionOf(token)) });
  const passthrough: Method = async ({ params, token }) => {
    const session = await account.sessionOf(token);
    const { deviceId, requestData } = parse(
      z.looseObject({ deviceId: z.string().max(256), requestData: z.unknown() }),
      params,
    );
    return devices.passthrough(session, deviceId, requestData);
  };
  const logout: Method = async ({ visit, token }) => account.logout(visit, await account.sessionOf(token));

  const v2: Record<string, Method> = {
    'account/getAccountStatusAndUrl': accountStatus,
    'account/login': ({ visit, params, asked }) => account.login(visit, parse(loginBody, params), asked),
    'account/checkMFACodeAndLogin': ({ visit, params, asked }) => account.answer(visit, parse(codeBody, params), asked),
    'account/refreshToken': ({ visit, params }) => account.refresh(visit, parse(refreshBody, params)),
    'account/logout': logout,
    'account/getMFAFeatureStatus': async ({ params, token }) =>
      account.mfaStatus(await account.sessionOf(token), text(params['terminalUUID'])),
    'account/getPushVC4TerminalMFA': notOffered,
    'account/getEmailVC4TerminalMFA': notOffered,
    'common/helloCloud': async () => ({ tcspStatus: 1 }),
    'common/getAppServiceUrl': async () => ({
      appServerUrl: publicUrl,
      serviceUrls: { 'nbu.iot-app-server.app': publicUrl },
    }),
    'common/getDeviceList': deviceList,
    'common/getDeviceListByPage': async (call) => {
      const session = await account.sessionOf(call.token);
      const { index, limit } = parse(pageBody, call.params);
      const all = await devices.list(session);
      return { deviceList: all.slice(index, index + (limit ?? all.length)), totalNum: all.length, index };
    },
    'common/passthrough': passthrough,
  };
  const v1: Record<string, Method> = {
    login: v2['account/login']!,
    checkMFACodeAndLogin: v2['account/checkMFACodeAndLogin']!,
    logout,
    getDeviceList: deviceList,
    passthrough,
    helloCloud: async () => ({ tcspStatus: 1 }),
  };

  const answer =
    (door: DoorId, pick: (request: Request) => { method: Method | undefined; params: unknown }): RequestHandler =>
    async (request, response) => {
      response.set('Cache-Control', 'no-store');
      try {
        const unreadable: unknown = response.locals['unreadable'];
        if (unreadable !== undefined) {
          throw new TplinkRefusal(tplinkCodes.generic, toCloudError(unreadable)?.message ?? 'The body cannot be read.');
        }
        const { method, params } = pick(request);
        const asked = { v1: door === 'tplink-v1', region: text(request.params['region']) ?? homeRegion };
        if (!method || !isRegion(asked.region)) throw new TplinkRefusal(tplinkCodes.generic, 'Unknown method');
        if (typeof params !== 'object' || params === null || Array.isArray(params)) {
          throw new TplinkRefusal(tplinkCodes.parameterMissing, 'params is missing');
        }
        const given = params as Params;
        const token = text(request.query['token']) ?? text(given['token']);
        const result = await method({ visit: visitOf(request, door), params: given, token, asked });
        response.json({ error_code: 0, result });
      } catch (error) {
        const refusal =
          error instanceof TplinkRefusal
            ? error
            : new TplinkRefusal(tplinkCodes.generic, toCloudError(error)?.message ?? 'Internal error');
        if (!(error instanceof TplinkRefusal) && !toCloudError(error)) log.error({ err: error }, 'TP-Link API failed');
        response.json({
          error_code: refusal.errorCode,
          ...(refusal.errorCode === 0 ? {} : { msg: refusal.message }),
          ...(refusal.result ? { result: refusal.result } : {}),
        });
      }
    };
  /** Clients send all kinds of content types. */
  const body = express.json({ type: () => true, limit: codeBodyLimitBytes, strict: false, inflate: false });
  const readable: RequestHandler = (request, response, next) =>
    body(request, response, (error?: unknown) => {
      if (error) response.locals['unreadable'] = error;
      next();
    });
  const chain =
    (handler: RequestHandler): RequestHandler =>
    (request, response, next) =>
      readable(request, response, () => handler(request, response, next));

  const v2Mount = (path: string, method: Method | undefined): Mount => ({
    door: 'tplink-v2',
    method: 'post',
    path,
    handler: chain(answer('tplink-v2', (request) => ({ method, params: request.body ?? {} }))),
  });
  const v1Handler = chain(
    answer('tplink-v1', ({ body: given }) => {
      const call = (typeof given === 'object' && given !== null ? given : {}) as { method?: unknown; params?: unknown };
      const name = text(call.method) ?? '';
      return { method: Object.hasOwn(v1, name) ? v1[name] : undefined, params: call.params ?? {} };
    }),
  );
  return ['', regionPath(':region')].flatMap((at): Mount[] => [
    ...Object.entries(v2).map(([path, method]) => v2Mount(`${at}/api/v2/${path}`, method)),
    v2Mount(`${at}/api/v2/*rest`, undefined),
    { door: 'tplink-v1', method: 'post', path: at || '/', handler: v1Handler },
  ]);
}
