import type { RuntimeDeps } from '../core/runtime/deps.ts';

export interface GatewayConfig {
  host: string;
  /** HTTP below loopback, HTTPS beyond. */
  port: number;
  /** MQTT without TLS; loopback only. */
  mqttPort: number;
  mqttsPort: number;
  pairingPort: number;
  dataDir: string;
  /** How people reach this gateway when not by host and port: behind a name or a proxy. */
  publicUrl?: string;
  /** The cloud that Cloud Access binds to unless another is named. */
  cloudUrl?: string;
  /** What the gateway is called in the cloud's list. */
  name: string;
  /** Serve the lab's control API. */
  control?: boolean;
  /** Interface for WS-Discovery; the system chooses without it. */
  discoveryInterface?: string;
}

export type GatewayDeps = RuntimeDeps;
