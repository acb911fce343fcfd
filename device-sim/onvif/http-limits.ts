/**
 * Limits of the http.Server that carries the handler: a client that dawdles over its request is cut off. They count
 * until the request is there, so a parked PullMessages is not touched.
 */
export const onvifServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 60_000,
  connectionsCheckingInterval: 5_000,
  maxHeaderSize: 16_384,
  noDelay: true,
} as const;
