import { z } from 'zod';
import { tunnelClose, tunnelProtocol } from '../../core/tunnel/tunnel.ts';
import { roles } from '../organisation/rights.ts';

const subject = z.string().meta({ description: 'Id of the TP-Link ID' });
const common = {
  iss: z.string().meta({ description: 'Issuer of the cloud' }),
  aud: z.string().meta({ description: 'The one VMS Local it is for' }),
  iat: z.number().meta({ description: 'Seconds since 1970, with a fraction' }),
  exp: z.number(),
  jti: z.string().meta({ description: 'Good once' }),
  sub: subject,
};

/** What the sign-in of somebody from outside says; typ `vigil-assertion+jwt`, ES256, 60 s. */
export const assertionClaims = z.strictObject({
  ...common,
  email: z.string(),
  name: z.string(),
  role: z.enum(roles),
  site: z.string(),
  amr: z.array(z.enum(['pwd', 'otp', 'recovery', 'trusted'])).meta({ description: 'Factors that were really used' }),
  acr: z.enum(['aal1', 'aal2']),
  auth_time: z.number().int(),
  second_factor_enabled: z.boolean(),
  sid: z.string().meta({ description: 'Session at the cloud, as back-channel logout names it' }),
});

/** OpenID Connect Back-Channel Logout 1.0 §2.4; typ `logout+jwt`, ES256, 120 s. Without `sid` everything of `sub` ends. */
export const logoutClaims = z.strictObject({
  ...common,
  sid: z.string().optional(),
  events: z.object({ 'http://schemas.openid.net/event/backchannel-logout': z.strictObject({}) }),
});

const schemaOf = (schema: z.ZodType) => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema);
  return rest;
};
const ref = (to: string) => ({ $ref: `#/${to}` });
const jwt = (typ: string) => ({ type: 'string', description: `JWS, ES256, typ ${typ}; keys at <issuer>/jwks` });

const whyClosed: Record<keyof typeof tunnelClose, string> = {
  replaced: 'the same VMS Local dialled in anew',
  unbound: 'it is bound no longer: forget the binding, do not dial again',
  refused: 'not let in',
  cut: 'cut on purpose by the lab: dial again',
};

/** AsyncAPI 3.0 of what goes over the cloud's WebSockets, and of what the cloud says to a VMS Local unasked. */
export function describeMessages(url: string) {
  const { host, protocol, pathname } = new URL(url);
  const scheme = protocol === 'https:' ? 'wss' : 'ws';
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Vigil: messages of the mock of the TP-Link ID cloud',
      version: '1',
      description:
        'Cloud Access: a VMS Local dials out, and everything from outside comes to it on that one connection. Our own design. Not affiliated with TP-Link; VIGI is their trademark.',
    },
    defaultContentType: 'application/json',
    servers: {
      portal: { host, protocol: scheme, pathname, description: 'Where VMS Locals dial in' },
      vmsLocal: {
        host: 'gateway',
        protocol: 'http',
        description: 'A VMS Local’s own server, reached through its tunnel',
      },
    },
    channels: {
      tunnel: {
        address: '/tunnel',
        servers: [ref('servers/portal')],
        description: `Subprotocol ${tunnelProtocol}. HTTP/2 (RFC 9113) runs on the binary messages as on one stream: the cloud is its client. Each CONNECT stream carries one HTTP/1.1 connection to the VMS Local’s server. Text messages are not sent.`,
        bindings: {
          ws: {
            method: 'GET',
            headers: {
              type: 'object',
              required: ['Authorization', 'Sec-WebSocket-Protocol'],
              properties: {
                Authorization: {
                  type: 'string',
                  description: 'Bearer <assertion of the VMS Local: ES256 by its bound key, 60 s at most, good once>',
                },
                'Sec-WebSocket-Protocol': { const: tunnelProtocol },
              },
            },
            bindingVersion: '0.1.0',
          },
        },
        messages: { bytes: ref('components/messages/bytes') },
        'x-close-codes': Object.entries(tunnelClose).map(([name, code]) => ({
          code,
          meaning: whyClosed[name as keyof typeof tunnelClose],
        })),
      },
      signIn: {
        address: '/api/v1/auth/assertion',
        servers: [ref('servers/vmsLocal')],
        description: 'Somebody comes in from outside. The answer’s cookie is their session at the VMS Local.',
        messages: { assertion: ref('components/messages/assertion') },
      },
      logout: {
        address: '/api/v1/auth/backchannel-logout',
        servers: [ref('servers/vmsLocal')],
        description:
          'Sent at once when a session at the cloud ends. A VMS Local that was away catches up by GET /api/v1/gateway/revocations.',
        messages: { logout: ref('components/messages/logout') },
      },
    },
    operations: {
      speakThroughTunnel: { action: 'send', channel: ref('channels/tunnel') },
      hearThroughTunnel: { action: 'receive', channel: ref('channels/tunnel') },
      signSomebodyIn: { action: 'send', channel: ref('channels/signIn') },
      tellThatSomebodyWent: { action: 'send', channel: ref('channels/logout') },
    },
    components: {
      messages: {
        bytes: {
          summary: 'A piece of the HTTP/2 byte stream, 4 MiB at most',
          contentType: 'application/octet-stream',
          payload: { type: 'string', format: 'binary' },
        },
        assertion: {
          payload: { type: 'object', required: ['assertion'], properties: { assertion: jwt('vigil-assertion+jwt') } },
          'x-claims': ref('components/schemas/AssertionClaims'),
        },
        logout: {
          contentType: 'application/x-www-form-urlencoded',
          payload: { type: 'object', required: ['logout_token'], properties: { logout_token: jwt('logout+jwt') } },
          'x-claims': ref('components/schemas/LogoutClaims'),
        },
      },
      schemas: { AssertionClaims: schemaOf(assertionClaims), LogoutClaims: schemaOf(logoutClaims) },
    },
  };
}
