import { Anchor, Button, SegmentedControl, Title } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { Fragment, useState } from 'react';
import type { Mail } from '../../api/shapes.ts';
import { Instant } from '../../parts/instant.tsx';
import classes from './mailbox.module.css';

/**
 * A mail's own HTML in a frame of its own origin: no script, no form, no reach into the portal. Links may open a new
 * window, as they would from a real mail program.
 */
function frameOf(html: string): string {
  const base = '<base target="_blank">';
  return /<head[^>]*>/i.test(html) ? html.replace(/<head[^>]*>/i, (head) => head + base) : base + html;
}

export function MailView({ mail, onBack }: { mail: Mail; onBack(): void }) {
  const [form, setForm] = useState<'html' | 'text'>(mail.html ? 'html' : 'text');
  return (
    <article className={classes.mail} aria-labelledby="mail-subject">
      <header className={classes.mailHead}>
        <Button
          className={classes.back}
          variant="subtle"
          size="compact-md"
          leftSection={<IconArrowLeft size={18} aria-hidden />}
          onClick={onBack}
        >
          All mails
        </Button>
        <Title order={2} id="mail-subject">
          {mail.subject}
        </Title>
        <div className={classes.mailFacts}>
          <span>
            To <strong>{mail.to}</strong>
          </span>
          <span>
            <Instant at={mail.sentAt} as="full" />
          </span>
        </div>
        {mail.html && (
          <SegmentedControl
            className={classes.forms}
            size="xs"
            aria-label="Show as"
            value={form}
            onChange={(next) => setForm(next as 'html' | 'text')}
            data={[
              { value: 'html', label: 'HTML' },
              { value: 'text', label: 'Plain text' },
            ]}
          />
        )}
      </header>
      {form === 'html' && mail.html ? (
        <iframe
          className={classes.html}
          title={`Mail: ${mail.subject}`}
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          referrerPolicy="no-referrer"
          srcDoc={frameOf(mail.html)}
        />
      ) : (
        <pre className={classes.text}>
          <Linked text={mail.text} />
        </pre>
      )}
    </article>
  );
}

/** Plain text with its addresses made clickable. */
const Linked = ({ text }: { text: string }) =>
  text.split(/(https?:\/\/[^\s<>"]+)/).map((piece, place) =>
    place % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a text that does not change
      <Anchor key={place} href={piece} target="_blank" rel="noreferrer" inherit>
        {piece}
      </Anchor>
    ) : (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of a text that does not change
      <Fragment key={place}>{piece}</Fragment>
    ),
  );
