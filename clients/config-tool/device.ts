/** A device as it answered on the LAN: the row of the Config Tool's table. */
export interface Device {
  model: string;
  name: string;
  host: string;
  onvifUrl: string;
  /** Port of VIGI's local API; 0 when the device has none (another maker's camera). */
  httpsPort: number;
  mac: string;
  serial: string;
  /** Known once somebody has signed in. */
  firmware?: string;
  /** As the real tool words it (facts/vigi.md §2.2), and `Paired` for one that has its VMS. */
  status: 'Uninitialized' | 'Online' | 'Paired' | 'Wrong password' | 'Locked';
}
