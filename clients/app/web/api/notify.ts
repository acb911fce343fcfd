import type { CameraEvent } from './vms.ts';

const key = 'vigil-app-notify';

export const canNotify = () => 'Notification' in window && 'serviceWorker' in navigator;
export const notifies = () =>
  canNotify() && Notification.permission === 'granted' && localStorage.getItem(key) === 'on';

/** Ask the phone for leave, and remember the wish. */
export async function setNotifies(on: boolean): Promise<boolean> {
  if (on && (await Notification.requestPermission()) !== 'granted') return false;
  localStorage.setItem(key, on ? 'on' : 'off');
  return on;
}

const words: Record<string, string> = {
  motion: 'Motion',
  tamper: 'Tampering',
  intrusion: 'Intrusion',
  'line-cross': 'Line crossing',
  people: 'Person',
  vehicle: 'Vehicle',
  pet: 'Pet',
  smart: 'Smart event',
  audio: 'Sound',
  'digital-input': 'Digital input',
  other: 'Event',
};
export const kindWord = (kind: string) => words[kind] ?? kind.replaceAll('-', ' ');

/** While the App is open: tell of what begins. One notification a camera and kind, the newest. */
export function tell(place: string, event: CameraEvent): void {
  if (event.active === false || !notifies()) return;
  void navigator.serviceWorker.ready.then((worker) =>
    worker.showNotification(`${kindWord(event.kind)} · ${event.cameraName}`, {
      body: place,
      tag: `${event.cameraId} ${event.kind}`,
      icon: '/icon-192.png',
    }),
  );
}
