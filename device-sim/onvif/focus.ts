import { AxisMotor } from './axis-motor.ts';
import type { OnvifContext } from './behavior.ts';

/** The focus motor: from near (0) to far (1) in two seconds. */
export function createFocus({ deps }: OnvifContext) {
  const motor = new AxisMotor(deps.clock, 0.5, 0.5, [0, 1]);
  return {
    get position() {
      return Math.round(motor.position * 1000) / 1000;
    },
    get moving() {
      return motor.moving;
    },
    moveTo: (position: number, speed: number) => motor.moveTo(position, speed),
    moveBy: (distance: number, speed: number) => motor.moveTo(motor.position + distance, speed),
    drive: (speed: number) => motor.drive(speed),
    stop: () => motor.stop(),
  };
}
