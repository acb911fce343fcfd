import { type KeyboardEvent, type PointerEvent, useEffect, useRef, useState } from 'react';
import { useClock } from '../runtime/clock-context.tsx';
import classes from './camera.module.css';

interface Velocity {
  x: number;
  y: number;
}

const still: Velocity = { x: 0, y: 0 };
/** Repeated while it is held: the camera stops by itself when it hears nothing. */
const repeatMs = 300;

const arrows: Record<string, Velocity> = {
  ArrowLeft: { x: -0.5, y: 0 },
  ArrowRight: { x: 0.5, y: 0 },
  ArrowUp: { x: 0, y: 0.5 },
  ArrowDown: { x: 0, y: -0.5 },
};

interface JoystickProps {
  disabled: boolean;
  onDrive: (velocity: Velocity) => void;
  onStop: () => void;
}

/** A knob to drag: the farther from the middle, the faster. By keyboard the arrows do it. */
export function Joystick({ disabled, onDrive, onStop }: JoystickProps) {
  const clock = useClock();
  const pad = useRef<HTMLDivElement>(null);
  const [velocity, setVelocity] = useState(still);
  const held = velocity !== still;
  const drive = useRef(onDrive);
  drive.current = onDrive;

  useEffect(() => {
    if (!held) return;
    const stop = new AbortController();
    (async () => {
      for (;;) {
        drive.current(velocity);
        await clock.sleep(repeatMs, stop.signal);
      }
    })().catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    return () => stop.abort();
  }, [held, velocity, clock]);

  const release = () => {
    if (!held) return;
    setVelocity(still);
    onStop();
  };
  const follow = (event: PointerEvent) => {
    const box = pad.current!.getBoundingClientRect();
    const reach = box.width / 2;
    const x = (event.clientX - box.left - reach) / reach;
    const y = (box.top + reach - event.clientY) / reach;
    const length = Math.max(1, Math.hypot(x, y));
    // In tenths, so that a trembling hand does not send an order for each pixel.
    setVelocity({ x: Math.round((x / length) * 10) / 10, y: Math.round((y / length) * 10) / 10 });
  };
  const onKey = (event: KeyboardEvent) => {
    const wanted = arrows[event.key];
    if (!wanted || disabled) return;
    event.preventDefault();
    if (!event.repeat) setVelocity(wanted);
  };

  return (
    <div
      ref={pad}
      role="application"
      aria-label="Pan and tilt: drag, or use the arrow keys"
      tabIndex={disabled ? -1 : 0}
      className={classes.joystick}
      data-held={held || undefined}
      data-disabled={disabled || undefined}
      onPointerDown={(event) => {
        if (disabled) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        follow(event);
      }}
      onPointerMove={(event) => held && event.currentTarget.hasPointerCapture(event.pointerId) && follow(event)}
      onPointerUp={release}
      onPointerCancel={release}
      onKeyDown={onKey}
      onKeyUp={(event) => arrows[event.key] && release()}
      onBlur={release}
    >
      <span
        className={classes.knob}
        style={{ transform: `translate(${velocity.x * 2.4}rem, ${-velocity.y * 2.4}rem)` }}
      />
    </div>
  );
}
