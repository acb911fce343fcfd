/** The part of oidc-provider (which ships no types) that is used here. */
declare module 'oidc-provider' {
  import type { EventEmitter } from 'node:events';
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface Payload {
    [key: string]: unknown;
    accountId?: string;
    clientId?: string;
    grantId?: string;
    uid?: string;
    userCode?: string;
    consumed?: number;
  }

  export interface Adapter {
    upsert(id: string, payload: Payload, expiresIn?: number): Promise<void>;
    find(id: string): Promise<Payload | undefined>;
    findByUid(uid: string): Promise<Payload | undefined>;
    findByUserCode(userCode: string): Promise<Payload | undefined>;
    consume(id: string): Promise<void>;
    destroy(id: string): Promise<void>;
    revokeByGrantId(grantId: string): Promise<void>;
  }

  export interface Context {
    type: string;
    body: unknown;
    status: number;
    path: string;
    response: {
      headers: Record<string, unknown>;
      get(name: string): string | string[];
      set(name: string, value: string | string[]): void;
      remove(name: string): void;
    };
    cookies: { set(name: string, value: string, options: object): void };
    oidc: {
      route?: string;
      result?: { login?: object };
      client?: { clientId: string };
      params?: Record<string, string | undefined>;
    };
  }

  export interface InteractionModel {
    uid: string;
    exp: number;
    returnTo: string;
    params: Record<string, string | undefined>;
    prompt: { name: string };
    result?: object;
    save(ttl: number): Promise<string>;
  }
  export interface GrantModel {
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
  }
  export interface AccessTokenModel {
    accountId: string;
    clientId: string;
    grantId: string;
  }
  export interface ClientModel {
    clientId: string;
    clientName?: string;
  }

  export class Provider extends EventEmitter {
    constructor(issuer: string, configuration: object);
    proxy: boolean;
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    use(middleware: (ctx: Context, next: () => Promise<void>) => Promise<void>): this;
    Grant: new (properties: {
      accountId: string;
      clientId: string;
    }) => GrantModel;
    Interaction: { find(uid: string): Promise<InteractionModel | undefined> };
    AccessToken: { find(token: string): Promise<AccessTokenModel | undefined> };
    Client: { find(id: string): Promise<ClientModel | undefined> };
  }

  export const errors: {
    InvalidGrant: new (detail: string) => Error;
    InvalidClientAuth: new (detail: string) => Error;
    SlowDown: new (detail?: string) => Error;
  };

  export const interactionPolicy: {
    Check: new (reason: string, description: string, error: string, check: (ctx: Context) => boolean) => object;
    Prompt: new (settings: { name: string; requestable: boolean }, ...checks: object[]) => object;
    base(): { clear(): void; add(prompt: object): void };
  };
}
