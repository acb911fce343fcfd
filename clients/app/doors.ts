/**
 * Every way into the App's server. It is the part of a phone's app that is not its screen: it hands requests on to the
 * public interfaces and speaks with cameras of the LAN while one is paired. Whatever it answers belongs to one row; a
 * test asks for addresses of every row and of none.
 */
export const doors = {
  pages: { way: 'the App itself: static files', secondFactor: 'none: nothing of an account in them' },
  cloud: {
    way: '/cloud/…: chosen calls of the TP-Link JSON API v2, the lost-phone mail, elevations; handed on as they are',
    secondFactor: 'that of the cloud’s doors tplink-v2, mail-link and elevation',
  },
  vms: {
    way: '/vms/<gatewayId>/…: a VMS Local through the relay, opened by the cloud for a live session',
    secondFactor: 'that of the relay: the session’s, and the gateway checks it itself',
  },
  local: {
    way: '/vms/<gatewayId>/local/…: find, activate and pair one camera of this LAN, for an operator of that VMS Local',
    secondFactor: 'pairing needs an elevation, which the cloud gives for a fresh code alone',
  },
} as const;
export type AppDoor = keyof typeof doors;
