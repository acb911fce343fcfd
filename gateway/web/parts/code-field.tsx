import { TextInput, type TextInputProps } from '@mantine/core';

interface CodeFieldProps extends Omit<TextInputProps, 'value' | 'onChange'> {
  value: string;
  onChange: (code: string) => void;
}

/** The 6-digit code of an authenticator app: digits only, offered by phones, said to be wrong where it is. */
export const CodeField = ({ value, onChange, ...more }: CodeFieldProps) => (
  <TextInput
    label="6-digit code"
    name="code"
    inputMode="numeric"
    autoComplete="one-time-code"
    pattern="[0-9]{6}"
    title="Six digits"
    maxLength={6}
    required
    withAsterisk={false}
    aria-invalid={Boolean(more.error) || undefined}
    value={value}
    onChange={(event) => onChange(event.currentTarget.value.replace(/\D/g, '').slice(0, 6))}
    {...more}
  />
);

export const isCode = (text: string) => /^[0-9]{6}$/.test(text);
