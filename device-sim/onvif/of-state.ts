import type { Camera } from '../camera.ts';
import type { OnvifContext } from './behavior.ts';

/**
 * What follows from a camera's profile and state and from nothing else (no clock, no caller): it is made when first
 * asked for, and again once the state was saved since.
 */
export function ofState<T>(make: (camera: Camera) => T): (onvif: OnvifContext) => T {
  const create = ({ camera }: OnvifContext) => {
    let madeAt: number | undefined;
    let made: T;
    return {
      read() {
        if (camera.revision !== madeAt) {
          made = make(camera);
          madeAt = camera.revision;
        }
        return made;
      },
    };
  };
  return (onvif) => onvif.get(create).read();
}
