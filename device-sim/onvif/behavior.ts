import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { Listening } from '../../core/runtime/listen.ts';
import { namespaces, type Prefix } from '../../core/soap/namespaces.ts';
import type { Xml, XmlElement } from '../../core/soap/xml.ts';
import type { Camera, CameraUser } from '../camera.ts';
import type { Arguments } from './arguments.ts';

/** Access classes of operations (Core §5.9.4.3). */
export type AccessClass =
  | 'PRE_AUTH'
  | 'READ_SYSTEM'
  | 'READ_SYSTEM_SENSITIVE'
  | 'READ_SYSTEM_SECRET'
  | 'WRITE_SYSTEM'
  | 'UNRECOVERABLE'
  | 'READ_MEDIA'
  | 'ACTUATE';

/** What an operation is told besides its arguments. */
export interface Call {
  /** Who signed in; undefined only for PRE_AUTH operations. */
  user: CameraUser | undefined;
  /** Address of the client. */
  peer: string;
  /** `http://host:port` as the client reached us: the addresses we hand out begin with it (Core §8.1.2.2). */
  base: string;
  /** Host part of `base`, for URIs on other ports. */
  host: string;
  /** Path of the request, query included. */
  path: string;
  header: readonly XmlElement[];
  /** Fires when the client went away before it was answered. */
  gone: AbortSignal;
  onvif: OnvifContext;
  /** Run when the answer is on its way. */
  afterwards(task: () => void): void;
  /** Close the connection without an answer. */
  hangUp(): void;
}

/** What lives as long as the camera is up: subscriptions, moves in progress. Made when first asked for. */
export interface OnvifContext {
  readonly camera: Camera;
  /** The fleet's clock, not the camera's. */
  readonly deps: RuntimeDeps;
  readonly table: OperationTable;
  /** Open one more HTTP port of this camera, any free one. */
  openDoor(): Promise<Listening>;
  /** The one instance `make` made for this camera; ended with the camera when it can be. */
  get<T extends object>(make: (context: OnvifContext) => T): T;
  /** The same, if anybody asked for it yet. */
  peek<T extends object>(make: (context: OnvifContext) => T): T | undefined;
}

/** Returns what stands inside the response element; nothing for an empty one. */
export type Operation = (camera: Camera, args: Arguments, call: Call) => Answer | Promise<Answer>;
export type Answer = Xml | undefined;

/** A web service: what the specification says of it. The behaviours say what of that this camera does. */
export interface Service {
  name: string;
  prefix: Prefix;
  /** Version of the service specification, as GetServices tells it. */
  version: readonly [major: number, minor: number];
  path(camera: Camera): string;
  /** Does this model have it? */
  offered(camera: Camera): boolean;
  /** Every operation of the specification by its access class; `prefix:Name` for one of another namespace. */
  access: Readonly<Record<string, AccessClass>>;
  /** Prefixes its answers use. */
  uses: readonly Prefix[];
  /** The Capabilities element of GetServiceCapabilities, by what the table holds. */
  capabilities(camera: Camera, has: (operation: string) => boolean): Xml;
  /** WS-Addressing action of an operation's answer, for services that speak WS-Addressing. */
  actionOf?(operation: string): string;
}

/** What a camera does: operations of one service. One given later is asked first. */
export interface Behavior {
  name: string;
  service: Service;
  operations: Readonly<Record<string, Operation>>;
  /** The camera came up: set going what runs without being asked. */
  start?(context: OnvifContext): void;
}

export interface TableEntry {
  service: Service;
  name: string;
  access: AccessClass;
  /** Undefined: the specification has it, this camera does not. */
  operation: Operation | undefined;
  /** `tds:GetHostnameResponse` */
  responseTag: string;
}

/** All operations by namespace and name: capabilities and dispatch both come from here. Shared by cameras. */
export interface OperationTable {
  readonly services: readonly Service[];
  find(ns: string, name: string): TableEntry | undefined;
  /** Is it a namespace of one of the services? */
  knowsNamespace(ns: string): boolean;
  /** Is the operation done by some behaviour? Names as in `Service.access`. */
  has(service: Service, operation: string): boolean;
}

const split = (service: Service, key: string): [Prefix, string] => {
  const colon = key.indexOf(':');
  return colon < 0 ? [service.prefix, key] : [key.slice(0, colon) as Prefix, key.slice(colon + 1)];
};

export function createTable(behaviors: readonly Behavior[]): OperationTable {
  const services = [...new Set(behaviors.map(({ service }) => service))];
  const byNamespace = new Map<string, Map<string, TableEntry>>();
  const entryFor = (service: Service, key: string): TableEntry => {
    const [prefix, name] = split(service, key);
    const ns = namespaces[prefix];
    const names = byNamespace.get(ns) ?? byNamespace.set(ns, new Map()).get(ns)!;
    const known = names.get(name);
    if (known) return known;
    // An operation nobody classified is open to administrators only.
    const access = service.access[key] ?? 'WRITE_SYSTEM';
    const entry: TableEntry = { service, name, access, operation: undefined, responseTag: `${prefix}:${name}Response` };
    names.set(name, entry);
    return entry;
  };
  for (const service of services) for (const key of Object.keys(service.access)) entryFor(service, key);
  for (const service of services) {
    entryFor(service, 'GetServiceCapabilities').operation = (camera, _args, call) =>
      serviceCapabilities(service, camera, call.onvif.table);
  }
  for (const { service, operations } of behaviors) {
    for (const [key, operation] of Object.entries(operations)) entryFor(service, key).operation = operation;
  }
  return {
    services,
    find: (ns, name) => byNamespace.get(ns)?.get(name),
    knowsNamespace: (ns) => byNamespace.has(ns),
    has(service, key) {
      const [prefix, name] = split(service, key);
      return byNamespace.get(namespaces[prefix])?.get(name)?.operation !== undefined;
    },
  };
}

/** The Capabilities element of one service: what the table holds for it. */
export const serviceCapabilities = (service: Service, camera: Camera, table: OperationTable): Xml =>
  service.capabilities(camera, (operation) => table.has(service, operation));

/** Access classes written the short way: names by class. */
export const classified = (names: Partial<Record<AccessClass, string>>): Record<string, AccessClass> =>
  Object.fromEntries(
    Object.entries(names).flatMap(([access, list]) =>
      list
        .trim()
        .split(/\s+/)
        .map((name) => [name, access as AccessClass] as const),
    ),
  );
