/** Are these pages shown through the cloud's relay, which puts the gateway's id before every path? */
export const belowRelay = (gatewayId: string, base = document.baseURI) =>
  new URL('.', base).pathname.endsWith(`/${gatewayId}/`);
