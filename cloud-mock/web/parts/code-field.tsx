import { TextInput, type TextInputProps } from '@mantine/core';
import { type Ref, useRef } from 'react';
import classes from './code-field.module.css';

interface Props extends Omit<TextInputProps, 'value' | 'onChange' | 'ref'> {
  value: string;
  onChange(value: string): void;
  /** Called once when the sixth digit arrives, typed, pasted or filled in by the phone. */
  onComplete?(code: string): void;
  ref?: Ref<HTMLInputElement>;
}

/** ASCII digits of what was typed or pasted: `123 456` and full-width digits of an Asian keyboard are meant well. */
export const digitsOf = (text: string) =>
  text
    .normalize('NFKC')
    .replaceAll(/[^0-9]/g, '')
    .slice(0, 6);

/** One field for a 6-digit code: a phone offers the code from its keyboard, paste works, no boxes to hop between. */
export function CodeField({ value, onChange, onComplete, ref, ...rest }: Props) {
  const last = useRef(value);
  last.current = value;
  return (
    <TextInput
      ref={ref}
      label="6-digit code"
      inputMode="numeric"
      autoComplete="one-time-code"
      autoCorrect="off"
      spellCheck={false}
      enterKeyHint="done"
      required
      withAsterisk={false}
      classNames={{ input: classes.code }}
      errorProps={{ role: 'alert' }}
      {...rest}
      value={value}
      onChange={(event) => {
        const digits = digitsOf(event.currentTarget.value);
        const before = last.current;
        last.current = digits;
        onChange(digits);
        if (digits.length === 6 && digits !== before) onComplete?.(digits);
      }}
    />
  );
}
