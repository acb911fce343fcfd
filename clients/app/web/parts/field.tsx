import { type InputHTMLAttributes, useId } from 'react';

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, 'onChange'> {
  label: string;
  hint?: string;
  onChange(value: string): void;
}

export function Field({ label, hint, onChange, ...rest }: Props) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        required
        aria-describedby={hint ? `${id}-hint` : undefined}
        {...rest}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {hint && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

/** ASCII digits of what was typed or pasted: `123 456` and full-width digits are meant well. */
const digitsOf = (text: string) =>
  text
    .normalize('NFKC')
    .replaceAll(/[^0-9]/g, '')
    .slice(0, 6);

/** One field for a 6-digit code: a phone offers it from its keyboard, paste works. */
export const CodeField = ({ value, onChange }: { value: string; onChange(code: string): void }) => (
  <Field
    label="6-digit code"
    className="code"
    inputMode="numeric"
    autoComplete="one-time-code"
    autoFocus
    spellCheck={false}
    enterKeyHint="done"
    value={value}
    onChange={(text) => onChange(digitsOf(text))}
  />
);
