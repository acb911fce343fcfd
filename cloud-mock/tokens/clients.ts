import type { Store } from '../store/store.ts';
import type { Clients } from './adapter.ts';
import { signingAlgorithm } from './keys.ts';

/** Bound gateways as OIDC clients, straight from their binding: unbound, a gateway is no client any more. */
export const createClients = (store: Store): Clients => ({
  async find(id) {
    const gateway = await store.gateways.byId(id);
    const redirectUris = gateway ? (JSON.parse(gateway.redirectUris) as string[]) : [];
    if (!gateway || redirectUris.length === 0) return undefined;
    return {
      client_id: gateway.id,
      client_name: gateway.name,
      redirect_uris: redirectUris,
      grant_types: ['authorization_code'],
      response_types: ['code'],
      response_modes: ['query'],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: signingAlgorithm,
      id_token_signed_response_alg: signingAlgorithm,
      jwks: { keys: [{ ...(JSON.parse(gateway.jwk) as object), use: 'sig', alg: signingAlgorithm }] },
    };
  },
});
