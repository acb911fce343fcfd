import { Modal } from '@mantine/core';
import { type ReactNode, useEffect, useRef } from 'react';
import classes from './dialog.module.css';

interface Props {
  opened: boolean;
  onClose(): void;
  title: string;
  /** A small line under the title, such as `Step 1 of 4`. */
  subtitle?: string;
  size?: number;
  /** Only the dialog's own buttons lead out. */
  locked?: boolean;
  /** A click beside it would lose what was typed. */
  keepOnClickOutside?: boolean;
  onClosed?: () => void;
  children: ReactNode;
}

/** The library gives the focus back when `opened` turns false; a dialog that is taken out while open does it here. */
function useFocusBack(opened: boolean) {
  const opener = useRef<Element | null>(null);
  // While drawing, since the dialog's own field takes the focus before any effect runs.
  if (opened) opener.current ??= document.activeElement;
  else opener.current = null;
  useEffect(
    () => () => {
      const before = opener.current;
      if (document.activeElement === document.body && before instanceof HTMLElement)
        before.focus({ preventScroll: true });
    },
    [],
  );
}

/** The portal's pop-up. Built from parts because the library's ready one makes its head a second page banner. */
export function Dialog(props: Props) {
  const { opened, onClose, title, subtitle, size = 500, locked, keepOnClickOutside, onClosed, children } = props;
  useFocusBack(opened);
  return (
    <Modal.Root
      opened={opened}
      onClose={onClose}
      onExitTransitionEnd={onClosed}
      size={size}
      centered
      padding="lg"
      classNames={{ content: classes.content }}
      closeOnEscape={!locked}
      closeOnClickOutside={!locked && !keepOnClickOutside}
    >
      <Modal.Overlay backgroundOpacity={0.55} />
      <Modal.Content radius="lg">
        <div className={classes.head}>
          <Modal.Title className={classes.title}>{title}</Modal.Title>
          {!locked && <Modal.CloseButton aria-label="Close" />}
          {subtitle && <div className={classes.subtitle}>{subtitle}</div>}
        </div>
        <Modal.Body>{children}</Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
