import { type ReactNode, useEffect, useId, useRef } from 'react';
import classes from './scenario.module.css';

interface YamlTextProps {
  value: string;
  onChange: (text: string) => void;
  /** The line a mistake is in, from 1. */
  wrongLine: number | undefined;
  error: ReactNode;
}

/** A text box with line numbers, so that “line 5” is found. */
export function YamlText({ value, onChange, wrongLine, error }: YamlTextProps) {
  const id = useId();
  const text = useRef<HTMLTextAreaElement>(null);
  const numbers = useRef<HTMLPreElement>(null);
  const count = Math.max(12, value.split('\n').length);

  useEffect(() => {
    const area = text.current;
    if (wrongLine === undefined || !area) return;
    const lines = area.value.split('\n');
    const start = lines.slice(0, wrongLine - 1).reduce((sum, line) => sum + line.length + 1, 0);
    area.focus();
    area.setSelectionRange(start, start + (lines[wrongLine - 1]?.length ?? 0));
  }, [wrongLine]);

  return (
    <div>
      <label className={classes.label} htmlFor={id}>
        Scenario
      </label>
      <div className={classes.box} data-wrong={error ? true : undefined}>
        <pre className={classes.numbers} ref={numbers} aria-hidden="true">
          {Array.from({ length: count }, (_, at) => at + 1).map((line) => (
            <span key={line} data-wrong={line === wrongLine || undefined}>
              {line}
            </span>
          ))}
        </pre>
        <textarea
          id={id}
          ref={text}
          className={classes.text}
          rows={count}
          spellCheck={false}
          autoCapitalize="off"
          autoCorrect="off"
          wrap="off"
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </div>
      {error && (
        <div className={classes.error} id={`${id}-error`} role="alert">
          {error}
        </div>
      )}
    </div>
  );
}
